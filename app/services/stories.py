"""The story of a plan that was run ahead: what happens, what is sent, and what is in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.domain.delivery import DeliveryKind
from app.domain.money import Money
from app.domain.period import Days
from app.domain.three_bills import ThreeBills


class People(StrEnum):
    """What the people of a plan do while it is run ahead."""

    DILIGENT = "diligent"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Happened:
    """Something was done, as the audit trail has it.

    Attributes:
        action: Such as `task.completed`.
        by: Who.
        before, after: The changed values.
        reason: Why, where somebody said so.
        amount: Of the adjustment that it is about, in words.
    """

    at: datetime
    action: str
    by: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str | None = None
    amount: str | None = None


@dataclass(frozen=True, slots=True)
class SetOff:
    """An outside effect was set off.

    Attributes:
        kind: What it does, and so in which system.
        subject: What of the plan it concerns.
        payload: Everything that its system gets: the room and the text, the e-mail, the board.
        leaves_at: When the helpdesk sends an e-mail; None where it would be too late, and for
            everything else.
        by_hand: Whether it became a person's task, because its system is not connected.
    """

    at: datetime
    kind: DeliveryKind
    subject: str
    payload: Mapping[str, Any]
    leaves_at: datetime | None
    by_hand: bool


@dataclass(frozen=True, slots=True)
class InTheWay:
    """What blocks the plan from going live, where that is worth telling."""

    at: datetime
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody tried something, and it was refused."""

    at: datetime
    by: str
    what: str
    code: str
    detail: str


Entry = Happened | SetOff | InTheWay | Refused


@dataclass(frozen=True, slots=True)
class TaskTold:
    """A task as it stood in the end; `assignee` is None where nobody has its role."""

    title: str
    role: str
    assignee: str | None
    due_on: date | None
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class AdjustmentTold:
    """A change of the bill as it stood in the end, with the days on which it was safe."""

    kind: str
    service: str
    money: Money | None
    safe: tuple[Days, ...]
    sentence: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Story:
    """A plan run ahead, from its beginning to where nothing more would come.

    Attributes:
        plan_ref: Its short name; of a plan that exists only here it means nothing.
        client: The client's name.
        from_package, to_package: Titles.
        timezone: The client's.
        organisation_timezone: Ours.
        began_at: Where the story begins.
        entries: In order.
        tasks, adjustments: As they stood in the end.
        bills: The three bills, where the plan has a live date.
        state, flags, live_on: Of the plan in the end.
        warnings: What there is to look at in its live date, in sentences.
        in_the_way: What blocked it in the end.
        cut_short: Whether there was more to come than is told.
    """

    plan_ref: str
    client: str
    from_package: str
    to_package: str
    timezone: str
    organisation_timezone: str
    began_at: datetime
    entries: Sequence[Entry]
    tasks: Sequence[TaskTold]
    adjustments: Sequence[AdjustmentTold]
    bills: ThreeBills | None
    state: str
    flags: Sequence[str]
    live_on: date | None
    warnings: Sequence[str]
    in_the_way: Sequence[str]
    cut_short: bool
