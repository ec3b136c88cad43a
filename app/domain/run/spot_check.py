"""What is looked at where a run is checked closely: what was done otherwise, and what shows it."""

from collections.abc import Iterator

from app.domain.approval import ApprovalState
from app.domain.playbook.model import Playbook, Step
from app.domain.run.model import SETTLED, Run, RunStep, StepState

_DEVIATIONS = {
    ApprovalState.REQUESTED: "asked for",
    ApprovalState.APPROVED: "allowed",
    ApprovalState.REFUSED: "refused",
}


def to_look_at(playbook: Playbook, run: Run) -> tuple[str, ...]:
    """How far a run is, each step that is not plainly done as written, and its evidence.

    Args:
        playbook: In the run's version.
        run: As it stands.

    Source: docs/playbook-versions.md, "Whether it is kept to".
    """
    mine = [(step, run.steps[step.key]) for step in playbook.steps if step.key in run.steps]
    belong = [one for _, one in mine if one.state is not StepState.LEFT_OUT]
    done = sum(one.state is StepState.DONE for one in belong)
    lines = [f"Steps: {done} of {len(belong)} done."]
    for step, one in mine:
        lines += [f"{step.title}: {said}" for said in _told(step, one)]
    shown = [tick.evidence for _, one in mine for tick in one.ticks.values() if tick.evidence]
    ticks = sum(len(one.ticks) for _, one in mine)
    evidence = f"{len(shown)} of them with evidence to be looked at"
    return (*lines, f"Items ticked: {ticks}, {evidence}.")


def _told(step: Step, one: RunStep) -> Iterator[str]:
    if one.state is StepState.SKIPPED:
        yield f"skipped: {one.reason}"
    deviation = _DEVIATIONS.get(one.deviation) if one.deviation else None
    if deviation is not None:
        yield f"to be done otherwise than written, {deviation}."
    if one.returns:
        yield f"returned {_times(one.returns)}."
    if one.reopenings:
        yield f"opened again {_times(one.reopenings)}."
    if one.state not in SETTLED and one.state is not StepState.WAITING:
        yield f"{one.state.replace('_', ' ')}."
    left = [at for at, item in enumerate(step.checklist) if item.required and at not in one.ticks]
    if one.state is StepState.DONE and left:
        yield f"done with {len(left)} required items open."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
