"""A step that is opened again, and what hung on it."""

from app.domain.playbook.moment import Moment
from app.domain.playbook.who import From
from app.domain.run.acting import held
from app.domain.run.model import Moved, RunStep, StepState
from app.domain.run.moving import Moving
from app.domain.run.onward import NO_PART, awaited_by, is_free, open_stages
from app.domain.run.transitions import Action


def reopened(moving: Moving, key: str, reason: str) -> Moved:
    """A settled step is to be done again: what was ticked, answered and approved of it is void.

    Its stage is open again; what waits for it, and was not begun, waits again, and so does what its
    void answers left out. It waits itself for what is open of that which it waits for.

    Raises:
        StepUnknown, RunOver, StepRefuses: see `held`.
    """
    step, mine = held(moving, key, Action.REOPEN)
    again = mine.reopenings + (mine.state is StepState.DONE)
    anew = RunStep(key, due_at=mine.due_at, returns=mine.returns, reopenings=again)
    fresh = {name: getattr(anew, name) for name in RunStep.__dataclass_fields__}
    del fresh["key"], fresh["state"]
    moving.put(key, Action.REOPEN, **{**fresh, "ready_at": moving.now, "reason": reason})
    moving.happen(Moment.REOPENED, key, reason)
    moving.date(key)
    moving.forget_steps_anchors(key)
    _wait_for(moving, key)
    if is_free(moving, step):
        moving.begin_deadlines(From.READY, moving.now, key)
    else:
        moving.put(key, Action.WAIT, ready_at=None)
    open_stages(moving)
    return moving.done()


def _wait_for(moving: Moving, key: str) -> None:
    """What waits for a step that is open again waits again, as far as nobody has begun it.

    What its condition left out is decided anew: the answers that it read may be void.
    """
    anew = {key}
    while True:
        more = {
            step.key
            for step in moving.playbook.steps
            if step.key not in anew
            and anew & awaited_by(moving.playbook, step)
            and _undone(moving.run.steps[step.key])
        }
        if not more:
            return
        for each in more:
            moving.put(each, Action.WAIT, ready_at=None, reason=None)
            moving.date(each)
            moving.end_deadlines(each, counts_from={From.READY})
        anew |= more


def _undone(mine: RunStep) -> bool:
    left_out = mine.state is StepState.LEFT_OUT and mine.reason == NO_PART
    return left_out or (mine.state is StepState.READY and mine.started_at is None)
