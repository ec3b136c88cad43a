"""A board that an automation makes: known by the agreement's number in its name, and awaited."""

import re
import unicodedata
from datetime import timedelta
from enum import StrEnum


class BoardBy(StrEnum):
    """Who makes a plan's board."""

    US = "us"
    AUTOMATION = "automation"


FIRST_PAUSE_S = 5.0
LONGEST_PAUSE = timedelta(minutes=15)
EXPECTED_WITHIN = timedelta(minutes=30)
"""An automation makes its board within seconds or minutes; after this, a person looks too."""

LONGEST_FILLING = 90
"""Readings, some five seconds apart, within which a board is filled; then a person looks."""

RESTING_READINGS = 24
"""Readings, in some two minutes, after which a board that no longer changes is as it will be."""

_LETTER = r"[^\W_]"
_JOINT = r"[-\u2010\u2011_./]"
"""What holds parts of one number together: PROP-104-2 is another than PROP-104."""


def names_ref(name: str, ref: str) -> bool:
    """Whether a name holds a ref as a word of its own, letter for letter.

    PROP-104 is not in PROP-1042, APROP-104 or PROP-104-2; it is in "Harbour (PROP-104)". A board
    that is not found is asked for; one that is taken for another's would be spoilt.

    Args:
        name: A board's name.
        ref: The agreement's number, or a plan's own ref; never blank.

    Source: docs/domain/upgrade.md, "The board of an automation".
    """
    before = rf"(?<!{_LETTER})(?<!{_LETTER}{_JOINT})(?<!\d,)"
    after = rf"(?!{_LETTER})(?!{_JOINT}{_LETTER})(?!,\d)"
    return re.search(f"{before}{re.escape(_plain(ref))}{after}", _plain(name)) is not None


def _plain(text: str) -> str:
    """The text with one way to write each letter and each space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def pause_before_look(looks: int) -> timedelta:
    """How long to wait before a board is looked for again: nothing at first, then ever longer.

    Args:
        looks: How often it was looked for, from 0.
    """
    if looks == 0:
        return timedelta()
    doublings = min(looks - 1, 10)
    return min(timedelta(seconds=FIRST_PAUSE_S * 2**doublings), LONGEST_PAUSE)


def is_at_rest(readings: int, *, held: tuple[int, int], held_before: tuple[int, int]) -> bool:
    """Whether a board that is unlike the template is taken as it is; what it lacks is added then.

    A person may have fitted it already, or the automation may have another template. An empty one
    may still get everything, so it is given the longest time.

    Args:
        readings: How often it was read before, some five seconds apart.
        held: Its groups and its items, counted now.
        held_before: The same at the reading before.
    """
    if readings >= LONGEST_FILLING:
        return True
    return readings >= RESTING_READINGS and held == held_before and held[1] > 0
