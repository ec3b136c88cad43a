"""The shape of a timeline: entries of the past and of what is to come."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SubjectView:
    """What an entry is about."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened or will happen.

    Attributes:
        at: The instant; of a day that is meant whole, its first.
        on: The day in the client's zone.
        kind: `past` or `future`.
        what: A sentence for people.
        detail: What is worth adding: a reason, a proof, the number of attempts.
        by: Who did it or will do it.
        subject: What it is about.
    """

    at: datetime
    on: date
    kind: str
    what: str
    detail: str | None
    by: str | None
    subject: SubjectView


@dataclass(frozen=True, slots=True)
class TimelineView:
    """The past oldest first, then what is to come; days are counted in `timezone`."""

    plan_id: UUID
    timezone: str
    entries: tuple[TimelineEntry, ...]
