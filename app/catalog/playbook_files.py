"""Playbooks made of their files: read, fitted, built, and checked against themselves."""

from collections.abc import Set as AbstractSet

from app.catalog.effect_shapes import effect_of
from app.catalog.faults import Fault
from app.catalog.fitting import fit
from app.catalog.measure_shapes import measure_of
from app.catalog.part_files import (
    approval_of,
    assignment_of,
    deadline_of,
    escalation_of,
    governance_of,
    score_of_shape,
    table_of,
)
from app.catalog.playbook_shapes import (
    AnchorShape,
    CriterionShape,
    FieldShape,
    OffsetShape,
    PlaybookShape,
    StageShape,
    StepShape,
    TriggerShape,
)
from app.catalog.procedure_files import billing_of, complete_email_of
from app.catalog.reading import Document, read_yaml
from app.catalog.reminder_files import reminder_of
from app.domain.playbook.checks import contradictions
from app.domain.playbook.form import Field
from app.domain.playbook.model import (
    Anchor,
    AnchorSource,
    ChecklistItem,
    Criterion,
    Offset,
    OffsetUnit,
    Playbook,
    Role,
    Side,
    Stage,
    Step,
    TimeStandard,
)
from app.domain.playbook.trigger import Schedule, Trigger
from app.domain.playbook.upgrade import UpgradePlaybook

UPGRADE = "client-upgrade"
LAST_VERSION = 9999
_ON_BOTH_SIDES = frozenset({AnchorSource.FIELD, AnchorSource.PROCEDURE})


def read_playbook(
    file: str, text: str, faults: list[Fault], *, services: AbstractSet[str] | None
) -> tuple[Document, Playbook] | None:
    """The playbook of a file that agrees with itself; None where it was not even readable.

    Args:
        file: Its name, as faults tell it: `playbooks/client-upgrade.yaml`.
        text: What stands in it.
        faults: What is wrong is added to these.
        services: Keys of every service in the catalog; None where they were not readable.
    """
    document = read_yaml(file, text, faults)
    shape = fit(PlaybookShape, document, faults) if document else None
    if document is None or shape is None:
        return None
    playbook = playbook_of(shape, document, faults)
    if playbook is None:
        return None
    expected = f"playbooks/{playbook.key}.yaml"
    if file != expected:
        message = f"expected the key to be the file's name; this would be {expected}"
        faults.append(document.fault(("key",), message))
    for wrong in contradictions(playbook, services=services) if services is not None else ():
        faults.append(document.fault(wrong.path, wrong.message))
    return document, playbook


def playbook_of(shape: PlaybookShape, document: Document, faults: list[Fault]) -> Playbook | None:
    """The playbook of a file; None where a value of it cannot be."""
    before = len(faults)
    if not 1 <= shape.version <= LAST_VERSION:
        faults.append(document.fault(("version",), f"expected 1 to {LAST_VERSION:,}"))
    if (shape.procedure is not None) is not (shape.key == UPGRADE):
        message = f"is the section of {UPGRADE}, and of no other playbook"
        faults.append(document.fault(("procedure",), message))
    procedure = shape.procedure
    billing = billing_of(procedure.billing, document, faults) if procedure else None
    if len(faults) > before:
        return None
    if procedure is None or billing is None:
        return _general(shape)
    general = _general(shape)
    return UpgradePlaybook(
        **{name: getattr(general, name) for name in Playbook.__dataclass_fields__},
        window_days=procedure.window_days,
        live_weekday=procedure.live_weekday,
        lead_role=procedure.lead_role,
        setup_role=procedure.setup_role,
        complete_email=complete_email_of(procedure.complete_email),
        billing=billing,
    )


def _general(shape: PlaybookShape) -> Playbook:
    return Playbook(
        key=shape.key,
        version=shape.version,
        title=shape.title,
        purpose=shape.purpose,
        owner=shape.owner,
        review_cycle=shape.review_cycle,
        sources=shape.sources,
        trigger=_trigger(shape.trigger),
        subject=shape.subject,
        roles=tuple(Role(r.key, r.title, r.responsibility, r.in_turn) for r in shape.roles),
        steps=tuple(_step(s) for s in shape.steps),
        anchors=tuple(_anchor(a) for a in shape.anchors),
        stages=tuple(_stage(s) for s in shape.stages),
        effects=tuple(effect_of(e) for e in shape.effects),
        reminders=tuple(reminder_of(r) for r in shape.reminders),
        inputs=tuple(_field(f) for f in shape.inputs),
        scores=tuple(score_of_shape(s) for s in shape.scores),
        tables=tuple(table_of(t) for t in shape.tables),
        territories=shape.territories,
        assignments=tuple(assignment_of(a) for a in shape.assignments),
        approvals=tuple(approval_of(a) for a in shape.approvals),
        deadlines=tuple(deadline_of(d) for d in shape.deadlines),
        escalations=tuple(escalation_of(e) for e in shape.escalations),
        measures=tuple(measure_of(m) for m in shape.measures),
        deviations_approved_by=shape.deviations.approved_by if shape.deviations else None,
        governance=governance_of(shape.governance) if shape.governance else None,
    )


def _trigger(shape: TriggerShape) -> Trigger:
    schedules = (Schedule(s.every, s.at, s.weekday, s.day) for s in shape.schedules)
    return Trigger(tuple(shape.events), tuple(schedules), shape.by_hand, shape.when)


def _offset(shape: OffsetShape) -> Offset:
    if shape.hours is not None:
        return Offset(shape.hours, shape.anchor, shape.unit or OffsetUnit.HOURS)
    return Offset(shape.days or 0, shape.anchor, shape.unit or OffsetUnit.CALENDAR_DAYS)


def _anchor(shape: AnchorShape) -> Anchor:
    side = shape.side or (Side.BOTH if shape.source in _ON_BOTH_SIDES else Side.AFTER)
    return Anchor(shape.key, shape.title, shape.source, side, shape.field or shape.step or "")


def _field(shape: FieldShape) -> Field:
    return Field(
        shape.key,
        shape.title,
        shape.kind,
        shape.required,
        shape.values,
        shape.minimum,
        shape.maximum,
        shape.unit,
        shape.hint or "",
    )


def _criteria(shapes: tuple[CriterionShape, ...]) -> tuple[Criterion, ...]:
    return tuple(Criterion(each.text, each.when) for each in shapes)


def _stage(shape: StageShape) -> Stage:
    return Stage(
        key=shape.key,
        title=shape.title,
        service=shape.service,
        due=_offset(shape.due) if shape.due else None,
        after=shape.after,
        entry=_criteria(shape.entry),
        exit=_criteria(shape.exit),
    )


def _step(shape: StepShape) -> Step:
    return Step(
        key=shape.key,
        title=shape.title,
        role=shape.role,
        stage=shape.stage,
        due=_offset(shape.due),
        blocks=frozenset(shape.blocks),
        waits_for=shape.waits_for,
        checklist=tuple(ChecklistItem(c.text, c.required, c.evidence) for c in shape.checklist),
        instructions=shape.instructions,
        service=shape.service,
        when=shape.when,
        ordered=shape.ordered,
        verified_by=shape.verified_by,
        takes=TimeStandard(shape.takes.least, shape.takes.most) if shape.takes else None,
        mistakes=shape.mistakes,
        tools=shape.tools,
        asks=tuple(_field(f) for f in shape.asks),
        assign=shape.assign or "",
        approval=shape.approval or "",
        effects=tuple(effect_of(e) for e in shape.effects),
    )
