"""Days as clients read them."""

from datetime import date

import pytest

from app.domain.calendar import spoken
from app.domain.wording import MONTHS, WEEKDAYS, counted


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "Monday 7 December 2026"),
        ("en-AU", "Monday 7 December 2026"),
        ("de", "Montag, 7. Dezember 2026"),
        ("de-AT", "Montag, 7. Dezember 2026"),
        ("fr", "lundi 7 décembre 2026"),
        ("fr_CA", "lundi 7 décembre 2026"),
        ("es", "lunes, 7 de diciembre de 2026"),
        ("PT-br", "segunda-feira, 7 de dezembro de 2026"),
        ("it", "lunedì 7 dicembre 2026"),
        ("nl", "maandag 7 december 2026"),
        ("tlh", "Monday 7 December 2026"),
        ("", "Monday 7 December 2026"),
    ],
)
def test_a_day_is_written_out_in_the_clients_language(language: str, written: str) -> None:
    assert spoken(date(2026, 12, 7), language) == written


def test_english_is_spoken_where_nothing_is_said() -> None:
    assert spoken(date(2026, 3, 1)) == "Sunday 1 March 2026"


def test_the_first_of_a_month_is_counted_in_french() -> None:
    assert spoken(date(2026, 6, 1), "fr") == "lundi 1er juin 2026"
    assert spoken(date(2026, 6, 1), "de") == "Montag, 1. Juni 2026"


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt", "it", "nl"])
def test_each_language_names_twelve_months_and_seven_weekdays(language: str) -> None:
    assert len(set(MONTHS[language])) == 12
    assert len(set(WEEKDAYS[language])) == 7


def test_things_are_counted() -> None:
    assert [counted(number, "day") for number in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
