"""A client's timeline: its agreements, its plans and its own record, newest first, in pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    Text,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Agreement, AuditEntry, Client, ContractRecord, InboundEvent, Plan
from app.domain.agreement import EventType
from app.domain.errors import ClientNotFound
from app.queries.happenings import sentence_of

_AnySelect = Select[*tuple[Any, ...]]

PLAN_ACTIONS: Final = (
    "plan.created",
    "plan.scheduled",
    "plan.rescheduled",
    "plan.reviewed",
    "plan.queued",
    "plan.unqueued",
    "plan.merged",
    "plan.terms_taken",
    "plan.amendment_taken",
    "plan.amendment_rejected",
    "plan.held",
    "plan.resumed",
    "plan.missed",
    "plan.went_live",
    "plan.forced_live",
    "plan.completed",
    "plan.cancelled",
)
"""What of a plan's life is a turn in its client's; what an event brought is told by the event."""

_HAPPENED: Final[Mapping[str, str]] = {
    EventType.SENT: "was sent",
    EventType.SIGNED: "was signed",
    EventType.AMENDED: "was amended",
    EventType.DECLINED: "was declined",
    EventType.VOIDED: "was voided",
    EventType.LIVE_DATE_SET: "was given another live date",
}


@dataclass(frozen=True, slots=True)
class ClientTimelineEntry:
    """One thing that happened to a client.

    Attributes:
        at: When, as far as its source says so.
        kind: What, in the words of events and of the audit: `agreement.sent`, `plan.cancelled`.
        text: A sentence for people.
        plan_id: The plan that it concerns, if it does.
        actor: Who did it, or which system told of it.
    """

    at: datetime
    kind: str
    text: str
    plan_id: UUID | None
    actor: str


@dataclass(frozen=True, slots=True)
class ClientTimeline:
    """What is to be read, and the columns by which it is ordered."""

    wanted: _AnySelect
    newest: tuple[ColumnElement[Any], ColumnElement[Any]]


async def timeline_of_client(session: AsyncSession, client_id: UUID) -> ClientTimeline:
    """The statement of a client's timeline, to be ordered and cut by its columns.

    Events that came before their client was known are found by the client's ref, else by its
    e-mail address, so they are shown once it is known.

    Raises:
        ClientNotFound: there is none with this id.
    """
    client = await session.get(Client, client_id)
    if client is None:
        raise ClientNotFound("There is no client with this id.")
    told = union_all(
        _record_of(client),
        _plans_of(client),
        _contracts_of(client),
        _signatures_of(client),
        _events_of(client),
    ).subquery("told")
    return ClientTimeline(select(told), (told.c.at, told.c.id))


def entry_of(row: Row[*tuple[Any, ...]]) -> ClientTimelineEntry:
    """A row of the timeline, in words."""
    return ClientTimelineEntry(row.at, row.kind, _text(row), row.plan_id, row.actor)


def _text(row: Row[*tuple[Any, ...]]) -> str:
    if row.kind in _HAPPENED:
        waits = " The event was quarantined." if row.status == "quarantined" else ""
        reason = f" {row.reason}" if row.reason else ""
        return f"Agreement {row.ref} {_HAPPENED[row.kind]}.{waits}{reason}"
    if row.kind == "client.created":
        return f"The client {row.after['name']} is known from now on."
    if row.kind.startswith("client."):
        changes = (_change(name, row.before, value) for name, value in (row.after or {}).items())
        return f"The client's record was changed: {', '.join(changes)}."
    sentence = sentence_of(row.kind, row.before, row.after)
    named = sentence if row.kind == "plan.created" else f"{row.ref}: {sentence}"
    return f"{named}. {row.reason}" if row.reason else f"{named}."


def _change(name: str, before: Mapping[str, Any] | None, value: object) -> str:
    was = (before or {}).get(name)
    return f"{name} '{value}'" + (f" instead of '{was}'" if was is not None else "")


def _record_of(client: Client) -> _AnySelect:
    return select(
        AuditEntry.at.label("at"),
        AuditEntry.id.label("id"),
        AuditEntry.action.label("kind"),
        AuditEntry.actor_name.label("actor"),
        AuditEntry.plan_id.label("plan_id"),
        null().label("ref"),
        null().label("status"),
        AuditEntry.reason.label("reason"),
        AuditEntry.before.label("before"),
        AuditEntry.after.label("after"),
    ).where(AuditEntry.subject_kind == "client", AuditEntry.subject_id == client.id)


def _plans_of(client: Client) -> _AnySelect:
    return (
        select(
            AuditEntry.at,
            AuditEntry.id,
            AuditEntry.action,
            AuditEntry.actor_name,
            AuditEntry.plan_id,
            Plan.ref,
            null(),
            AuditEntry.reason,
            AuditEntry.before,
            AuditEntry.after,
        )
        .join(Plan, Plan.id == AuditEntry.plan_id)
        .where(Plan.client_id == client.id, AuditEntry.action.in_(PLAN_ACTIONS))
    )


def _contracts_of(client: Client) -> _AnySelect:
    return (
        select(
            AuditEntry.at,
            AuditEntry.id,
            AuditEntry.action,
            AuditEntry.actor_name,
            AuditEntry.plan_id,
            func.coalesce(ContractRecord.order_ref, literal("Contract")),
            null(),
            AuditEntry.reason,
            AuditEntry.before,
            AuditEntry.after,
        )
        .join(ContractRecord, ContractRecord.id == AuditEntry.subject_id)
        .where(ContractRecord.client_id == client.id, AuditEntry.subject_kind == "contract")
    )


def _signatures_of(client: Client) -> _AnySelect:
    """Signatures as they count, also those that somebody entered by hand."""
    return (
        select(
            Agreement.signed_at,
            Agreement.id,
            literal(str(EventType.SIGNED)),
            literal(client.name),
            Plan.id,
            Agreement.ref,
            null(),
            null(),
            literal(None, JSONB),
            literal(None, JSONB),
        )
        .outerjoin(Plan, Plan.agreement_id == Agreement.id)
        .where(Agreement.client_id == client.id)
    )


def _events_of(client: Client) -> _AnySelect:
    """Events about the client's agreements; a signature that made a plan is told by that."""
    found = _found_by(client)
    kind = func.lower(func.btrim(InboundEvent.document["event"].astext), type_=Text())
    is_told = (kind == str(EventType.SIGNED)) & (InboundEvent.status == "processed")
    of_another = exists().where(
        Agreement.ref == InboundEvent.agreement_ref, Agreement.client_id != client.id
    )
    return (
        select(
            func.coalesce(InboundEvent.occurred_at, InboundEvent.received_at),
            InboundEvent.id,
            kind,
            InboundEvent.source,
            InboundEvent.plan_id,
            InboundEvent.agreement_ref,
            InboundEvent.status,
            InboundEvent.reason,
            literal(None, JSONB),
            literal(None, JSONB),
        )
        .join(found, found.c.id == InboundEvent.id)
        .where(kind.in_([str(one) for one in _HAPPENED]), ~is_told, ~of_another)
    )


def _found_by(client: Client) -> Subquery:
    """Ids of events about the client: by its agreements, by its ref, by its e-mail address.

    Each by its own index: one condition for all three would read the inbox whole.
    """
    # Written with the operators of the indexes: a subscript is another expression to Postgres.
    named = InboundEvent.document.op("->")("client")
    ref = named.op("->>", return_type=Text())("ref")
    email = func.lower(named.op("->>", return_type=Text())("email"), type_=Text())
    about = InboundEvent.agreement_ref.is_not(None)
    by_agreement = (
        select(InboundEvent.id)
        .join(Agreement, Agreement.ref == InboundEvent.agreement_ref)
        .where(Agreement.client_id == client.id)
    )
    nobody_else = or_(ref.is_(None), literal(client.ref is None))
    by_email = select(InboundEvent.id).where(about, email == client.email.lower(), nobody_else)
    parts = [by_agreement, by_email]
    if client.ref is not None:
        parts.append(select(InboundEvent.id).where(about, ref == client.ref))
    return union(*parts).subquery("found")
