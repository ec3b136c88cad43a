"""How the days of a span are counted: as the calendar has them, or thirty to a month."""

from datetime import date
from enum import StrEnum

from app.domain.period import Days


class Basis(StrEnum):
    """How days are counted, above the line of a fraction and below it."""

    ACTUAL_DAYS = "actual_days"
    THIRTY_DAYS = "thirty_days"


def counted(span: Days, basis: Basis) -> int:
    """Number of days by a basis; spans next to each other add up under both.

    Args:
        span: Half-open days.
        basis: `actual_days` as the calendar has them; `thirty_days` as 30E/360: every month has
            thirty, and its 31st is its 30th.

    Source: docs/domain/money.md, "Proration".
    """
    if basis is Basis.ACTUAL_DAYS:
        return span.length
    return _thirty(span.end) - _thirty(span.start)


def _thirty(day: date) -> int:
    return day.year * 360 + day.month * 30 + min(day.day, 30)
