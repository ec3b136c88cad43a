"""The number in a board's name, the pauses between looks, and when a board is taken as it is."""

from datetime import timedelta

import pytest

from app.domain.board_search import (
    LONGEST_FILLING,
    LONGEST_PAUSE,
    RESTING_READINGS,
    is_at_rest,
    names_ref,
    pause_before_look,
)


@pytest.mark.parametrize(
    "name",
    [
        "PROP-104",
        "Harbour Dental PROP-104",
        "PROP-104: Harbour Dental",
        "Upgrade (PROP-104)",
        "[PROP-104] Harbour Dental",
        "Harbour Dental · PROP-104 · live 2026-12-07",
        "Harbour Dental, PROP-104.",
        "PROP-104 - Harbour Dental",
        "Harbour Dental,PROP-104,live",
        "Harbour - PROP-104",
        "#PROP-104",
        "PROP-1042 and PROP-104",
        "PROP-104\u00a0Harbour",
    ],
)
def test_a_number_that_stands_alone_is_found(name: str) -> None:
    assert names_ref(name, "PROP-104")


@pytest.mark.parametrize(
    "name",
    [
        "PROP-1042",
        "PROP-10",
        "APROP-104",
        "XPROP-104 Harbour Dental",
        "PROP-104a",
        "PROP-104é",
        "PROP-104-2",
        "PROP-104_2",
        "PROP-104/2",
        "PROP-104.5",
        "2-PROP-104",
        "PROP\u2011104",
        "prop-104",
        "PROP 104",
        "",
    ],
)
def test_a_number_is_not_found_in_another_one(name: str) -> None:
    assert not names_ref(name, "PROP-104")


@pytest.mark.parametrize(
    ("name", "ref", "found"),
    [
        ("Harbour Dental 104", "104", True),
        ("PROP-104", "104", False),
        ("Deal of 1,104 AUD", "104", False),
        ("Live 2026-12-07", "12", False),
        ("Cafe\u0301 7", "Caf\u00e9 7", True),
        ("Deal  of  May", "Deal of May", True),
        ("A+B (new)", "A+B", True),
        ("AAB", "A.B", False),
    ],
)
def test_every_letter_of_a_number_counts_and_none_is_a_pattern(
    name: str, ref: str, found: bool
) -> None:
    assert names_ref(name, ref) is found


def test_a_board_is_looked_for_at_once_and_then_ever_more_slowly() -> None:
    pauses = [pause_before_look(looks) for looks in range(40)]

    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (0, 5, 10, 20)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


@pytest.mark.parametrize(
    ("readings", "held", "before", "rests"),
    [
        (RESTING_READINGS - 1, (3, 7), (3, 7), False),
        (RESTING_READINGS, (3, 7), (3, 7), True),
        (RESTING_READINGS, (3, 7), (3, 6), False),
        (RESTING_READINGS, (3, 7), (2, 7), False),
        (RESTING_READINGS, (1, 0), (1, 0), False),
        (LONGEST_FILLING, (1, 0), (0, 0), True),
    ],
)
def test_a_board_unlike_the_template_is_taken_once_it_changes_no_more(
    readings: int, held: tuple[int, int], before: tuple[int, int], rests: bool
) -> None:
    assert is_at_rest(readings, held=held, held_before=before) is rests
