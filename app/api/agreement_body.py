"""The body of a plan made by hand: the event's document, read strictly."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from app.web.bodies import Body
from app.web.money_fields import MoneyIn
from app.web.scalars import Day, Email, Instant, Name, Ref, Slug, Text, refuse

EXAMPLE: Final[dict[str, Any]] = {
    "event": "agreement.signed",
    "agreement": {
        "ref": "PROP-1042",
        "provider": "ignition",
        "title": "Scale upgrade",
        "signed_at": "2026-11-20T03:11:58Z",
        "live_on": "2026-12-07",
    },
    "client": {
        "ref": "C-77",
        "name": "Harbour Dental",
        "email": "owner@harbourdental.example",
        "timezone": "Australia/Brisbane",
    },
    "movement": {"from": "sprint", "to": "scale"},
    "staff": {"sales": "sam@agency.example"},
}


def _amount(value: object) -> str:
    """An amount as text or as a number; a boolean is neither."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise refuse("text_invalid")


Amount = Annotated[
    str,
    Field(max_length=32),
    BeforeValidator(_amount),
    WithJsonSchema({"type": ["string", "number"], "examples": ["1490.00"]}),
]
Zone = Annotated[str, Text(max=64)]


class AgreementIn(Body):
    """The agreement itself."""

    ref: Ref = Field(description="Its number in its own system; one number makes one plan.")
    provider: Annotated[str, Text(max=64)] | None = None
    kind: Annotated[str, Text(max=32)] | None = Field(None, description="`upgrade` by default.")
    title: Annotated[str, Text(max=300)] | None = None
    signed_at: Instant | None = None
    live_on: Annotated[str, Text(max=100)] | None = Field(
        None,
        description="A Monday to come, as a day; an instant is converted into the client's zone "
        "first. Without one the plan waits and Sales is asked.",
    )
    document_url: Annotated[str, Text(max=2000)] | None = None
    total: Amount | None = None
    currency: Annotated[str, Text(min=3, max=3)] | None = None


class BilledServiceIn(Body):
    """One service that the client has, and how it is billed."""

    service: Slug
    price: MoneyIn | None = None
    billing_period: Literal["week", "month", "quarter", "year"] | None = None
    anchor: Annotated[str, Text(max=16)] | None = Field(
        None, description="`monday`, a day of the month, or month and day such as `02-15`."
    )
    paid_through: Day | None = None


class ClientIn(Body):
    """The client, found by `ref`, else by `email`; one not yet known is made from it."""

    ref: Ref | None = None
    name: Name | None = None
    email: Email | None = None
    timezone: Zone | None = Field(None, description="IANA name.")
    country: Annotated[str, Text(max=64)] | None = Field(
        None, description="Two letters as in ISO 3166-1; holidays are looked up by it."
    )
    region: Annotated[str, Text(max=64)] | None = Field(
        None, description="Its code, such as `QLD`; one that nobody knows is kept and warned of."
    )
    language: Annotated[str, Text(max=10)] | None = None
    services: Annotated[list[BilledServiceIn], Field(max_length=100)] | None = None


class MovementIn(Body):
    """Keys of the package left and the package taken."""

    from_: Slug | None = Field(
        None, alias="from", description="What the client leaves; else what its record says."
    )
    to: Slug


class StaffIn(Body):
    """The plan's people, by e-mail."""

    sales: Email | None = None
    support: Email | None = None
    marketing: Email | None = None


class SignedAgreementIn(Body):
    """A signed agreement: the document that `POST /webhooks/agreement` takes."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    event: Literal["agreement.signed"] = "agreement.signed"
    event_id: Ref | None = None
    occurred_at: Instant | None = None
    agreement: AgreementIn
    client: ClientIn
    movement: MovementIn
    staff: StaffIn | None = None

    def document(self) -> dict[str, Any]:
        """The event's document, with values as text, as the rules read it."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
