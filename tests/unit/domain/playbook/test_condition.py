"""When conditions hold, and what they ask that can never be answered."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from app.domain.playbook.condition import (
    Domain,
    Kind,
    Known,
    holds,
    misfits,
    number,
    read_day,
    shown,
)
from app.domain.playbook.condition_text import read_condition

DEAL: dict[str, Known | None] = {
    "value": Decimal("25000.00"),
    "discount": Decimal("10.5"),
    "region": "eu",
    "new_client": True,
    "closes_on": date(2026, 12, 24),
    "risks": ("late data",),
    "partner": None,
}


@pytest.mark.parametrize(
    "text",
    [
        "value == 25000",
        "value <= 25000",
        "value >= 25000",
        "value != 25000.01",
        "value < 25000.000001",
        "discount > 10",
        "value in [1, 25000]",
        "region == 'eu'",
        "region in ['uk', 'eu']",
        "region != 'us'",
        "new_client",
        "new_client == true",
        "closes_on == '2026-12-24'",
        "closes_on < '2026-12-25'",
        "closes_on >= '2026-12-24'",
        "closes_on in ['2026-12-24']",
        "has(risks)",
        "!has(partner)",
        "value > 1 && (region == 'us' || new_client)",
    ],
)
def test_what_is_so_holds(text: str) -> None:
    assert holds(read_condition(text), DEAL)
    assert not holds(read_condition(f"!({text})"), DEAL)


@pytest.mark.parametrize(
    "text", ["partner == 'acme'", "partner != 'acme'", "partner in ['acme']", "size < 5", "size"]
)
def test_nothing_holds_of_a_figure_that_is_not_known(text: str) -> None:
    assert not holds(read_condition(text), DEAL)


DOMAINS = {
    "value": Domain(Kind.NUMBER),
    "region": Domain(Kind.CHOICE, ("eu", "uk")),
    "note": Domain(Kind.TEXT),
    "new_client": Domain(Kind.YES_NO),
    "closes_on": Domain(Kind.DAY),
    "risks": Domain(Kind.TEXTS),
}


@pytest.mark.parametrize(
    "text",
    [
        "value >= 5 && region in ['eu', 'uk'] || !(note == 'x')",
        "new_client && closes_on > '2026-12-24' && has(risks) && has(region)",
    ],
)
def test_a_condition_that_fits_the_figures_has_no_misfits(text: str) -> None:
    assert list(misfits(read_condition(text), DOMAINS)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "!has(score)",
            "there is no figure 'score'; expected one of closes_on, new_client, note, region, "
            "risks, value",
        ),
        ("value == 'high'", "'value' is a number, which is never 'high'"),
        ("value", "'value' is a number, which is never true; a name alone asks whether it is true"),
        ("new_client == 1", "'new_client' is true or false, which is never 1"),
        ("note == false", "'note' is text, which is never false"),
        ("region == 'us'", "'region' is never 'us'; expected one of eu, uk"),
        ("region in ['eu', 'us']", "'region' is never 'us'; expected one of eu, uk"),
        ("region < 'uk'", "'region' is a choice and has no order; expected == or !="),
        ("closes_on == '24.12.2026'", "'closes_on' is a day; expected one as '2026-12-24'"),
        ("closes_on == '20261224'", "'closes_on' is a day; expected one as '2026-12-24'"),
        ("risks == 'late'", "'risks' is a list; expected has(risks)"),
    ],
)
def test_what_can_never_be_answered_is_named(text: str, message: str) -> None:
    assert list(misfits(read_condition(text), DOMAINS)) == [message]


def test_where_there_are_no_figures_none_is_offered() -> None:
    assert list(misfits(read_condition("x"), {})) == ["there is no figure 'x', nor any"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("80", "80"),
        ("10.5", "10.5"),
        ("-0.25", "-0.25"),
        ("0.0000001", "0"),
        ("-0.0000001", "0"),
        ("999999999999.999999", "999999999999.999999"),
    ],
)
def test_a_number_is_written_as_people_do_and_loses_no_digit(value: str, text: str) -> None:
    assert number(Fraction(value)) == text


def test_values_are_shown_as_a_condition_writes_them() -> None:
    assert [shown(each) for each in (Fraction(5, 2), "eu", True, False)] == [
        *("2.5", "'eu'", "true", "false")
    ]


def test_a_day_is_read_in_one_form_only() -> None:
    assert read_day("2026-12-24") == date(2026, 12, 24)
    assert [read_day(each) for each in ("20261224", "2026-W52-4", "2026-02-30", "soon")] == [
        *(None, None, None, None)
    ]
