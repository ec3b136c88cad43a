"""What follows when a contract changes or nears its end: messages, an event, people's tasks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.contract.change import ChangeKind

EVENT_PREFIX: Final = "contract."


class ChangeMoment(StrEnum):
    """What befalls a change."""

    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    REINSTATED = "reinstated"


@dataclass(frozen=True, slots=True)
class ContractChat:
    """The room of a role is told, in the words of a template."""

    room: str
    template: str


@dataclass(frozen=True, slots=True)
class ContractTask:
    """What a person is to do.

    Args:
        key: Tells it from the others of its moment.
        title: In words; the client's name is put before it.
        role: Whose it is.
        days: Due so many days after the change's day, or before it where below zero.
        instructions: How it is done.
    """

    key: str
    title: str
    role: str
    days: int
    instructions: str = ""

    def due_on(self, day: date) -> date:
        """Its due day, from the day that it counts from."""
        ordinal = day.toordinal() + self.days
        return date.fromordinal(min(max(ordinal, 1), date.max.toordinal()))


@dataclass(frozen=True, slots=True)
class Following:
    """All that one moment sets off.

    Args:
        chats: Messages to the team.
        event: The event that subscribers get; None for none.
        tasks: What people are to do.
    """

    chats: tuple[ContractChat, ...] = ()
    event: str | None = None
    tasks: tuple[ContractTask, ...] = ()


NOTHING: Final = Following()


@dataclass(frozen=True, slots=True)
class ContractPlaybook:
    """What follows, for each kind of change and for each notice of a renewal.

    Args:
        changes: By kind and moment.
        ahead: By days before the end.
        not_renewed: Where something kept a contract from renewing by itself.
    """

    changes: Mapping[ChangeKind, Mapping[ChangeMoment, Following]] = field(default_factory=dict)
    ahead: Mapping[int, Following] = field(default_factory=dict)
    not_renewed: Following = NOTHING

    def on_change(self, kind: ChangeKind, moment: ChangeMoment) -> Following:
        """What a moment of a change sets off; nothing where the file does not name it."""
        return self.changes.get(kind, {}).get(moment, NOTHING)

    def days_ahead(self, days: int) -> Following:
        """What the announcement of so many days before an end sets off."""
        return self.ahead.get(days, NOTHING)

    @property
    def every(self) -> Iterator[Following]:
        """All that it sets off, whenever."""
        for moments in self.changes.values():
            yield from moments.values()
        yield from self.ahead.values()
        yield self.not_renewed

    @property
    def roles(self) -> tuple[str, ...]:
        """Whose tasks it makes, sorted."""
        return tuple(sorted({task.role for each in self.every for task in each.tasks}))


def contract_ref(contract_id: UUID) -> str:
    """What people and vendors call a contract: short, and found again."""
    return f"CT-{contract_id.hex[-12:].upper()}"


def change_occasion(kind: ChangeKind, change_id: UUID, on: date, *, by_itself: bool) -> str:
    """What of a contract a change is, in effects' keys: the same whenever it is told again.

    Args:
        kind: Of the change.
        change_id: Ours.
        on: Its day.
        by_itself: Whether the clock entered it. A renewal that a restored backup makes again has
            another id, and is the same renewal.
    """
    return f"{kind}/{on}" if by_itself else f"{kind}/{change_id}"
