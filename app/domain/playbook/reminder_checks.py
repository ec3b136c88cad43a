"""Whether reminders make sense: of what, when, how often, and in which order."""

from collections.abc import Iterator, Mapping

from app.domain.playbook.contradiction import Contradiction, Path
from app.domain.playbook.model import Playbook
from app.domain.playbook.reminder import Awaited, Reminder, Span, SpanUnit
from app.domain.playbook.week import WeekTime

LONGEST_SPAN: Mapping[SpanUnit, int] = {
    SpanUnit.MINUTES: 1440,
    SpanUnit.HOURS: 1000,
    SpanUnit.DAYS: 366,
}
MOST_TELLINGS = 60

# Nothing else tells of these as they happen, so a reminder may.
_TOLD_BY_REMINDERS = (Awaited.OVERDUE_TASKS, Awaited.BLOCKED_TASKS)


def reminders_absurd(playbook: Playbook, *, upgrade: bool) -> Iterator[Contradiction]:
    """Reminders are of something that a run waits for, and stand in the order of their telling.

    Args:
        playbook: As read.
        upgrade: Whether its runs are plans, which wait for more than others.
    """
    yield from _each_absurd(playbook, upgrade=upgrade)
    yield from _ladders_turned_round(playbook)


def _each_absurd(playbook: Playbook, *, upgrade: bool) -> Iterator[Contradiction]:
    for index, reminder in enumerate(playbook.reminders):
        at: Path = ("reminders", index)
        if not upgrade and reminder.of not in _TOLD_BY_REMINDERS:
            known = ", ".join(_TOLD_BY_REMINDERS)
            yield Contradiction((*at, "of"), f"only plans wait for that; expected one of {known}")
        if bool(reminder.template) is not upgrade:
            wanted = (
                "is missing; expected the words"
                if upgrade
                else ("only plans have templates; their title and the steps are told")
            )
            yield Contradiction((*at, "template"), wanted)
        least = 0 if reminder.of in _TOLD_BY_REMINDERS else 1
        if isinstance(reminder.when, Span):
            yield from span_absurd((*at, "after"), reminder.when, least)
        elif reminder.of is not Awaited.ACKNOWLEDGEMENT:
            yield Contradiction(
                (*at, "at"),
                "only an acknowledgement is asked for before the live date; expected `after`",
            )
        if reminder.again is not None:
            yield from span_absurd((*at, "every"), reminder.again.every, 1)
            if not 2 <= reminder.again.most <= MOST_TELLINGS:
                yield Contradiction((*at, "most"), f"expected 2 to {MOST_TELLINGS} times")
        for place, role in enumerate(reminder.tell):
            if role in reminder.tell[:place]:
                yield Contradiction((*at, "tell", place), f"{role!r} stands here a second time")


def span_absurd(path: Path, span: Span, least: int) -> Iterator[Contradiction]:
    """A span is long enough to be waited for, and short enough to be reckoned."""
    longest = LONGEST_SPAN.get(span.unit, 90)
    if not least <= span.amount <= longest:
        words = span.unit.replace("_", " ")
        yield Contradiction(path, f"expected {least} to {longest:,} {words}")


def _ladders_turned_round(playbook: Playbook) -> Iterator[Contradiction]:
    """Reminders of one thing stand in the order in which they are told."""
    below: dict[tuple[Awaited, SpanUnit | None], Reminder] = {}
    for index, reminder in enumerate(playbook.reminders):
        when = reminder.when
        rung = (reminder.of, when.unit if isinstance(when, Span) else None)
        before = below.get(rung)
        if before is not None and _place(reminder.when) <= _place(before.when):
            yield Contradiction(
                ("reminders", index, "after" if isinstance(when, Span) else "at"),
                f"expected a time after that of {before.key!r}, which stands above it",
            )
        below[rung] = reminder


def _place(when: Span | WeekTime) -> tuple[int, int]:
    """Where a time stands among those of its kind.

    Monday is the live weekday, so weekdays before it run Monday (a week ahead) to Sunday.
    """
    if isinstance(when, Span):
        return (when.amount, 0)
    return (when.weekday, when.time.hour * 60 + when.time.minute)
