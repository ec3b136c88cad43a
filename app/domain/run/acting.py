"""What people do with the steps of a run: tick, complete, block, skip, and cancel it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.domain.approval import ApprovalState
from app.domain.playbook.condition import Known
from app.domain.playbook.model import ChecklistItem, Evidence, Step
from app.domain.playbook.moment import Moment
from app.domain.playbook.who import From, approver_for
from app.domain.run.errors import (
    CriterionDecides,
    DeviationWanted,
    EndsByCode,
    EvidenceWanted,
    ItemOutOfTurn,
    ItemsOpen,
    ItemUnknown,
    PersonWanted,
    StepUnknown,
)
from app.domain.run.figures import figures_of
from app.domain.run.model import (
    SETTLED,
    Asked,
    Moved,
    Person,
    Question,
    RunState,
    RunStep,
    Tick,
)
from app.domain.run.moving import Moving
from app.domain.run.onward import ENTRY, EXIT, awaited_by, end, go_on
from app.domain.run.starting import filled
from app.domain.run.transitions import Action, may, run_may


def held(moving: Moving, key: str, action: Action) -> tuple[Step, RunStep]:
    """A step on which a person may act now.

    Raises:
        StepUnknown: There is none.
        RunOver: The run is completed or cancelled.
        StepRefuses: Its state does not allow it.
    """
    step, mine = moving.step(key)
    may(action, mine.state, moving.run.state, _waits_for(moving, step))
    return step, mine


def _waits_for(moving: Moving, step: Step) -> list[str]:
    awaited = awaited_by(moving.playbook, step)
    return [
        each.title
        for each in moving.playbook.steps
        if each.key in awaited and moving.run.steps[each.key].state not in SETTLED
    ]


def ticked(moving: Moving, key: str, number: int, evidence: str | None, by: Person) -> Moved:
    """An item is checked: in its turn where the list is ordered, with its evidence where it asks.

    Args:
        moving: The run.
        key: The step.
        number: Of the item, from 0.
        evidence: What shows it.
        by: Who checked it; whoever ticked it first stays.

    Raises:
        ItemUnknown: The list is shorter.
        ItemOutOfTurn: A required item before it is open.
        EvidenceWanted: It is ticked with evidence only.
        StepUnknown, RunOver, StepRefuses: see `held`.
    """
    step, mine = held(moving, key, Action.TICK)
    if not 0 <= number < len(step.checklist):
        raise ItemUnknown(
            f"The checklist has {len(step.checklist)} items, numbered from 0.", pointer="/item"
        )
    if step.ordered and (before := _open_items(step, mine, upto=number)):
        raise ItemOutOfTurn(f"First comes: {before[0]}.", pointer="/item", facts={"open": before})
    found = _evidence(step.checklist[number], evidence)
    moving.answered(key)
    tick = mine.ticks.get(number, Tick(by.name, moving.now, found))
    moving.put(key, ticks={**mine.ticks, number: tick})
    return moving.done()


def _open_items(step: Step, mine: RunStep, *, upto: int | None = None) -> list[str]:
    """The required items that are not ticked, of all or of those before a number."""
    return [
        item.text
        for at, item in enumerate(step.checklist[:upto])
        if item.required and at not in mine.ticks
    ]


def _evidence(item: ChecklistItem, given: str | None) -> str | None:
    text = (given or "").strip()
    if item.evidence is None:
        return text or None
    fits = bool(text)
    if item.evidence is Evidence.LINK:
        fits = text.startswith(("https://", "http://")) and not any(c.isspace() for c in text)
    elif item.evidence is Evidence.NUMBER:
        try:
            fits = Decimal(text).is_finite()
        except InvalidOperation:
            fits = False
    if not fits:
        raise EvidenceWanted(
            f"'{item.text}' is ticked with a {item.evidence}.", pointer="/evidence"
        )
    return text


def completed(moving: Moving, key: str, given: Mapping[str, object], by: Person) -> Moved:
    """A step is executed: approved where it must be, looked at by somebody else, then done.

    With an approved deviation required items may stay open.

    Args:
        moving: The run.
        key: The step.
        given: What its form is filled with.
        by: Who executed it.

    Raises:
        ItemsOpen: A required item is not ticked.
        PersonWanted: Somebody else verifies it, and nobody is known to have executed it.
        DocumentNotUnderstood: Its form is not filled.
        StepUnknown, RunOver, StepRefuses: see `held`.

    Source: docs/playbook-runs.md, "A step".
    """
    step, mine = held(moving, key, Action.COMPLETE)
    left = _open_items(step, mine)
    if left and mine.deviation is not ApprovalState.APPROVED:
        raise ItemsOpen(f"Not ticked yet: {'; '.join(left)}.", facts={"open": left})
    if step.verified_by is not None and by.id is None:
        raise PersonWanted(
            "Somebody else verifies this step: who executes it needs a key of their own."
        )
    answers = filled(step.asks, given, "/answers")
    moving.answered(key)
    # Nobody needs to allow any more what was done as it is written.
    asked = mine.deviation is ApprovalState.REQUESTED
    deviation = None if asked else mine.deviation
    moving.put(key, answers=answers, executor=by, reason=None, deviation=deviation)
    rule = next((r for r in moving.playbook.approvals if r.key == step.approval), None)
    if rule is not None:
        amount = figures_of(moving.playbook, moving.run).get(rule.figure)
        role = approver_for(rule, amount)
        if role is not None:
            moving.put(key, Action.SUBMIT, approval=ApprovalState.REQUESTED)
            moving.happen(Moment.APPROVAL_REQUESTED, key, rule.title)
            said = rule.title if amount is None else f"{rule.title}: {_amount(amount)}"
            moving.ask(Question(Asked.STEP, key, role, said))
            return moving.done()
    return carried_on(moving, step)


def _amount(amount: Known) -> str:
    return f"{amount:,}" if isinstance(amount, Decimal | int) else str(amount)


def carried_on(moving: Moving, step: Step) -> Moved:
    """An executed step that nobody has to approve any more goes to its review, or is done."""
    if step.verified_by is not None:
        moving.put(step.key, Action.REVIEW)
        return moving.done()
    return finished(moving, step.key, Action.COMPLETE)


def finished(moving: Moving, key: str, action: Action, **changes: object) -> Moved:
    """A step is done, and what follows from that follows."""
    moving.put(key, action, done_at=moving.now, **changes)
    moving.happen(Moment.DONE, key)
    moving.end_deadlines(key)
    moving.know_steps_anchors(key)
    go_on(moving)
    return moving.done()


def blocked(moving: Moving, key: str, reason: str) -> Moved:
    """A step cannot go on: the deadlines that count from that begin.

    Raises:
        StepUnknown, RunOver, StepRefuses: see `held`.
    """
    held(moving, key, Action.BLOCK)
    moving.answered(key)
    moving.put(key, Action.BLOCK, blocked_at=moving.now, reason=reason)
    moving.happen(Moment.BLOCKED, key, reason)
    moving.begin_deadlines(From.BLOCKED, moving.now, key)
    return moving.done()


def unblocked(moving: Moving, key: str) -> Moved:
    """What blocked a step is out of the way: whoever was told of it is told no more.

    Raises:
        StepUnknown, RunOver, StepRefuses: see `held`.
    """
    held(moving, key, Action.UNBLOCK)
    moving.put(key, Action.UNBLOCK, blocked_at=None, reason=None)
    moving.end_deadlines(key, counts_from={From.BLOCKED})
    return moving.done()


def skipped(moving: Moving, key: str, reason: str) -> Moved:
    """A step is left out, with the reason; where deviations are approved, not without that.

    Raises:
        DeviationWanted: The playbook says who approves deviations, and nobody did.
        StepUnknown, RunOver, StepRefuses: see `held`.
    """
    _, mine = held(moving, key, Action.SKIP)
    approver = moving.playbook.deviations_approved_by
    if approver is not None and mine.deviation is not ApprovalState.APPROVED:
        raise DeviationWanted(
            f"A step is skipped once {approver} has approved the deviation.",
            facts={"role": approver},
        )
    moving.heard(key)
    # Nobody needs to allow any more what is not done at all.
    deviation = None if mine.deviation is ApprovalState.REQUESTED else mine.deviation
    moving.put(key, Action.SKIP, reason=reason, blocked_at=None, deviation=deviation)
    moving.end_deadlines(key)
    go_on(moving)
    return moving.done()


def deviated(moving: Moving, key: str, what: str) -> Moved:
    """Somebody asks to do a step otherwise than written; the run goes on meanwhile.

    Raises:
        StepUnknown, RunOver, StepRefuses: see `held`.
    """
    step, _ = held(moving, key, Action.DEVIATE)
    role = moving.playbook.deviations_approved_by or moving.playbook.owner
    moving.heard(key)
    moving.put(key, deviation=ApprovalState.REQUESTED)
    moving.ask(Question(Asked.DEVIATION, key, role, f"{step.title}: {what}"))
    moving.happen(Moment.APPROVAL_REQUESTED, key, what)
    return moving.done()


@dataclass(frozen=True, slots=True)
class Check:
    """A criterion of a stage that a person checks; `side` is `entry` or `exit`."""

    stage: str
    side: str
    number: int
    evidence: str | None = None


def checked(moving: Moving, check: Check, by: Person) -> Moved:
    """A criterion of a stage is met; the stage is entered or closed once all are.

    Raises:
        RunOver: The run is completed or cancelled.
        StepUnknown: There is no such stage.
        ItemUnknown: It has no such criterion.
        CriterionDecides: The criterion holds by itself.
    """
    run_may(moving.run.state)
    stage = next((s for s in moving.playbook.stages if s.key == check.stage), None)
    if stage is None:
        raise StepUnknown("The run has no such stage.")
    criteria = {ENTRY: stage.entry, EXIT: stage.exit}[check.side]
    if not 0 <= check.number < len(criteria):
        raise ItemUnknown(
            f"There are {len(criteria)} {check.side} criteria, numbered from 0.",
            pointer="/criterion",
        )
    if criteria[check.number].when is not None:
        raise CriterionDecides("This criterion holds by itself, as soon as it does.")
    mine = moving.run.stages[check.stage]
    tick = Tick(by.name, moving.now, check.evidence)
    moving.put_stage(check.stage, checked={f"{check.side}/{check.number}": tick, **mine.checked})
    go_on(moving)
    return moving.done()


def cancelled(moving: Moving, reason: str) -> Moved:
    """A run is given up: nothing of it is due any more.

    Raises:
        RunOver: It is completed or cancelled.
        EndsByCode: It is over when code says so.
    """
    run_may(moving.run.state)
    if moving.playbook.is_kept_by_code:
        raise EndsByCode("This run is a plan's, and is over with it: cancel the plan.")
    end(moving, RunState.CANCELLED, "The run was cancelled.")
    moving.happen(Moment.CANCELLED, detail=reason)
    return moving.done()
