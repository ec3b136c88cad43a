"""The terms of an upgrade, and in what two versions of them differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.domain.calendar import parse_day
from app.domain.errors import DayNotUnderstood

_NOBODY: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says, or what a plan holds; None is what nobody says.

    Attributes:
        from_package: Key of the package left.
        to_package: Key of the package taken.
        live_on: A day, `YYYY-MM-DD`; as it was written where it is none.
        title: Of the agreement.
        document_url: Where it can be read.
        total: "1490.00 AUD".
        services: By its key, how a service of the client is billed, in words.
        staff: E-mail addresses by role.
    """

    from_package: str | None = None
    to_package: str | None = None
    live_on: str | None = None
    title: str | None = None
    document_url: str | None = None
    total: str | None = None
    services: Mapping[str, str] = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """One value in which terms differ: its place in an event, as it stands, and as it is new."""

    field: str
    open: str | None
    new: str | None

    @property
    def name(self) -> str:
        """What differs, for people: "The package taken"."""
        return _NAMES.get(self.field) or _name_of_part(self.field)

    @property
    def sentence(self) -> str:
        """The difference for people: "The package taken: 'scale' instead of 'sprint'."."""
        if self.new is None:
            return f"{self.name}: nothing instead of '{self.open}'."
        return f"{self.name}: '{self.new}'" + (f" instead of '{self.open}'." if self.open else ".")


FROM: Final = "movement.from"
TO: Final = "movement.to"
LIVE_ON: Final = "live_on"

_NAMES: Final = {
    FROM: "The package left",
    TO: "The package taken",
    LIVE_ON: "The live date",
    "agreement.title": "The title",
    "agreement.document_url": "The document",
    "agreement.total": "The total",
}
_SERVICE: Final = "client.services."
_STAFF: Final = "staff."


def _name_of_part(name: str) -> str:
    if name.startswith(_SERVICE):
        return f"The billing of '{name.removeprefix(_SERVICE)}'"
    return f"The person of {name.removeprefix(_STAFF).capitalize()}"


def differences(held: Terms, told: Terms) -> tuple[Difference, ...]:
    """Compare terms with those that stand; what the new ones do not say is no difference.

    Where they tell of billed services at all, they tell of all of them.

    Args:
        held: As they stand.
        told: As they are to be.
    """
    pairs = [
        (FROM, held.from_package, told.from_package),
        (TO, held.to_package, told.to_package),
        (LIVE_ON, held.live_on, told.live_on),
        ("agreement.title", held.title, told.title),
        ("agreement.document_url", held.document_url, told.document_url),
        ("agreement.total", held.total, told.total),
        *(
            (f"{_STAFF}{role}", held.staff.get(role), told.staff[role])
            for role in sorted(told.staff)
        ),
    ]
    named = [Difference(*pair) for pair in pairs if pair[2] is not None and pair[1] != pair[2]]
    return (*named, *_of_services(held.services, told.services))


def _of_services(held: Mapping[str, str], told: Mapping[str, str]) -> Iterable[Difference]:
    for key in sorted({*held, *told}) if told else ():
        if held.get(key) != told.get(key):
            yield Difference(f"{_SERVICE}{key}", held.get(key), told.get(key))


def services_in_words(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """How services are billed, by their keys, in words.

    Args:
        rows: In the shape of an event's `client.services`.
    """
    return {row["service"]: _billed(row) for row in rows}


def _billed(row: Mapping[str, Any]) -> str:
    price = row["price"]
    amount = f"{price['amount']} {price['currency']} a" if price else "by the"
    words = f"{amount} {row['billing_period']}, on {row['anchor']}"
    return f"{words}, paid through {row['paid_through']}" if row["paid_through"] else words


def day_as_meant(text: str | None, zone: ZoneInfo) -> str | None:
    """The day that a written live date means in a zone; as it was written where it means none."""
    if text is None:
        return None
    try:
        return parse_day(text, zone).isoformat()
    except DayNotUnderstood:
        return text
