"""How an open run moves to a new version of its playbook, or why it cannot."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from app.domain.business_hours import BusinessHours
from app.domain.playbook.condition import Known
from app.domain.playbook.due import due_at
from app.domain.playbook.form import Field, as_given, fill
from app.domain.playbook.model import AnchorSource, ChecklistItem, Playbook, Stage, Step
from app.domain.playbook.who import Deadline, From, Response
from app.domain.run.fate import Following, StepFate, fate_of, fate_of_gone
from app.domain.run.model import SETTLED, Run, RunStage, RunStep, StepState, Tick
from app.domain.run.moving import WHOLE_RUN, Moving
from app.domain.run.onward import ENTRY, EXIT, go_on, open_stages, wait_again
from app.domain.run.starting import Start, anchor_at
from app.domain.run.transitions import run_may

EXECUTED = frozenset({StepState.AWAITING_APPROVAL, StepState.IN_REVIEW})


def following(
    old: Playbook, new: Playbook, run: Run, *, now: datetime, hours: BusinessHours
) -> Following:
    """What a new version means for an open run, and the run under it.

    What is settled stays. What was ticked stays where the item is the same; what was executed is
    executed again where what it is judged by changed. Nobody is held to a time that was over
    before it was set: a deadline that would be missed already does not begin.

    Args:
        old: The version that the run keeps.
        new: The version that it would move to.
        run: As it is.
        now: The present instant.
        hours: Working time of where the run is.

    Raises:
        RunOver: The run is completed or cancelled.

    Source: docs/playbook-versions.md, "Open runs".
    """
    run_may(run.state)
    given = as_given(run.inputs)
    asked = {field.key for field in new.inputs}
    inputs = fill(new.inputs, {key: value for key, value in given.items() if key in asked})
    was, stood = {step.key: step for step in old.steps}, run.steps
    placed = replace(
        run,
        inputs=inputs.values,
        anchors=_anchors(old, new, run, inputs.values, hours),
        steps={each.key: _step(old, new, each, stood.get(each.key)) for each in new.steps},
        stages={stage.key: _stage(old, stage, run.stages.get(stage.key)) for stage in new.stages},
    )
    moving = Moving(new, placed, now=now, hours=hours)
    _date_steps(moving, old, run)
    open_stages(moving)
    wait_again(moving)
    _let_deadlines_follow(moving, old, run)
    go_on(moving)
    fates = tuple(
        fate_of(was.get(s.key), s, stood.get(s.key), moving.run.steps[s.key]) for s in new.steps
    )
    kept = {step.key for step in new.steps}
    gone = tuple(fate_of_gone(step, stood[step.key]) for step in old.steps if step.key not in kept)
    return Following(
        steps=(*fates, *gone),
        lacking=inputs.wrong,
        inputs_gone=tuple(key for key in given if key not in asked),
        moved=None if inputs.wrong else moving.done(),
    )


def dropped_steps(following: Following) -> frozenset[str]:
    """The steps that are no part of the run any more, though nobody settled them."""
    return frozenset(each.key for each in following.steps if each.fate is StepFate.DROPPED)


# Steps and stages -----------------------------------------------------------------------------


def _step(old: Playbook, new: Playbook, step: Step, mine: RunStep | None) -> RunStep:
    before = next((each for each in old.steps if each.key == step.key), None)
    if before is None or mine is None:
        return RunStep(step.key)
    if mine.state in SETTLED:
        anew = mine.state is StepState.LEFT_OUT and before.when != step.when
        return RunStep(step.key) if anew else mine
    changes: dict[str, object] = {
        "ticks": _ticks(before.checklist, step.checklist, mine.ticks),
        "answers": _answers(step.asks, mine.answers),
    }
    if mine.state in EXECUTED and _judged_by(old, before) != _judged_by(new, step):
        changes |= {"state": StepState.READY, "approval": None}
        changes["reason"] = f"Version {new.version} judges it otherwise."
    return replace(mine, **changes)  # type: ignore[arg-type]


def _judged_by(playbook: Playbook, step: Step) -> tuple[object, ...]:
    rule = next((rule for rule in playbook.approvals if rule.key == step.approval), None)
    return step.checklist, step.asks, step.verified_by, rule


def _ticks(
    old: tuple[ChecklistItem, ...], new: tuple[ChecklistItem, ...], ticks: Mapping[int, Tick]
) -> dict[int, Tick]:
    """The ticks of items with the same text, unless they are ticked with other evidence now."""
    given = {item.text: (item, ticks[at]) for at, item in enumerate(old) if at in ticks}
    kept = {}
    for at, item in enumerate(new):
        was, tick = given.get(item.text, (None, None))
        if was is not None and tick is not None and item.evidence in (None, was.evidence):
            kept[at] = tick
    return kept


def _answers(asks: tuple[Field, ...], answers: Mapping[str, Known]) -> Mapping[str, Known]:
    asked = {field.key for field in asks}
    return fill(asks, {k: v for k, v in as_given(answers).items() if k in asked}).values


def _stage(old: Playbook, stage: Stage, mine: RunStage | None) -> RunStage:
    before = next((each for each in old.stages if each.key == stage.key), None)
    if before is None or mine is None:
        return RunStage(stage.key)
    checked = {
        f"{side}/{at}": mine.checked[f"{side}/{place}"]
        for side, was, now in ((ENTRY, before.entry, stage.entry), (EXIT, before.exit, stage.exit))
        for at, criterion in enumerate(now)
        for place, other in enumerate(was)
        if other.text == criterion.text and f"{side}/{place}" in mine.checked
    }
    return replace(mine, checked=checked)


# Time -----------------------------------------------------------------------------------------


def _anchors(
    old: Playbook, new: Playbook, run: Run, inputs: Mapping[str, Known], hours: BusinessHours
) -> dict[str, datetime]:
    """The instants of the new version's anchors: those of the same origin stay as they are."""
    was = {(each.key, each.source, each.of) for each in old.anchors}
    events = (run.anchors.get(a.key) for a in old.anchors if a.source is AnchorSource.EVENT)
    start = Start("", {}, next(events, None))
    found: dict[str, datetime | None] = {}
    for each in new.anchors:
        if (each.key, each.source, each.of) in was:
            found[each.key] = run.anchors.get(each.key)
        elif each.source is AnchorSource.STEP:
            step = run.steps.get(each.of)
            found[each.key] = step.done_at if step else None
        else:
            value = inputs.get(each.of)
            found[each.key] = anchor_at(each.source, value, start, now=run.started_at, hours=hours)
    return {key: at for key, at in found.items() if at is not None}


def _date_steps(moving: Moving, old: Playbook, run: Run) -> None:
    """Known anchors date what is not settled; where offset and anchor stay, the date stays."""
    was = {step.key: step.due for step in old.steps}
    for step in moving.playbook.steps:
        at = moving.run.anchors.get(step.due.anchor)
        same = was.get(step.key) == step.due and run.anchors.get(step.due.anchor) == at
        if moving.run.steps[step.key].state not in SETTLED and not same:
            due = due_at(step.due, at, moving.hours) if at is not None else None
            moving.put(step.key, due_at=due)


def _let_deadlines_follow(moving: Moving, old: Playbook, run: Run) -> None:
    """Deadlines that are gone end, others run by the new version's rules from the same moment."""
    held = {(deadline.key, step): deadline for deadline, step in _held(moving.playbook)}
    for pair in run.running - held.keys():
        moving.end(pair)
    before = {(deadline.key, step): _ruled(old, deadline) for deadline, step in _held(old)}
    for pair, deadline in held.items():
        was, counts_from = before.get(pair), deadline.counts_from
        unmoved = run.anchors.get(counts_from) == moving.run.anchors.get(counts_from)
        same_moment = was is not None and was[0].counts_from == counts_from and unmoved
        # One that does not run is over, or has its moment still to come.
        stands = pair not in run.running or was == _ruled(moving.playbook, deadline)
        if not (same_moment and stands):
            _begin_anew(moving, deadline, pair[1])


def _begin_anew(moving: Moving, deadline: Deadline, step: str) -> None:
    """Count a deadline from its moment, unless that is over, or would be missed already."""
    at = _moment(moving.run, deadline.counts_from, step)
    pair = (deadline.key, step)
    if at is None:
        moving.end(pair)
        return
    begun = moving.reckoned(deadline, step, at)
    if _is_kept(moving.run, deadline, step) or begun.due_at <= moving.now:
        return
    moving.end(pair)
    warned = begun.warn_at is not None and begun.warn_at <= moving.now
    moving.begin(replace(begun, warn_at=None) if warned else begun)


def _held(playbook: Playbook) -> Iterator[tuple[Deadline, str]]:
    for deadline in playbook.deadlines:
        for step in deadline.steps or (WHOLE_RUN,):
            yield deadline, step


def _ruled(playbook: Playbook, deadline: Deadline) -> tuple[Deadline, object]:
    """A deadline with the path that it takes; which steps it holds for is told apart."""
    path = next((e.path for e in playbook.escalations if e.key == deadline.escalation), ())
    return replace(deadline, steps=()), path


def _moment(run: Run, counts_from: str, step: str) -> datetime | None:
    """When a deadline of a step, or of the run, counts from; None where that is not known."""
    if counts_from not in set(From):
        return run.anchors.get(counts_from)
    if step == WHOLE_RUN:
        return run.started_at
    mine = run.steps[step]
    moments = {
        From.READY: mine.ready_at,
        From.BLOCKED: mine.blocked_at,
        From.STARTED: mine.started_at,
    }
    return moments[From(counts_from)]


def _is_kept(run: Run, deadline: Deadline, step: str) -> bool:
    """Whether what a deadline asks for is there already."""
    if step != WHOLE_RUN and run.steps[step].state in SETTLED:
        return True
    steps = run.steps.values() if step == WHOLE_RUN else (run.steps[step],)
    answered = any(each.started_at is not None for each in steps)
    of_a_block = deadline.counts_from == From.BLOCKED
    return deadline.of is Response.RESPONSE and answered and not of_a_block
