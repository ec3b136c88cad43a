"""Due dates of a run: counted from its anchors, backwards from the live date."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.calendar import add_business_days
from app.domain.errors import StepsInACircle
from app.domain.movement import Movement
from app.domain.playbook.model import Offset, OffsetUnit, Playbook, Stage, Step
from app.domain.playbook.upgrade import SIGNED
from app.domain.playbook.week import WeekTime

NO_HOLIDAYS: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class LaidStep:
    """A step with the day on which it is due."""

    step: Step
    due_on: date


def stages_left(playbook: Playbook, movement: Movement) -> tuple[Stage, ...]:
    """A movement removes the stages whose titles it names; all others stay.

    Source: docs/domain/upgrade.md, "What happens" 2.
    """
    return tuple(s for s in playbook.stages if s.title not in movement.removed_groups)


def lay_out(
    playbook: Playbook,
    movement: Movement,
    *,
    signed_on: date,
    live_on: date,
    holidays: AbstractSet[date] = NO_HOLIDAYS,
) -> tuple[LaidStep, ...]:
    """Every step that the movement leaves is due between signing and live date, in order.

    A step is never due after one that waits for it: where holidays, mixed units or a short
    notice would turn the two round, the awaited one is pulled forward.

    Args:
        playbook: The procedure in the version of the run.
        movement: From which package to which; its removed groups drop their stages' steps.
        signed_on: Day of signing in the client's zone.
        live_on: The live date; it wins where it lies before the day of signing.
        holidays: Days that are no business days, beside Saturdays and Sundays.

    Returns:
        The steps by due day, awaited ones first, then in the order of the file.

    Raises:
        StepsInACircle: Steps wait for one another.

    Source: docs/domain/upgrade.md, "What happens" 2.
    """
    kept = {stage.key for stage in stages_left(playbook, movement)}
    steps = in_order([s for s in playbook.steps if s.stage is None or s.stage in kept])
    due: dict[str, date] = {}
    for step in reversed(steps):
        own = due_on(step.due, signed_on=signed_on, live_on=live_on, holidays=holidays)
        due[step.key] = min([own, *(due[s.key] for s in steps if step.key in s.waits_for)])
    laid = (LaidStep(step, due[step.key]) for step in steps)
    return tuple(sorted(laid, key=lambda each: each.due_on))


def due_on(
    offset: Offset,
    *,
    signed_on: date,
    live_on: date,
    holidays: AbstractSet[date] = NO_HOLIDAYS,
) -> date:
    """A due day is counted from its anchor and clamped to [signing day, live date].

    Args:
        offset: Distance and anchor.
        signed_on: Day of signing in the client's zone.
        live_on: The live date; it wins where it lies before the day of signing.
        holidays: Days that are no business days, beside Saturdays and Sundays.
    """
    anchor = signed_on if offset.anchor == SIGNED else live_on
    if offset.unit is OffsetUnit.BUSINESS_DAYS:
        day = add_business_days(anchor, offset.amount, holidays)
    else:
        day = anchor + timedelta(days=offset.amount)
    return min(max(day, signed_on), live_on)


def last_before(live_on: date, moment: WeekTime, zone: ZoneInfo) -> datetime:
    """A weekly time before a live date is the last such that lies on an earlier day.

    Args:
        live_on: The live date.
        moment: Weekday and time of day.
        zone: The organisation's zone.

    Returns:
        The instant in UTC.

    Source: docs/domain/upgrade.md, "What happens" 6.
    """
    days_back = (live_on.weekday() - moment.weekday) % 7 or 7
    day = live_on - timedelta(days=days_back)
    return datetime.combine(day, moment.time, zone).astimezone(UTC)


def in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Steps follow what they wait for; beside that the given order holds.

    A step that is awaited but not among `steps` holds nobody up.

    Raises:
        StepsInACircle: Steps wait for one another.
    """
    ordered: list[Step] = []
    left = list(steps)
    while left:
        open_keys = {s.key for s in left}
        free = next((s for s in left if open_keys.isdisjoint(s.waits_for)), None)
        if free is None:
            circle = sorted(open_keys)
            raise StepsInACircle(
                f"These steps wait for one another: {', '.join(circle)}.",
                facts={"steps": circle},
            )
        ordered.append(free)
        left.remove(free)
    return tuple(ordered)
