"""What follows by itself after anything in a run has moved: steps ready, stages closed, its end."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.playbook.condition import holds
from app.domain.playbook.model import Blocks, Criterion, Playbook, Stage, Step
from app.domain.playbook.moment import Moment
from app.domain.playbook.who import From
from app.domain.run.figures import figures_of
from app.domain.run.model import SETTLED, RunState, StepState
from app.domain.run.moving import Moving
from app.domain.run.transitions import Action

ENTRY, EXIT = "entry", "exit"
NO_PART = "It is no part of this run: its condition does not hold."


def awaited_by(playbook: Playbook, step: Step) -> frozenset[str]:
    """The steps that are settled before one is ready: it waits for them, or they block it."""
    blocking = {each.key for each in playbook.steps if step.key in each.blocks}
    return frozenset({*step.waits_for, *blocking})


def go_on(moving: Moving) -> None:
    """Let follow what follows, until nothing more does.

    Stages are entered and closed, steps become ready or turn out to be no part of the run, and a
    run in which nothing holds its end up is completed, unless code says when it is over.

    Args:
        moving: The run under way.

    Source: docs/playbook-runs.md, "What follows by itself".
    """
    while _enter_stages(moving) or _begin_steps(moving) or _close_stages(moving):
        pass
    if not moving.playbook.is_kept_by_code:
        _complete(moving)


def open_stages(moving: Moving) -> None:
    """A closed stage is open again once steps come into it that are not settled."""
    steps = moving.run.steps
    for step in moving.playbook.steps:
        if step.stage is not None and steps[step.key].state not in SETTLED:
            moving.put_stage(step.stage, closed_at=None)


def wait_again(moving: Moving) -> None:
    """What is ready and nobody has begun waits again for what it waits for now."""
    figures = figures_of(moving.playbook, moving.run)
    for step in moving.playbook.steps:
        mine = moving.run.steps[step.key]
        belongs = step.when is None or holds(step.when, figures)
        untouched = mine.state is StepState.READY and mine.started_at is None
        if untouched and not (belongs and is_free(moving, step)):
            moving.put(step.key, Action.WAIT, ready_at=None)
            moving.end_deadlines(step.key, counts_from={From.READY})


def _enter_stages(moving: Moving) -> bool:
    entered = False
    for stage in moving.playbook.stages:
        mine = moving.run.stages[stage.key]
        after = all(moving.run.stages[key].closed_at is not None for key in stage.after)
        if mine.entered_at is None and after and _met(moving, stage, ENTRY, stage.entry):
            moving.put_stage(stage.key, entered_at=moving.now)
            entered = True
    return entered


def _begin_steps(moving: Moving) -> bool:
    begun = False
    for step in moving.playbook.steps:
        mine = moving.run.steps[step.key]
        if mine.state is not StepState.WAITING or not is_free(moving, step):
            continue
        begun = True
        if step.when is not None and not holds(step.when, figures_of(moving.playbook, moving.run)):
            moving.put(step.key, Action.LEAVE_OUT, reason=NO_PART)
            moving.end_deadlines(step.key)
            continue
        moving.put(step.key, Action.BEGIN, ready_at=moving.now)
        moving.happen(Moment.READY, step.key)
        moving.begin_deadlines(From.READY, moving.now, step.key)
    return begun


def is_free(moving: Moving, step: Step) -> bool:
    """Whether nothing that a step waits for is left: no other step, and not its stage."""
    waits = awaited_by(moving.playbook, step)
    if any(moving.run.steps[key].state not in SETTLED for key in waits):
        return False
    return step.stage is None or moving.run.stages[step.stage].entered_at is not None


def _close_stages(moving: Moving) -> bool:
    closed = False
    for stage in moving.playbook.stages:
        mine = moving.run.stages[stage.key]
        if mine.entered_at is None or mine.closed_at is not None:
            continue
        steps = [step for step in moving.playbook.steps if step.stage == stage.key]
        settled = all(moving.run.steps[step.key].state in SETTLED for step in steps)
        if settled and _met(moving, stage, EXIT, stage.exit):
            moving.put_stage(stage.key, closed_at=moving.now)
            moving.happen(Moment.STAGE_CLOSED, detail=stage.title)
            closed = True
    return closed


def _met(moving: Moving, stage: Stage, side: str, criteria: Sequence[Criterion]) -> bool:
    """Whether every criterion is checked, or holds by itself."""
    checked = moving.run.stages[stage.key].checked
    return all(
        f"{side}/{at}" in checked
        if each.when is None
        else holds(each.when, figures_of(moving.playbook, moving.run))
        for at, each in enumerate(criteria)
    )


def _complete(moving: Moving) -> None:
    """Nothing holds the end up: no step that blocks it, no stage; what is left is left out."""
    blocking = [step for step in moving.playbook.steps if Blocks.COMPLETED in step.blocks]
    held = blocking or moving.playbook.steps
    open_steps = any(moving.run.steps[step.key].state not in SETTLED for step in held)
    open_stages = any(stage.closed_at is None for stage in moving.run.stages.values())
    if open_steps or open_stages:
        return
    end(moving, RunState.COMPLETED, "The run was completed without it.")
    moving.happen(Moment.COMPLETED)


def end(moving: Moving, state: RunState, why: str) -> None:
    """A run is over: what is open of it is on nobody's list any more, and nothing is due."""
    moving.run = replace(moving.run, state=state)
    for key, step in moving.run.steps.items():
        if step.state not in SETTLED:
            moving.put(key, state=StepState.LEFT_OUT, reason=why, blocked_at=None)
    moving.end_all_deadlines()
