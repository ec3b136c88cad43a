"""Whether a playbook agrees with itself: names that exist, an order, offsets that make sense."""

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

from app.domain.errors import StepsInACircle
from app.domain.playbook.model import (
    AnchorDay,
    ChatEffect,
    Offset,
    Playbook,
    Step,
)
from app.domain.playbook.reminder import Awaited, Reminder, Span, SpanUnit
from app.domain.playbook.schedule import in_order
from app.domain.playbook.week import Weekday, WeekTime

FARTHEST_OFFSET_DAYS = 90
LONGEST_WINDOW_DAYS = 6
SHORTEST_ANSWER, LONGEST_ANSWER = timedelta(hours=1), timedelta(days=7)
LONGEST_SPAN = 90
MOST_TELLINGS = 60

# Nothing else tells of these as they happen, so a reminder may.
_TOLD_BY_REMINDERS = (Awaited.OVERDUE_TASKS, Awaited.BLOCKED_TASKS)

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One thing that cannot be, with the path of the field that says it."""

    path: Path
    message: str


def contradictions(playbook: Playbook, *, services: AbstractSet[str]) -> tuple[Contradiction, ...]:
    """A playbook names only what exists, and its dates can be kept.

    Args:
        playbook: The procedure as read.
        services: Keys of every service in the catalog.
    """
    return (
        *_names_twice(playbook),
        *_names_unknown(playbook, services),
        *_orders_impossible(playbook),
        *_offsets_absurd(playbook),
        *_policies_absurd(playbook),
        *_reminders_absurd(playbook),
        *_ladders_turned_round(playbook),
    )


def _names_twice(playbook: Playbook) -> Iterator[Contradiction]:
    yield from _twice("roles", "key", [r.key for r in playbook.roles])
    yield from _twice("stages", "key", [s.key for s in playbook.stages])
    yield from _twice("stages", "title", [s.title for s in playbook.stages])
    yield from _twice("steps", "key", [s.key for s in playbook.steps])
    yield from _twice("reminders", "key", [r.key for r in playbook.reminders])
    # A board item finds its task by group and title, so a pair must be unique.
    pairs = [f"{s.title} in {s.stage}" for s in playbook.steps]
    yield from _twice("steps", "title", pairs)


def _twice(part: str, field: str, names: list[str]) -> Iterator[Contradiction]:
    counts = Counter(names)
    seen: set[str] = set()
    for index, name in enumerate(names):
        if counts[name] > 1 and name in seen:
            yield Contradiction((part, index, field), f"{name!r} stands here a second time")
        seen.add(name)


def _names_unknown(playbook: Playbook, services: AbstractSet[str]) -> Iterator[Contradiction]:
    roles = [r.key for r in playbook.roles]
    stages = [s.key for s in playbook.stages]
    steps = [s.key for s in playbook.steps]
    named: list[tuple[Path, str, str | None, Iterable[str]]] = [
        (("owner",), "role", playbook.owner, roles),
        (("lead_role",), "role", playbook.lead_role, roles),
        (("setup_role",), "role", playbook.setup_role, roles),
    ]
    for index, stage in enumerate(playbook.stages):
        named.append((("stages", index, "service"), "service", stage.service, services))
    for index, step in enumerate(playbook.steps):
        at: Path = ("steps", index)
        named.append(((*at, "role"), "role", step.role, roles))
        named.append(((*at, "stage"), "stage", step.stage, stages))
        named.append(((*at, "service"), "service", step.service, services))
        for place, awaited in enumerate(step.waits_for):
            named.append(((*at, "waits_for", place), "step", awaited, steps))
    for index, effect in enumerate(playbook.effects):
        if isinstance(effect, ChatEffect):
            named.append((("effects", index, "room"), "role", effect.room, roles))
    for index, reminder in enumerate(playbook.reminders):
        for place, role in enumerate(reminder.tell):
            named.append((("reminders", index, "tell", place), "role", role, roles))
    for path, kind, name, known in named:
        if name is not None and name not in known:
            expected = ", ".join(sorted(known))
            yield Contradiction(path, f"there is no {kind} {name!r}; expected one of {expected}")


def _orders_impossible(playbook: Playbook) -> Iterator[Contradiction]:
    try:
        in_order(playbook.steps)
    except StepsInACircle as circle:
        yield Contradiction(("steps",), circle.detail)
        return
    by_key = {s.key: s for s in playbook.steps}
    for index, step in enumerate(playbook.steps):
        for place, key in enumerate(step.waits_for):
            awaited = by_key.get(key)
            if awaited is not None and _surely_later(awaited, step):
                yield Contradiction(
                    ("steps", index, "waits_for", place),
                    f"{step.key!r} waits for {key!r}, which is due after it",
                )


def _surely_later(awaited: Step, step: Step) -> bool:
    """Offsets of one anchor and unit compare on any date; others depend on the run's dates."""
    same = (awaited.due.anchor, awaited.due.unit) == (step.due.anchor, step.due.unit)
    return same and awaited.due.days > step.due.days


def _offsets_absurd(playbook: Playbook) -> Iterator[Contradiction]:
    offsets: list[tuple[Path, Offset]] = [
        *((("stages", i, "due"), s.due) for i, s in enumerate(playbook.stages)),
        *((("steps", i, "due"), s.due) for i, s in enumerate(playbook.steps)),
    ]
    for path, due in offsets:
        if due.anchor is AnchorDay.SIGNED and due.days < 0:
            yield Contradiction(
                (*path, "days"), "nothing is due before signing; expected 0 or more"
            )
        if due.anchor is AnchorDay.LIVE and due.days > 0:
            yield Contradiction(
                (*path, "days"), "nothing is due after the live date; expected 0 or less"
            )
        if abs(due.days) > FARTHEST_OFFSET_DAYS:
            yield Contradiction(
                (*path, "days"), f"expected at most {FARTHEST_OFFSET_DAYS} days from the anchor"
            )


def _policies_absurd(playbook: Playbook) -> Iterator[Contradiction]:
    if playbook.live_weekday is not Weekday.MONDAY:
        yield Contradiction(("live_weekday",), "expected monday: the billing cycle starts then")
    if not 1 <= playbook.window_days <= LONGEST_WINDOW_DAYS:
        yield Contradiction(
            ("window_days",),
            f"expected 1 to {LONGEST_WINDOW_DAYS} days, so that no bill day lies in the window",
        )
    if not playbook.complete_email.cc:
        yield Contradiction(("complete_email", "cc"), "expected at least one address")
    if not SHORTEST_ANSWER <= playbook.billing.answer_within <= LONGEST_ANSWER:
        yield Contradiction(("billing", "answer_within", "hours"), "expected 1 to 168 hours")


def _reminders_absurd(playbook: Playbook) -> Iterator[Contradiction]:
    for index, reminder in enumerate(playbook.reminders):
        at: Path = ("reminders", index)
        least = 0 if reminder.of in _TOLD_BY_REMINDERS else 1
        if isinstance(reminder.when, Span):
            yield from _span_absurd((*at, "after"), reminder.when, least)
        elif reminder.of is not Awaited.ACKNOWLEDGEMENT:
            yield Contradiction(
                (*at, "at"),
                "only an acknowledgement is asked for before the live date; expected `after`",
            )
        if reminder.again is not None:
            yield from _span_absurd((*at, "every"), reminder.again.every, 1)
            if not 2 <= reminder.again.most <= MOST_TELLINGS:
                yield Contradiction((*at, "most"), f"expected 2 to {MOST_TELLINGS} times")
        for place, role in enumerate(reminder.tell):
            if role in reminder.tell[:place]:
                yield Contradiction((*at, "tell", place), f"{role!r} stands here a second time")


def _span_absurd(path: Path, span: Span, least: int) -> Iterator[Contradiction]:
    if not least <= span.amount <= LONGEST_SPAN:
        words = span.unit.replace("_", " ")
        yield Contradiction(path, f"expected {least} to {LONGEST_SPAN} {words}")


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
