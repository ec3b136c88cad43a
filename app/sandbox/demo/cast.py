"""Who plays: the agency's people, its clients, and the agreements that these sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ZONE = "Australia/Brisbane"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the agency."""

    first_name: str
    role: str

    @property
    def name(self) -> str:
        """As the console shows it."""
        return f"{self.first_name.capitalize()} Sample"

    @property
    def email(self) -> str:
        """An address that nobody has."""
        return f"{self.first_name}@agency.example"


STAFF = (
    Person("sam", "sales"),
    Person("sue", "support"),
    Person("max", "marketing"),
    Person("bea", "billing"),
    Person("lea", "lead"),
)


@dataclass(frozen=True, slots=True)
class Client:
    """A client, with how what it has is billed, where that is known."""

    ref: str
    name: str
    email: str
    services: tuple[Mapping[str, Any], ...] = ()

    def evidence(self, one: Mapping[str, Any]) -> dict[str, Any]:
        """What a person gives who made a change in billing: the names typed, and a reference."""
        return {"typed": f"{self.name} / {one['service']}", **shown(f"IGN-{one['service']}")}


def shown(reference: str) -> dict[str, Any]:
    """Where a change in billing can be seen."""
    return {"evidence": {"reference": reference, "note": "Sample evidence"}}


def billed(
    service: str, price: str, anchor: str, paid_through: str, period: str = "week"
) -> Mapping[str, Any]:
    """How a service is billed, as an agreement tells it."""
    return {
        "service": service,
        "price": {"amount": price, "currency": "AUD"},
        "billing_period": period,
        "anchor": anchor,
        "paid_through": paid_through,
    }


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement that a client signs: which package it leaves and takes, and from when."""

    ref: str
    client: Client
    movement: tuple[str, str]
    live_on: str
    signed_at: str

    def document(self) -> dict[str, Any]:
        """The agreement as `POST /v1/plans` takes it."""
        of, to = self.movement
        return {
            "agreement": {
                "ref": self.ref,
                "provider": "ignition",
                "title": f"{to.capitalize()} upgrade",
                "signed_at": self.signed_at,
                "live_on": self.live_on,
            },
            "client": {
                "ref": self.client.ref,
                "name": self.client.name,
                "email": self.client.email,
                "timezone": ZONE,
                "country": "AU",
                "region": "QLD",
                "services": list(self.client.services),
            },
            "movement": {"from": of, "to": to},
            "staff": {"sales": "sam@agency.example", "support": None},
        }

    def as_a_zap_sends_it(self) -> dict[str, Any]:
        """The same as an event: keys flattened, what is unknown left empty."""
        flat = {
            f"{part}__{name}": "" if value is None else value
            for part, fields in self.document().items()
            for name, value in fields.items()
        }
        return {
            "event": "agreement.signed",
            "event_id": f"zap-{self.ref}",
            "occurred_at": self.signed_at,
            **flat,
        }
