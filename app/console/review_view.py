"""What a person decides about, as a plan's page shows it: what differs, and what may be chosen."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.console import wording
from app.console.plan_list import package_title
from app.console.when import When
from app.domain.terms import FROM, LIVE_ON, TO, Difference
from app.queries.plan_views import AmendmentView, ReviewView
from app.services.office import Office

NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One value that differs, in words."""

    name: str
    stands: str
    new: str


@dataclass(frozen=True, slots=True)
class ChoiceLine:
    """One choice, and what it would do."""

    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What differs, and what may be chosen."""

    differences: tuple[DifferenceLine, ...]
    choices: tuple[ChoiceLine, ...]


def decision_of(waits: ReviewView | AmendmentView, office: Office, when: When) -> Decision:
    """Put a decision into words.

    Args:
        waits: A plan under review, or amended terms.
        office: What packages are called.
        when: Writes days out.
    """
    return Decision(
        tuple(_line(one, office, when) for one in waits.differences),
        tuple(ChoiceLine(wording.CHOICE_LABELS[one.choice], one.detail) for one in waits.choices),
    )


def _line(one: Difference, office: Office, when: When) -> DifferenceLine:
    stands, new = (_words(one.field, value, office, when) for value in (one.open, one.new))
    return DifferenceLine(one.name, stands, new)


def _words(field: str, value: str | None, office: Office, when: When) -> str:
    if value is None:
        return NOTHING
    if field in (FROM, TO):
        return package_title(office, value)
    if field == LIVE_ON:
        return _day(value, when)
    return value


def _day(value: str, when: When) -> str:
    """A day written out; what could not be read as one is shown as it came."""
    try:
        return when.day(date.fromisoformat(value))
    except ValueError:
        return value
