"""Where a second person comes in: quality is verified or returned, what was asked is decided."""

from app.domain.approval import ApprovalState
from app.domain.playbook.model import Step
from app.domain.playbook.moment import Moment
from app.domain.run.acting import carried_on, finished, held
from app.domain.run.errors import NothingAsked, NotTheVerifier, PersonWanted, SamePerson
from app.domain.run.model import Asked, Moved, Person, RunStep
from app.domain.run.moving import Moving
from app.domain.run.transitions import Action, run_may


def verified(moving: Moving, key: str, by: Person) -> Moved:
    """The quality of a step is accepted by somebody else than who executed it.

    Raises:
        PersonWanted: The key is tied to nobody.
        SamePerson: They executed it.
        NotTheVerifier: They have another role.
        StepUnknown, RunOver, StepRefuses: see `held`.

    Source: docs/playbook-runs.md, "A step".
    """
    step, mine = held(moving, key, Action.VERIFY)
    _second_person(step, mine, by)
    return finished(moving, key, Action.VERIFY, verifier=by, reason=None)


def returned(moving: Moving, key: str, reason: str, by: Person) -> Moved:
    """The quality of a step is not accepted: it is gone through again from its first item.

    Raises:
        PersonWanted, SamePerson, NotTheVerifier: as for accepting it.
        StepUnknown, RunOver, StepRefuses: see `held`.
    """
    step, mine = held(moving, key, Action.RETURN)
    _second_person(step, mine, by)
    again = mine.returns + 1
    moving.put(key, Action.RETURN, returns=again, reason=reason, ticks={}, approval=None)
    return moving.done()


def _second_person(step: Step, mine: RunStep, by: Person) -> None:
    if by.id is None:
        raise PersonWanted("This key is tied to nobody: a person verifies, with their own key.")
    if mine.executor is not None and mine.executor.id == by.id:
        raise SamePerson("Whoever executed a step does not verify it.")
    if by.role != step.verified_by:
        raise NotTheVerifier(
            f"This waits for somebody with the role {step.verified_by}.",
            facts={"role": step.verified_by},
        )


def decided(
    moving: Moving, key: str, about: Asked, state: ApprovalState, reason: str | None
) -> Moved:
    """What was asked about a step is approved or refused.

    An approved step goes on to its review; a refused one is to be done again. An approved deviation
    lets required items stay open, or the step be skipped.

    Args:
        moving: The run.
        key: The step.
        about: What was asked.
        state: Approved or refused.
        reason: Why.

    Raises:
        RunOver: The run is completed or cancelled.
        NothingAsked: The step does not wait for that any more.
    """
    run_may(moving.run.state)
    step, mine = moving.step(key)
    if about is Asked.DEVIATION:
        if mine.deviation is not ApprovalState.REQUESTED:
            raise NothingAsked("Nobody asks for a deviation of this step any more.")
        moving.put(key, deviation=state)
        moment = Moment.DEVIATED
    else:
        if mine.approval is not ApprovalState.REQUESTED:
            raise NothingAsked("The step does not wait for an approval any more.")
        moving.put(key, approval=state)
        moment = Moment.APPROVAL_REFUSED
    approved = state is ApprovalState.APPROVED
    if approved is (about is Asked.DEVIATION):
        moving.happen(moment, key, reason or "")
    if about is Asked.DEVIATION:
        return moving.done()
    if approved:
        return carried_on(moving, step)
    moving.put(key, Action.REFUSE, reason=reason)
    return moving.done()
