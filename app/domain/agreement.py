"""What an agreement event says, read from the canonical event document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.domain.billed_service import BilledService
from app.domain.billed_terms import read_services
from app.domain.calendar import zone_of
from app.domain.errors import DomainError
from app.domain.fields import URL, DocumentNotUnderstood, Reader
from app.domain.money import Money

THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
"""Commas that set thousands apart; any other comma may be a decimal one, and nobody guesses."""


class EventType(StrEnum):
    """Events that the generic source may bring."""

    SIGNED = "agreement.signed"
    DECLINED = "agreement.declined"
    VOIDED = "agreement.voided"
    SENT = "agreement.sent"
    AMENDED = "agreement.amended"
    LIVE_DATE_SET = "live_date.set"
    SERVICE_CANCELLED = "billing.service_cancelled"
    SERVICE_STARTED = "billing.service_started"
    CHARGED = "billing.charged"
    CREDITED = "billing.credited"
    TASK_COMPLETED = "task.completed"
    BOARD_ITEM_CHANGED = "board.item_changed"
    TIER_REQUESTED = "tier.requested"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    PAYMENT_FAILED = "payment.failed"
    DEAL_CREATED = "deal.created"
    DEAL_CLOSED_WON = "deal.closed_won"
    DEAL_CLOSED_LOST = "deal.closed_lost"


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """The agreement itself. `live_on` is as written: it is read once the client's zone is known."""

    ref: str
    provider: str | None
    kind: str
    title: str | None
    signed_at: datetime | None
    live_on: str | None
    document_url: str | None
    total: Money | None


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """The client as the event names it; it may be known already."""

    ref: str | None
    name: str | None
    email: str | None
    timezone: str | None
    country: str | None
    region: str | None
    language: str | None
    services: tuple[BilledService, ...]


@dataclass(frozen=True, slots=True)
class SignedAgreement:
    """Everything that a signed agreement's event says.

    `staff` maps the roles sales, support and marketing to e-mail addresses.
    """

    agreement: AgreementTerms
    client: ClientFacts
    from_package: str | None
    to_package: str
    staff: Mapping[str, str]
    occurred_at: datetime | None


STAFF_ROLES = ("sales", "support", "marketing")


def event_type(document: Mapping[str, object]) -> EventType | None:
    """The event's type, or None where it is none that anyone here listens to.

    People type it on automation platforms: capitals and blanks around it mean nothing.

    Raises:
        DocumentNotUnderstood: the document names no event.
    """
    reader = Reader(document)
    name = reader.text("event", required=True)
    if name is None:
        raise DocumentNotUnderstood(reader.faults)
    try:
        return EventType(name.lower())
    except ValueError:
        return None


def agreement_ref(document: Mapping[str, object]) -> str | None:
    """The agreement's ref where the document holds one that can be read."""
    return Reader(document).inner("agreement").text("ref")


def read_signed(document: Mapping[str, object]) -> SignedAgreement:
    """Read an `agreement.signed` document whole.

    Raises:
        DocumentNotUnderstood: with every fault of the document, not only the first.

    Source: docs/api.md, "Intake".
    """
    reader = Reader(document)
    terms = read_terms(reader.inner("agreement"))
    client = read_client(reader.inner("client"))
    movement = reader.inner("movement")
    from_package = movement.text("from", most=64)
    to_package = movement.text("to", most=64, required=True)
    staff = read_staff(reader)
    occurred_at = reader.instant("occurred_at")
    if reader.faults or terms is None or to_package is None:
        raise DocumentNotUnderstood(reader.faults)
    return SignedAgreement(
        terms,
        client,
        from_package.lower() if from_package else None,
        to_package.lower(),
        staff,
        occurred_at,
    )


def read_staff(reader: Reader) -> dict[str, str]:
    """Read whom a document names by role; every fault is noted with the reader, none raised."""
    staff = reader.inner("staff")
    return {role: email for role in STAFF_ROLES if (email := staff.email(role))}


def read_terms(reader: Reader) -> AgreementTerms | None:
    """Read `agreement` of a document, None without a ref; faults are noted, none raised."""
    ref = reader.text("ref", required=True)
    terms = (
        reader.text("provider", most=64),
        reader.text("kind", most=32) or "upgrade",
        reader.text("title", most=300),
        reader.instant("signed_at"),
        _live_on(reader),
        reader.matching("document_url", URL, "url_invalid", "a web address"),
        _total(reader),
    )
    return AgreementTerms(ref, *terms) if ref else None


def _live_on(reader: Reader) -> str | None:
    """Any text: a date that cannot be used is a question for Sales, not a fault of the event."""
    value = reader.value("live_on")
    if value is None:
        return None
    return value.strip()[:100] if isinstance(value, str) else "not text"


def _total(reader: Reader) -> Money | None:
    amount, currency = reader.text("total", most=32), reader.text("currency", most=3)
    if amount is None or currency is None:
        return None
    plain = amount.removeprefix("$")
    if THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    try:
        return Money.of(plain, currency.upper())
    except DomainError as refusal:
        reader.raised("total", refusal)
        return None


def read_client(reader: Reader) -> ClientFacts:
    """Read `client` of a document; every fault is noted with the reader, none raised."""
    ref = reader.text("ref")
    email = reader.email("email")
    no_email_given = reader.value("email") is None
    if ref is None and email is None and no_email_given:
        reader.fault("ref", "client_unnamed", "or client.email is required.")
    zone = reader.text("timezone", most=64)
    if zone is not None:
        try:
            zone_of(zone)
        except DomainError as refusal:
            reader.raised("timezone", refusal)
    country = reader.text("country", most=64)
    return ClientFacts(
        ref=ref,
        name=reader.text("name"),
        email=email,
        timezone=zone,
        country=country.upper() if country and len(country) == 2 else country,
        region=reader.text("region", most=64),
        language=reader.text("language", most=10),
        services=read_services(reader),
    )


@dataclass(frozen=True, slots=True)
class LiveDateSet:
    """A live date set outside: `live_on` as written."""

    agreement_ref: str
    live_on: str


def read_live_date_set(document: Mapping[str, object]) -> LiveDateSet:
    """Read a `live_date.set` document: the agreement and its new live date.

    Raises:
        DocumentNotUnderstood: one of the two is missing.
    """
    reader = Reader(document)
    agreement = reader.inner("agreement")
    ref = agreement.text("ref", required=True)
    live_on = agreement.text("live_on", required=True)
    if ref is None or live_on is None:
        raise DocumentNotUnderstood(reader.faults)
    return LiveDateSet(ref, live_on)


def read_task_completed(document: Mapping[str, object]) -> UUID:
    """Read a `task.completed` document: the id of the task.

    Raises:
        DocumentNotUnderstood: there is no id, or it is none.
    """
    reader = Reader(document)
    text = reader.text("task_id", required=True)
    try:
        if text is not None:
            return UUID(text)
    except ValueError:
        reader.fault("task_id", "id_invalid", "must be the id of a task.")
    raise DocumentNotUnderstood(reader.faults)
