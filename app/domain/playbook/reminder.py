"""What a playbook can say of reminders: of what, when, to whom, and how often."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.playbook.week import WeekTime


class Awaited(StrEnum):
    """What a run waits for people to do; reminders are of one of these."""

    ACKNOWLEDGEMENT = "acknowledgement"
    LIVE_DATE = "live_date"
    REVIEW = "review"
    MISSED_PLAN = "missed_plan"
    OVERDUE_TASKS = "overdue_tasks"
    BLOCKED_TASKS = "blocked_tasks"


class SpanUnit(StrEnum):
    """What a span counts: time that passes, or working time on the organisation's calendar."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    BUSINESS_HOURS = "business_hours"
    BUSINESS_DAYS = "business_days"


@dataclass(frozen=True, slots=True)
class Span:
    """So much time, or so much working time of the organisation."""

    amount: int
    unit: SpanUnit


@dataclass(frozen=True, slots=True)
class Repeat:
    """How long until something is said again, and how often it is said in all."""

    every: Span
    most: int


@dataclass(frozen=True, slots=True)
class Reminder:
    """What is said while a run waits for people: to whom, when, and in which words.

    Several of one `of` are a ladder: each is told at its own time, to its own people.

    Attributes:
        key: Its name in the audit trail.
        title: What the timeline calls it.
        of: What it reminds of.
        when: How long after the wait began; or a weekly time, the last such before the live date.
        tell: Roles whose rooms get the message, and whose people it names.
        template: The words, where its runs are plans; others are told the title and the steps.
        again: None says it once.
    """

    key: str
    title: str
    of: Awaited
    when: Span | WeekTime
    tell: tuple[str, ...]
    template: str = ""
    again: Repeat | None = None
