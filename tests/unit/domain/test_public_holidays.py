"""What public holidays mean for a live date; where they come from is the catalog's."""

from datetime import date

from app.domain.public_holidays import PlanWarning, PublicHolidays, WarningCode, warnings_about

AUSTRALIA_DAY = date(2026, 1, 26)
EASTER_MONDAY = date(2026, 4, 6)
QUEENSLAND = PublicHolidays(
    "AU-QLD",
    {
        AUSTRALIA_DAY: "Australia Day",
        EASTER_MONDAY: "Easter Monday",
        date(2026, 4, 25): "ANZAC Day",
    },
)


def test_a_live_date_on_a_holiday_is_warned_of_with_the_next_working_monday() -> None:
    (warning,) = warnings_about(AUSTRALIA_DAY, QUEENSLAND)

    assert warning == PlanWarning(
        WarningCode.LIVE_DATE_HOLIDAY,
        "Monday 26 January 2026 is a public holiday in AU-QLD: Australia Day. "
        "The next Monday that is none is Monday 2 February 2026.",
        date(2026, 2, 2),
    )


def test_the_next_working_monday_is_no_holiday_itself() -> None:
    two_in_a_row = {date(2026, 12, 28): "Boxing Day", date(2027, 1, 4): "New Year Holiday"}

    (warning,) = warnings_about(date(2026, 12, 28), PublicHolidays("XX", two_in_a_row))

    assert warning.next_working_monday == date(2027, 1, 11)


def test_a_working_monday_is_nothing_to_warn_of() -> None:
    assert warnings_about(date(2026, 2, 2), QUEENSLAND) == ()


def test_what_is_not_known_is_said_beside_what_is() -> None:
    sentence = "No public holidays are known for the region 'Mars' of AU."
    somewhere = PublicHolidays("AU", QUEENSLAND.names, sentence)

    found = warnings_about(AUSTRALIA_DAY, somewhere)

    assert [each.code for each in found] == ["live_date_holiday", "holidays_unknown"]
    assert found[1] == PlanWarning(WarningCode.HOLIDAYS_UNKNOWN, sentence, None)


def test_a_place_alone_can_only_be_unknown() -> None:
    assert warnings_about(None, QUEENSLAND) == ()
    (warning,) = warnings_about(None, PublicHolidays("XX", {}, "Nothing is known."))
    assert warning.code is WarningCode.HOLIDAYS_UNKNOWN
