"""Offsets, deadlines and schedules of a playbook: each counts from something that comes first."""

from collections.abc import Iterator

from app.domain.playbook.contradiction import Contradiction, Path
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import (
    Anchor,
    AnchorSource,
    Offset,
    OffsetUnit,
    Playbook,
    Side,
)
from app.domain.playbook.reminder import Span, SpanUnit
from app.domain.playbook.reminder_checks import span_absurd
from app.domain.playbook.trigger import Every, Schedule
from app.domain.playbook.upgrade import UpgradePlaybook
from app.domain.playbook.who import Deadline, From

FARTHEST: dict[OffsetUnit, int] = {
    OffsetUnit.CALENDAR_DAYS: 366,
    OffsetUnit.BUSINESS_DAYS: 260,
    OffsetUnit.HOURS: 1000,
    OffsetUnit.BUSINESS_HOURS: 500,
}
DAYS = frozenset({OffsetUnit.CALENDAR_DAYS, OffsetUnit.BUSINESS_DAYS})
_MINUTES = {SpanUnit.MINUTES: 1, SpanUnit.HOURS: 60, SpanUnit.DAYS: 1440}
_LEAST_MINUTES = {**_MINUTES, SpanUnit.BUSINESS_HOURS: 60}


def times_absurd(playbook: Playbook) -> Iterator[Contradiction]:
    """Nothing is due before its anchor can be known, nor farther from it than a year."""
    anchors = {anchor.key: anchor for anchor in playbook.anchors}
    offsets: list[tuple[Path, Offset]] = [
        *((("stages", i, "due"), s.due) for i, s in enumerate(playbook.stages) if s.due),
        *((("steps", i, "due"), s.due) for i, s in enumerate(playbook.steps)),
    ]
    for path, due in offsets:
        if due.anchor in anchors:
            part = "days" if due.unit in DAYS else "hours"
            yield from _offset_absurd((*path, part), due, anchors[due.anchor])
    yield from _anchors_absurd(playbook)
    for at, deadline in enumerate(playbook.deadlines):
        yield from _deadline_absurd(playbook, ("deadlines", at), deadline)
    for at, schedule in enumerate(playbook.trigger.schedules):
        yield from _schedule_absurd(("trigger", "schedules", at), schedule)
    yield from _escalations_absurd(playbook)


def _offset_absurd(path: Path, due: Offset, anchor: Anchor) -> Iterator[Contradiction]:
    if anchor.side is Side.AFTER and due.amount < 0:
        yield Contradiction(path, f"nothing is due before {anchor.key!r}; expected 0 or more")
    elif anchor.side is Side.BEFORE and due.amount > 0:
        yield Contradiction(path, f"nothing is due after {anchor.key!r}; expected 0 or less")
    elif due.unit is OffsetUnit.BUSINESS_HOURS and due.amount < 0:
        yield Contradiction(path, "business hours are counted forwards only; expected 0 or more")
    if abs(due.amount) > FARTHEST[due.unit]:
        unit = due.unit.replace("_", " ")
        yield Contradiction(path, f"expected at most {FARTHEST[due.unit]} {unit} from the anchor")


def _anchors_absurd(playbook: Playbook) -> Iterator[Contradiction]:
    inputs = {field.key: field for field in playbook.inputs}
    for at, anchor in enumerate(playbook.anchors):
        path: Path = ("anchors", at)
        if anchor.source is AnchorSource.FIELD:
            if anchor.of in inputs:
                yield from _field_undated((*path, "field"), inputs[anchor.of])
        elif anchor.source is AnchorSource.PROCEDURE:
            if not isinstance(playbook, UpgradePlaybook):
                message = "only the upgrade has code of its own; expected event, start, field, step"
                yield Contradiction((*path, "from"), message)
        elif anchor.side is not Side.AFTER:
            message = "is not known before it is there; expected side: after"
            yield Contradiction((*path, "side"), message)


def _field_undated(path: Path, field: Field) -> Iterator[Contradiction]:
    if field.kind is not FieldKind.DAY:
        message = f"{field.key!r} is of kind: {field.kind}; expected an input of kind: day"
        yield Contradiction(path, message)
    elif not field.required:
        message = f"{field.key!r} may be missing; expected an input that is required"
        yield Contradiction(path, message)


def _deadline_absurd(playbook: Playbook, path: Path, deadline: Deadline) -> Iterator[Contradiction]:
    yield from span_absurd((*path, "within"), deadline.within, 1)
    warned = deadline.warn_after
    if warned is not None:
        yield from span_absurd((*path, "warn_after"), warned, 1)
        if _surely_not_before(warned, deadline.within):
            message = "expected a time before `within`: a warning comes before the breach"
            yield Contradiction((*path, "warn_after"), message)
    elif deadline.tell:
        yield Contradiction((*path, "on_warning"), "expected `warn_after` beside it: when to warn")
    if not deadline.steps and deadline.counts_from in {From.READY, From.BLOCKED}:
        message = "a whole run is neither ready nor blocked; expected `steps`, started or an anchor"
        yield Contradiction((*path, "from"), message)
    by_step = {a.key: a.of for a in playbook.anchors if a.source is AnchorSource.STEP}
    for place, step in enumerate(deadline.steps):
        if by_step.get(deadline.counts_from) == step:
            message = f"counts from {deadline.counts_from!r}, which is when {step!r} is done"
            yield Contradiction((*path, "steps", place), message)


def _surely_not_before(first: Span, second: Span) -> bool:
    """Working time passes no faster than time; other units depend on the calendar."""
    if first.unit is second.unit:
        return first.amount >= second.amount
    if first.unit not in _LEAST_MINUTES or second.unit not in _MINUTES:
        return False
    return first.amount * _LEAST_MINUTES[first.unit] >= second.amount * _MINUTES[second.unit]


def _schedule_absurd(path: Path, schedule: Schedule) -> Iterator[Contradiction]:
    if (schedule.every is Every.WEEK) is (schedule.weekday is None):
        message = "expected `weekday` with every: week, and only there"
        yield Contradiction((*path, "weekday"), message)
    if (schedule.every is Every.MONTH) is (schedule.day is None):
        yield Contradiction((*path, "day"), "expected `day` with every: month, and only there")
    elif schedule.day is not None and not 1 <= schedule.day <= 28:
        yield Contradiction((*path, "day"), "expected 1 to 28: every month has these days")


def _escalations_absurd(playbook: Playbook) -> Iterator[Contradiction]:
    for at, escalation in enumerate(playbook.escalations):
        told: list[str] = []
        for place, rung in enumerate(escalation.path):
            path: Path = ("escalations", at, "path", place)
            yield from span_absurd((*path, "after"), rung.after, 0)
            if rung.role in told:
                yield Contradiction((*path, "role"), f"{rung.role!r} is on this path already")
            told.append(rung.role)
