"""The public holidays of every place that the library `holidays` knows, found by code or name."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType

import holidays
from holidays.registry import COUNTRIES

from app.domain.public_holidays import PlanWarning, PublicHolidays, warnings_about


@dataclass(frozen=True, slots=True)
class Place:
    """A country and a region of it: by their codes where they are known, else as they were given.

    Attributes:
        country: ISO 3166-1 alpha-2.
        region: Its subdivision, as the holiday calendars name it.
        country_known: Whether there is a calendar of the country.
        region_known: Whether there is one of the region; a country alone knows no less.
    """

    country: str
    region: str | None
    country_known: bool
    region_known: bool


@lru_cache(maxsize=4096)
def place_named(country: str, region: str | None) -> Place:
    """Find a place by code or by English name: "AU", "AUS" and "Australia" are one country.

    Args:
        country: As somebody gave it.
        region: As somebody gave it: "QLD", "AU-QLD", "Queensland"; None for the whole country.
    """
    code = _countries().get(_plain(country))
    if code is None:
        return Place(country, region, country_known=False, region_known=False)
    if region is None:
        return Place(code, None, country_known=True, region_known=True)
    regions = _regions(code)
    plain = _plain(region)
    found = regions.get(plain) or regions.get(plain.removeprefix(code.lower()))
    return Place(code, found or region, country_known=True, region_known=found is not None)


def as_kept(country: str | None, region: str | None) -> tuple[str | None, str | None]:
    """A country and a region as a record keeps them: by their codes where they are known."""
    if country is None:
        return None, region
    place = place_named(country, region)
    return place.country, place.region


def live_date_warnings(
    live_on: date | None, country: str | None, region: str | None
) -> tuple[PlanWarning, ...]:
    """What a live date is warned of where a client is; nothing where nobody told where that is.

    Source: docs/domain/upgrade.md, "Holidays and zones".
    """
    if live_on is None or country is None:
        return ()
    # Of the next year too: in late December the next working Monday may lie in it.
    years = (live_on.year, live_on.year + 1)
    return warnings_about(live_on, _holidays_at(place_named(country, region), years))


def place_warnings(country: str | None, region: str | None) -> tuple[PlanWarning, ...]:
    """What a client's record is warned of: a place of which no public holidays are known."""
    if country is None:
        return ()
    return warnings_about(None, _holidays_at(place_named(country, region), ()))


def _holidays_at(place: Place, years: tuple[int, ...]) -> PublicHolidays:
    """A place that nobody knows has none, and says so: a false country stops no upgrade."""
    if not place.country_known:
        unknown = f"No public holidays are known for the country '{place.country}'."
        return PublicHolidays(place.country, {}, unknown)
    region = place.region if place.region_known else None
    names: dict[date, str] = {}
    for year in years:
        names.update(_names(place.country, region, year))
    if place.region_known:
        return PublicHolidays(f"{place.country}-{region}" if region else place.country, names)
    unknown = (
        f"No public holidays are known for the region '{place.region}' of {place.country}, "
        "only those of the whole country."
    )
    return PublicHolidays(place.country, names, unknown)


@lru_cache(maxsize=4096)
def _names(country: str, region: str | None, year: int) -> Mapping[date, str]:
    """Holidays by their English names, as the place spells it, whatever the machine speaks."""
    calendar = holidays.country_holidays(country, region)
    if not calendar.start_year <= year <= calendar.end_year:
        return {}
    local = calendar.default_language or ""
    language = local if local.startswith("en") else "en_US"
    with warnings.catch_warnings():
        # Some calendars warn of years of which they know a part only.
        warnings.simplefilter("ignore")
        spelled = holidays.country_holidays(country, region, years=year, language=language)
    return MappingProxyType(dict(spelled))


@cache
def _countries() -> Mapping[str, str]:
    """Alpha-2 codes by every spelling that the library has of a country."""
    known = holidays.list_supported_countries()
    spellings: dict[str, str] = {}
    for module, (_, code, *others) in COUNTRIES.items():
        if code in known:
            for spelling in (module, code, *others):
                spellings[_plain(spelling)] = code
    return spellings


@cache
def _regions(country: str) -> Mapping[str, str]:
    """Codes of a country's regions by every spelling that the library has of them."""
    aliases = holidays.country_holidays(country).subdivisions_aliases
    codes = holidays.list_supported_countries()[country]
    named = {_plain(alias): code for alias, code in aliases.items()}
    return {**named, **{_plain(code): code for code in codes}}


def _plain(text: str) -> str:
    """A spelling without case, blanks and signs: United Kingdom, united_kingdom."""
    return "".join(each for each in text.casefold() if each.isalnum())
