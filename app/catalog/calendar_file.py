"""The shape of `calendar.yaml`, and the organisation's business calendar made of it."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from pydantic import Field

from app.catalog.faults import Fault
from app.catalog.reading import Document
from app.catalog.shapes import ClockTime, Line, Shape
from app.domain.business_hours import BusinessHours

YEARS_AROUND = timedelta(days=800)
"""How far from today days off are looked up: beyond that, nothing is timed by the hour."""


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """The organisation's hours and days off; business days are Monday to Friday beside these.

    `country` and `region` are codes of the library `holidays`; None knows no public holidays.
    """

    opens: time
    closes: time
    country: str | None
    region: str | None
    closed_on: frozenset[date]

    def days_off(self, first: date, last: date) -> frozenset[date]:
        """Public holidays and the organisation's own days off in [first, last]."""
        public: set[date] = set()
        if self.country is not None:
            for year in range(first.year, last.year + 1):
                public.update(_public_holidays(self.country, self.region, year))
        return frozenset(day for day in public | self.closed_on if first <= day <= last)

    def hours(self, zone: ZoneInfo, today: date) -> BusinessHours:
        """The working time around a day, in the organisation's zone."""
        days_off = self.days_off(today - YEARS_AROUND, today + YEARS_AROUND)
        return BusinessHours(self.opens, self.closes, zone, days_off)


@cache
def _public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, region, years=year))


class HoursShape(Shape):
    """From when to when."""

    opens: ClockTime
    closes: ClockTime


class HolidaysShape(Shape):
    """Whose public holidays count."""

    country: Line | None = None
    region: Line | None = None


class CalendarShape(Shape):
    """`calendar.yaml`."""

    business_hours: HoursShape = Field(description="opens and closes")
    holidays: HolidaysShape = HolidaysShape()
    closed_on: tuple[Line, ...] = ()


def calendar_of(
    shape: CalendarShape, document: Document, faults: list[Fault]
) -> BusinessCalendar | None:
    """The business calendar; None where a day, country or region cannot be."""
    before = len(faults)
    if shape.business_hours.closes <= shape.business_hours.opens:
        faults.append(document.fault(("business_hours", "closes"), "expected a time after `opens`"))
    country, region = shape.holidays.country, shape.holidays.region
    known = holidays.list_supported_countries()
    if country is not None and country not in known:
        message = f"expected a two-letter country code that has a calendar; found {country!r}"
        faults.append(document.fault(("holidays", "country"), message))
    elif region is not None and region not in known.get(country or "", ()):
        regions = ", ".join(known.get(country or "", ())) or "none"
        message = f"expected a region of the country ({regions}); found {region!r}"
        faults.append(document.fault(("holidays", "region"), message))
    closed: set[date] = set()
    for index, text in enumerate(shape.closed_on):
        try:
            closed.add(date.fromisoformat(text))
        except ValueError:
            message = f"expected a day as 2026-12-24; found {text!r}"
            faults.append(document.fault(("closed_on", index), message))
    if len(faults) > before:
        return None
    hours = shape.business_hours
    return BusinessCalendar(hours.opens, hours.closes, country, region, frozenset(closed))
