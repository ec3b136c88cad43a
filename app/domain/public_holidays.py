"""What a plan is warned of; public holidays where the client is, and what they mean for a date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.calendar import next_working_monday, spoken


class WarningCode(StrEnum):
    """What people are warned of; a warning refuses nothing."""

    LIVE_DATE_HOLIDAY = "live_date_holiday"
    HOLIDAYS_UNKNOWN = "holidays_unknown"
    SERVICE_GOES_ON = "service_goes_on"


@dataclass(frozen=True, slots=True)
class PlanWarning:
    """Something to look at before the live date.

    Attributes:
        code: Which warning it is.
        detail: A sentence for people.
        next_working_monday: The first later Monday that is no holiday there, where the live date
            is one.
    """

    code: WarningCode
    detail: str
    next_working_monday: date | None = None


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of the place where a client is.

    Attributes:
        place: What people call it: "AU-QLD".
        names: Names by day, in the years asked for.
        unknown: A sentence of what is not known of the place, where anything is not.
    """

    place: str
    names: Mapping[date, str]
    unknown: str | None = None


def warnings_about(live_on: date | None, holidays: PublicHolidays) -> tuple[PlanWarning, ...]:
    """A live date on a public holiday of the client's place is allowed and warned about.

    Args:
        live_on: The live date, in the client's zone; None where only the place is asked about.
        holidays: Of the client's place, of the live date's year and the next.

    Source: docs/domain/upgrade.md, "Holidays and zones".
    """
    found: list[PlanWarning] = []
    name = holidays.names.get(live_on) if live_on is not None else None
    if live_on is not None and name is not None:
        working = next_working_monday(live_on, holidays.names.keys())
        detail = (
            f"{spoken(live_on)} is a public holiday in {holidays.place}: {name}. "
            f"The next Monday that is none is {spoken(working)}."
        )
        found.append(PlanWarning(WarningCode.LIVE_DATE_HOLIDAY, detail, working))
    if holidays.unknown is not None:
        found.append(PlanWarning(WarningCode.HOLIDAYS_UNKNOWN, holidays.unknown))
    return tuple(found)
