"""The shape of a file under `playbooks/`, and the playbook made of it."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from app.catalog.faults import Fault
from app.catalog.reading import Document
from app.catalog.reminder_files import ReminderShape, reminder_of
from app.catalog.shapes import (
    Address,
    Amount,
    CurrencyCode,
    Day,
    FileKey,
    Flag,
    Key,
    Line,
    Shape,
    Text,
    Whole,
)
from app.domain.cutover import Preference
from app.domain.errors import Invalid
from app.domain.money import Money
from app.domain.playbook.model import (
    AnchorDay,
    BillingPolicy,
    Blocks,
    BoardEffect,
    ChatEffect,
    ChecklistItem,
    CompleteEmail,
    Effect,
    MailEffect,
    Moment,
    Offset,
    OffsetUnit,
    Playbook,
    ReviewCycle,
    Role,
    Sender,
    Stage,
    Step,
    Trigger,
)


class OffsetShape(Shape):
    """`due: {days: -5, from: live, unit: business_days}`."""

    days: Whole
    anchor: AnchorDay = Field(alias="from", description="signed or live")
    unit: OffsetUnit = OffsetUnit.CALENDAR_DAYS


class ChecklistItemShape(Shape):
    """One check."""

    text: Line
    required: Flag = True


class RoleShape(Shape):
    """One role."""

    key: Key
    title: Line
    responsibility: Text
    in_turn: Flag = False


class StageShape(Shape):
    """One group of the board."""

    key: Key
    title: Line
    service: Key | None = None
    due: OffsetShape = Field(description="an offset: days, from, unit")


class StepShape(Shape):
    """One step."""

    key: Key
    title: Line
    role: Key
    stage: Key | None = None
    service: Key | None = None
    due: OffsetShape = Field(description="an offset: days, from, unit")
    blocks: tuple[Blocks, ...] = ()
    waits_for: tuple[Key, ...] = ()
    instructions: Text = ""
    checklist: tuple[ChecklistItemShape, ...] = ()


class ChatShape(Shape):
    """`do: chat`."""

    do: Literal["chat"]
    on: Moment = Field(description="a moment of the run")
    room: Key
    template: Key


class MailShape(Shape):
    """`do: mail`."""

    do: Literal["mail"]
    on: Moment = Field(description="a moment of the run")
    template: Key
    title: Line


class BoardShape(Shape):
    """`do: board`."""

    do: Literal["board"]
    on: Moment = Field(description="a moment of the run")


class CompleteEmailShape(Shape):
    """The Complete e-mail."""

    template: Key
    title: Line
    cc: tuple[Address, ...] = Field(description="a list of e-mail addresses")
    sent_by: Sender = Field(description="person or service")


class MoneyShape(Shape):
    """An amount with its currency."""

    amount: Amount
    currency: CurrencyCode


class HoursShape(Shape):
    """`{hours: 4}`."""

    hours: Whole


class BillingShape(Shape):
    """How left-over paid days are settled; no `waive_up_to` means that none is waived."""

    prefer: Preference = Field(description="credit or bridge")
    waive_up_to: MoneyShape | None = None
    answer_within: HoursShape = Field(HoursShape(hours=4), description="a number of hours")


class TriggerShape(Shape):
    """What starts a run."""

    events: tuple[Literal["agreement.signed"], ...] = Field(
        min_length=1, description="a list of events"
    )


class PlaybookShape(Shape):
    """One file under `playbooks/`."""

    key: FileKey
    version: Whole
    title: Line
    purpose: Text
    owner: Key
    review_cycle: ReviewCycle = Field(description="weekly to annual")
    sources: tuple[Line, ...]
    trigger: TriggerShape = Field(description="the events that start a run")
    subject: Literal["plan"]
    live_weekday: Day
    window_days: Whole
    roles: tuple[RoleShape, ...] = Field(min_length=1, description="a list of roles")
    lead_role: Key
    setup_role: Key
    stages: tuple[StageShape, ...] = Field(min_length=1, description="a list of stages")
    steps: tuple[StepShape, ...] = Field(min_length=1, description="a list of steps")
    effects: tuple[
        Annotated[ChatShape | MailShape | BoardShape, Field(discriminator="do")], ...
    ] = Field(description="a list of effects")
    complete_email: CompleteEmailShape = Field(description="template, title, cc, sent_by")
    reminders: tuple[ReminderShape, ...] = Field(description="a list of reminders")
    billing: BillingShape = Field(description="prefer and waive_up_to")


def playbook_of(shape: PlaybookShape, document: Document, faults: list[Fault]) -> Playbook | None:
    """The playbook of a file; None where a value of it cannot be."""
    billing = _billing(shape.billing, document, faults)
    if shape.version < 1:
        faults.append(document.fault(("version",), "expected 1 or more"))
        return None
    if billing is None:
        return None
    return Playbook(
        key=shape.key,
        version=shape.version,
        title=shape.title,
        purpose=shape.purpose,
        owner=shape.owner,
        review_cycle=shape.review_cycle,
        sources=shape.sources,
        trigger=Trigger(shape.trigger.events),
        subject=shape.subject,
        window_days=shape.window_days,
        live_weekday=shape.live_weekday,
        roles=tuple(Role(r.key, r.title, r.responsibility, r.in_turn) for r in shape.roles),
        lead_role=shape.lead_role,
        setup_role=shape.setup_role,
        stages=tuple(Stage(s.key, s.title, s.service, _offset(s.due)) for s in shape.stages),
        steps=tuple(_step(s) for s in shape.steps),
        effects=tuple(_effect(e) for e in shape.effects),
        complete_email=CompleteEmail(
            shape.complete_email.template,
            shape.complete_email.title,
            shape.complete_email.cc,
            shape.complete_email.sent_by,
        ),
        reminders=tuple(reminder_of(r) for r in shape.reminders),
        billing=billing,
    )


def _offset(shape: OffsetShape) -> Offset:
    return Offset(shape.days, shape.anchor, shape.unit)


def _step(shape: StepShape) -> Step:
    return Step(
        key=shape.key,
        title=shape.title,
        role=shape.role,
        stage=shape.stage,
        due=_offset(shape.due),
        blocks=frozenset(shape.blocks),
        waits_for=shape.waits_for,
        checklist=tuple(ChecklistItem(c.text, c.required) for c in shape.checklist),
        instructions=shape.instructions,
        service=shape.service,
    )


def _effect(shape: ChatShape | MailShape | BoardShape) -> Effect:
    if isinstance(shape, ChatShape):
        return ChatEffect(shape.on, shape.room, shape.template)
    if isinstance(shape, MailShape):
        return MailEffect(shape.on, shape.template, shape.title)
    return BoardEffect(shape.on)


def _billing(shape: BillingShape, document: Document, faults: list[Fault]) -> BillingPolicy | None:
    limit = None
    if shape.waive_up_to is not None:
        try:
            limit = Money.of(shape.waive_up_to.amount, shape.waive_up_to.currency)
        except Invalid as wrong:
            faults.append(document.fault(("billing", "waive_up_to"), wrong.detail))
            return None
    return BillingPolicy(shape.prefer, limit, timedelta(hours=shape.answer_within.hours))
