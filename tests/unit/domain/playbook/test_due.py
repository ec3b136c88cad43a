"""Distances in days, business days and hours, as instants."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.domain.business_hours import BusinessHours
from app.domain.playbook.due import after_span, due_at
from app.domain.playbook.model import Offset, OffsetUnit
from app.domain.playbook.reminder import Span, SpanUnit

BRISBANE = ZoneInfo("Australia/Brisbane")
HOURS = BusinessHours(time(9), time(17), BRISBANE, frozenset({date(2026, 11, 24)}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRISBANE)


FRIDAY_16 = at("2026-11-20 16:00")


@pytest.mark.parametrize(
    ("amount", "unit", "due"),
    [
        # Days end where the day ends: at the first instant of the next one.
        (0, OffsetUnit.CALENDAR_DAYS, "2026-11-21 00:00"),
        (2, OffsetUnit.CALENDAR_DAYS, "2026-11-23 00:00"),
        (-1, OffsetUnit.CALENDAR_DAYS, "2026-11-20 00:00"),
        (1, OffsetUnit.BUSINESS_DAYS, "2026-11-24 00:00"),
        # The Tuesday is a day off.
        (2, OffsetUnit.BUSINESS_DAYS, "2026-11-26 00:00"),
        (3, OffsetUnit.HOURS, "2026-11-20 19:00"),
        (-3, OffsetUnit.HOURS, "2026-11-20 13:00"),
        (3, OffsetUnit.BUSINESS_HOURS, "2026-11-23 11:00"),
    ],
)
def test_an_offset_counts_from_its_anchor(amount: int, unit: OffsetUnit, due: str) -> None:
    assert due_at(Offset(amount, "signed", unit), FRIDAY_16, HOURS) == at(due)


@pytest.mark.parametrize(
    ("span", "then"),
    [
        (Span(0, SpanUnit.BUSINESS_DAYS), "2026-11-20 16:00"),
        (Span(90, SpanUnit.MINUTES), "2026-11-20 17:30"),
        (Span(48, SpanUnit.HOURS), "2026-11-22 16:00"),
        (Span(3, SpanUnit.DAYS), "2026-11-23 16:00"),
        (Span(2, SpanUnit.BUSINESS_HOURS), "2026-11-23 10:00"),
        (Span(2, SpanUnit.BUSINESS_DAYS), "2026-11-25 16:00"),
    ],
)
def test_a_span_passes_as_its_unit_says(span: Span, then: str) -> None:
    assert after_span(FRIDAY_16, span, HOURS) == at(then)


def test_days_keep_the_time_of_day_when_the_clocks_change() -> None:
    new_york = ZoneInfo("America/New_York")
    hours = BusinessHours(time(9), time(17), new_york, frozenset())
    saturday_noon = datetime(2026, 10, 31, 16, tzinfo=UTC)

    assert after_span(saturday_noon, Span(1, SpanUnit.DAYS), hours) == datetime(
        2026, 11, 1, 17, tzinfo=UTC
    )
