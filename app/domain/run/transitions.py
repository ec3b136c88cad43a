"""How a step of a run moves: one table of actions, what allows each, and where it leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.run.errors import RunOver, StepRefuses
from app.domain.run.model import RunState, StepState

_S = StepState


class Action(StrEnum):
    """What is done with a step."""

    BEGIN = "begin"
    LEAVE_OUT = "leave_out"
    WAIT = "wait"
    TICK = "tick"
    COMPLETE = "complete"
    SUBMIT = "submit"
    REVIEW = "review"
    VERIFY = "verify"
    RETURN = "return"
    APPROVE = "approve"
    REFUSE = "refuse"
    BLOCK = "block"
    UNBLOCK = "unblock"
    SKIP = "skip"
    REOPEN = "reopen"
    DEVIATE = "deviate"


@dataclass(frozen=True, slots=True)
class Transition:
    """An action leads from any of `sources` to `target`; None stays where it is."""

    sources: frozenset[StepState]
    target: StepState | None


def _row(target: StepState | None, *sources: StepState) -> Transition:
    return Transition(frozenset(sources), target)


TRANSITIONS: Mapping[Action, Transition] = {
    Action.BEGIN: _row(_S.READY, _S.WAITING),
    Action.LEAVE_OUT: _row(_S.LEFT_OUT, _S.WAITING),
    Action.WAIT: _row(_S.WAITING, _S.READY, _S.LEFT_OUT),
    Action.TICK: _row(None, _S.READY),
    Action.SUBMIT: _row(_S.AWAITING_APPROVAL, _S.READY),
    Action.REVIEW: _row(_S.IN_REVIEW, _S.READY, _S.AWAITING_APPROVAL),
    Action.COMPLETE: _row(_S.DONE, _S.READY, _S.AWAITING_APPROVAL),
    Action.VERIFY: _row(_S.DONE, _S.IN_REVIEW),
    Action.RETURN: _row(_S.READY, _S.IN_REVIEW),
    Action.APPROVE: _row(None, _S.AWAITING_APPROVAL),
    Action.REFUSE: _row(_S.READY, _S.AWAITING_APPROVAL),
    Action.BLOCK: _row(_S.BLOCKED, _S.READY),
    Action.UNBLOCK: _row(_S.READY, _S.BLOCKED),
    Action.SKIP: _row(_S.SKIPPED, _S.WAITING, _S.READY, _S.BLOCKED),
    Action.REOPEN: _row(_S.READY, _S.DONE, _S.SKIPPED),
    Action.DEVIATE: _row(None, _S.WAITING, _S.READY, _S.BLOCKED),
}
"""Every way a step can move. By hand, `complete` begins at ready: an approval comes between."""

BY_HAND: Mapping[str, frozenset[StepState]] = {
    str(action): TRANSITIONS[action].sources
    for action in (
        Action.TICK,
        Action.VERIFY,
        Action.RETURN,
        Action.BLOCK,
        Action.UNBLOCK,
        Action.SKIP,
        Action.REOPEN,
        Action.DEVIATE,
    )
} | {str(Action.COMPLETE): frozenset({_S.READY})}
"""What people do with a step, and the states that allow it."""


def moved(state: StepState, action: Action) -> StepState:
    """The state to which an action leads.

    Args:
        state: The step's present one.
        action: The table has a row for it.

    Raises:
        StepRefuses: The table has no way from there; the facts list the states that have.
    """
    row = TRANSITIONS[action]
    _allow(str(action), state, row.sources)
    return state if row.target is None else row.target


def may(action: Action, state: StepState, run: RunState, waits_for: Sequence[str] = ()) -> None:
    """Let a person act on a step of a run that is not over.

    Args:
        action: What they do.
        state: The step's present one.
        run: Where its run stands.
        waits_for: The titles of the open steps that it waits for; a refusal names them.

    Raises:
        RunOver: The run is completed or cancelled.
        StepRefuses: The step's state does not allow it.
    """
    run_may(run)
    _allow(str(action), state, BY_HAND[str(action)], waits_for)


def run_may(run: RunState) -> None:
    """Let somebody act on a run that is not over.

    Raises:
        RunOver: It is completed or cancelled.
    """
    if run is not RunState.RUNNING:
        raise RunOver(
            f"The run is {run}; this is possible while it is {RunState.RUNNING}.",
            facts={"state": str(run), "allowed_states": [str(RunState.RUNNING)]},
        )


def _allow(
    action: str, state: StepState, sources: frozenset[StepState], waits_for: Sequence[str] = ()
) -> None:
    if state not in sources:
        names = [str(each) for each in StepState if each in sources]
        waits = f" It waits for: {', '.join(waits_for)}." if waits_for else ""
        raise StepRefuses(
            f"A step that is {_worded(state)} does not allow '{action}'; "
            f"this is possible while it is {' or '.join(map(_worded, names))}.{waits}",
            facts={"state": str(state), "allowed_states": names, "waits_for": list(waits_for)},
        )


def _worded(state: str) -> str:
    return str(state).replace("_", " ")
