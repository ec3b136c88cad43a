"""The public holidays of clients' places, on Mondays that matter, and places that nobody knows."""

from datetime import date

import holidays
import pytest

from app.catalog.public_holidays import as_kept, live_date_warnings, place_named, place_warnings


def warned(day: str, country: str | None, region: str | None = None) -> list[tuple[str, str]]:
    found = live_date_warnings(date.fromisoformat(day), country, region)
    return [(str(each.code), str(each.next_working_monday)) for each in found]


@pytest.mark.parametrize(
    ("day", "country", "region", "name", "next_working_monday"),
    [
        ("2026-01-26", "AU", "QLD", "Australia Day", "2026-02-02"),
        ("2027-04-26", "AU", "QLD", "ANZAC Day", "2027-05-10"),  # Labour Day is a week later
        ("2026-05-04", "AU", "QLD", "Labour Day", "2026-05-11"),
        ("2026-10-05", "AU", "QLD", "King's Birthday", "2026-10-12"),
        ("2026-06-08", "AU", "NSW", "King's Birthday", "2026-06-15"),
        ("2028-01-03", "AU", "QLD", "New Year's Day (observed)", "2028-01-10"),
        ("2028-12-25", "AU", None, "Christmas Day", "2029-01-08"),  # past New Year's Day
        ("2026-08-03", "GB", "SCT", "Summer Bank Holiday", "2026-08-10"),
        ("2026-08-31", "GB", "ENG", "Late Summer Bank Holiday", "2026-09-07"),
        ("2026-05-25", "US", "CA", "Memorial Day", "2026-06-01"),
        ("2026-04-06", "DE", "BY", "Easter Monday", "2026-04-13"),
    ],
)
def test_a_monday_is_a_holiday_where_the_client_is(
    day: str, country: str, region: str | None, name: str, next_working_monday: str
) -> None:
    (warning,) = live_date_warnings(date.fromisoformat(day), country, region)

    assert warning.code == "live_date_holiday"
    assert f": {name}. " in warning.detail
    assert str(warning.next_working_monday) == next_working_monday


@pytest.mark.parametrize(
    ("day", "country", "region"),
    [
        ("2026-08-31", "GB", "SCT"),  # England's bank holiday, not Scotland's
        ("2026-08-03", "GB", "ENG"),
        ("2026-06-08", "AU", "QLD"),  # New South Wales has the King's Birthday then
        ("2026-10-05", "AU", None),  # of the whole country, only what all of it has
        ("2026-12-07", "AU", "QLD"),
    ],
)
def test_a_holiday_elsewhere_is_none_here(day: str, country: str, region: str | None) -> None:
    assert warned(day, country, region) == []


def test_nobody_told_where_the_client_is() -> None:
    assert warned("2026-01-26", None) == []
    assert warned("2026-01-26", None, "QLD") == []
    assert live_date_warnings(None, "AU", "QLD") == ()
    assert place_warnings(None, "QLD") == ()


@pytest.mark.parametrize(
    ("country", "region", "kept"),
    [
        ("AU", "QLD", ("AU", "QLD")),
        ("au", "qld", ("AU", "QLD")),
        ("Australia", "Queensland", ("AU", "QLD")),
        ("AUS", "AU-QLD", ("AU", "QLD")),
        ("United Kingdom", "Scotland", ("GB", "SCT")),
        ("UK", "GB-ENG", ("GB", "ENG")),
        ("U.S.A.", "california", ("US", "CA")),
        ("Germany", None, ("DE", None)),
        ("XX", "QLD", ("XX", "QLD")),
        ("Atlantis", None, ("Atlantis", None)),
        ("AU", "Mars", ("AU", "Mars")),
        (None, "QLD", (None, "QLD")),
        ("??", "", ("??", "")),
    ],
)
def test_a_place_is_kept_by_its_codes_where_they_are_known(
    country: str | None, region: str | None, kept: tuple[str | None, str | None]
) -> None:
    assert as_kept(country, region) == kept
    assert as_kept(*kept) == kept


def test_a_country_that_nobody_knows_is_said_and_stops_nothing() -> None:
    (warning,) = live_date_warnings(date(2026, 1, 26), "XX", "QLD")

    assert (warning.code, warning.next_working_monday) == ("holidays_unknown", None)
    assert warning.detail == "No public holidays are known for the country 'XX'."
    assert place_warnings("XX", None) == (warning,)


def test_of_a_region_that_nobody_knows_the_countrys_holidays_count() -> None:
    assert warned("2026-01-26", "AU", "Mars") == [
        ("live_date_holiday", "2026-02-02"),
        ("holidays_unknown", "None"),
    ]
    (warning,) = place_warnings("AU", "Mars")
    assert warning.detail == (
        "No public holidays are known for the region 'Mars' of AU, only those of the whole country."
    )


def test_every_country_and_region_of_the_library_is_found_by_its_codes() -> None:
    lost = [
        (country, region)
        for country, regions in holidays.list_supported_countries(include_aliases=False).items()
        for region in (None, *regions, *(f"{country}-{each}" for each in regions))
        if not (place := place_named(country, region)).region_known or place.country != country
    ]
    assert lost == []


@pytest.mark.parametrize("year", [1900, 2026, 2036, 2200])
def test_no_country_fails_in_any_year(year: int) -> None:
    for country in holidays.list_supported_countries(include_aliases=False):
        for found in live_date_warnings(date(year, 1, 1), country, None):
            assert found.code == "live_date_holiday"
