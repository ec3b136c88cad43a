"""Whether a playbook agrees with itself: names that exist, an order, offsets that make sense."""

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.domain.errors import StepsInACircle
from app.domain.playbook.model import (
    AnchorDay,
    ChatEffect,
    Offset,
    Playbook,
    Step,
    Weekday,
)
from app.domain.playbook.schedule import in_order

FARTHEST_OFFSET_DAYS = 90
LONGEST_WINDOW_DAYS = 6

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
    )


def _names_twice(playbook: Playbook) -> Iterator[Contradiction]:
    yield from _twice("roles", "key", [r.key for r in playbook.roles])
    yield from _twice("stages", "key", [s.key for s in playbook.stages])
    yield from _twice("stages", "title", [s.title for s in playbook.stages])
    yield from _twice("steps", "key", [s.key for s in playbook.steps])
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
    acknowledgement = playbook.acknowledgement
    named: list[tuple[Path, str, str | None, Iterable[str]]] = [
        (("owner",), "role", playbook.owner, roles),
        (("lead_role",), "role", playbook.lead_role, roles),
        (("setup_role",), "role", playbook.setup_role, roles),
        (("acknowledgement", "role"), "role", acknowledgement.role, roles),
        (("acknowledgement", "escalate_to"), "role", acknowledgement.escalate_to, roles),
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
    remind, escalate = playbook.acknowledgement.remind, playbook.acknowledgement.escalate
    # Monday is the live weekday, so weekdays before it run Monday (a week ahead) to Sunday.
    if (escalate.weekday, escalate.time) <= (remind.weekday, remind.time):
        yield Contradiction(
            ("acknowledgement", "escalate"), "expected a time after that of the reminder"
        )
