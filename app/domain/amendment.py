"""What later events say of an agreement that is known by its ref: sent, taken back, amended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.agreement import AgreementTerms, read_staff, read_terms
from app.domain.billed_service import BilledService
from app.domain.billed_terms import read_services
from app.domain.fields import DocumentNotUnderstood, Reader
from app.domain.review import CheckMovement, Choice, OpenPlan, Option, why_not_merged
from app.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class AmendedAgreement:
    """What an `agreement.amended` event says; whatever it leaves out stays as it was signed.

    Attributes:
        agreement: The agreement's own fields.
        client_ref: Whose agreement it is, where the event says so.
        services: How the client's services are billed; empty where it does not say.
        staff: E-mail addresses by role.
    """

    agreement: AgreementTerms
    client_ref: str | None
    from_package: str | None
    to_package: str | None
    services: tuple[BilledService, ...]
    staff: Mapping[str, str]
    occurred_at: datetime | None


def read_amended(document: Mapping[str, object]) -> AmendedAgreement:
    """Read an `agreement.amended` document: the fields of a signed one, all but the ref optional.

    Raises:
        DocumentNotUnderstood: with every fault of the document, not only the first.

    Source: docs/api.md, "Intake".
    """
    reader = Reader(document)
    terms = read_terms(reader.inner("agreement"))
    client = reader.inner("client")
    client_ref = client.text("ref")
    services = read_services(client)
    movement = reader.inner("movement")
    from_package, to_package = movement.text("from", most=64), movement.text("to", most=64)
    staff = read_staff(reader)
    occurred_at = reader.instant("occurred_at")
    if reader.faults or terms is None:
        raise DocumentNotUnderstood(reader.faults)
    return AmendedAgreement(
        terms,
        client_ref,
        from_package.lower() if from_package else None,
        to_package.lower() if to_package else None,
        services,
        staff,
        occurred_at,
    )


@dataclass(frozen=True, slots=True)
class Named:
    """An agreement as events name it that say nothing of its terms."""

    ref: str
    occurred_at: datetime | None


def read_named(document: Mapping[str, object]) -> Named:
    """Read which agreement an event is about, and when it happened.

    Raises:
        DocumentNotUnderstood: it names none, or its instant is none.
    """
    reader = Reader(document)
    ref = reader.inner("agreement").text("ref", required=True)
    occurred_at = reader.instant("occurred_at")
    if ref is None or reader.faults:
        raise DocumentNotUnderstood(reader.faults)
    return Named(ref, occurred_at)


def occurred_at(document: Mapping[str, object], *, received_at: datetime) -> datetime | None:
    """When an event happened by its own word, never after it came in; None where it says nothing.

    Args:
        document: The event; an instant that cannot be read counts as none.
        received_at: When it came in.
    """
    said = Reader(document).instant("occurred_at")
    return min(said, received_at) if said is not None else None


def is_older(event_at: datetime | None, signed_at: datetime) -> bool:
    """Whether an event happened before the agreement was signed: what was signed then counts.

    An event that does not say when it happened is taken for a later one.
    """
    return event_at is not None and event_at < signed_at


def amendment_options(
    plan: OpenPlan, amended: Terms, check_movement: CheckMovement
) -> tuple[Option, ...]:
    """What may be answered to amended terms of an open plan's agreement.

    Args:
        plan: The plan as it stands.
        amended: What the amendment says; None is what it leaves as it was.
        check_movement: Of the catalog.

    Source: docs/domain/upgrade.md, "A second agreement".
    """
    taken = amended.to_package or plan.terms.to_package or ""
    refused = why_not_merged(plan, taken, check_movement)
    if amended.from_package not in (None, plan.terms.from_package):
        refused = (
            f"The amended agreement leaves '{amended.from_package}', but {plan.ref} leaves "
            f"'{plan.terms.from_package}', which the client has."
        )
    detail = (
        f"{plan.ref} takes the amended terms, and what was planned for it follows; a live date "
        "that cannot be used any more is left as it is."
    )
    return (
        Option(Choice.MERGE, detail, refused),
        Option(Choice.REJECT, "Keeps the plan as it is; the amended terms are dropped."),
    )
