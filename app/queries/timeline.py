"""A plan's timeline: everything that happened and will happen, in order, by whom."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Agreement, AuditEntry, Client, Delivery, InboundEvent, Plan
from app.db.plans import PlanNotFound
from app.domain.calendar import day_of, zone_of
from app.domain.delivery import STUCK
from app.domain.playbook.model import Playbook
from app.queries.coming import Coming, what_comes
from app.queries.happenings import (
    FAILED,
    TOLD_BY_DELIVERIES,
    detail_of,
    outcome_words,
    sentence_of,
)
from app.queries.tasks import tasks_of_plan
from app.queries.timeline_views import SubjectView, TimelineEntry, TimelineView

MOST_ENTRIES: Final = 2000
"""Of each kind of past: a plan that has more is shown its newest."""

DELIVERY: Final = "delivery"


PlanRow = Row[*tuple[Any, ...]]
_IN_ORDER: Final = attrgetter("at")


async def timeline_of(
    session: AsyncSession, plan_id: UUID, *, book: Playbook, now: datetime
) -> TimelineView:
    """Tell a plan's story, up to now and from now on.

    Args:
        session: Only read from.
        plan_id: Which plan.
        book: The procedure: it names the reminders that are to come.
        now: The present instant.

    Raises:
        PlanNotFound: there is no such plan.
    """
    plan = await _plan(session, plan_id)
    zone = zone_of(plan.timezone)
    past = [
        _signed(plan, zone),
        *await _arrived(session, plan, zone),
        *await _changed(session, plan, zone),
        *await _effects(session, plan, zone),
    ]
    subject = Coming(plan.id, plan.state, zone, plan.window_opens_at, plan.live_at, plan.blockers)
    tasks = await tasks_of_plan(session, plan_id)
    future = await what_comes(session, subject, tasks, book=book, now=now)
    return TimelineView(plan_id, plan.timezone, (*sorted(past, key=_IN_ORDER), *future))


async def _plan(session: AsyncSession, plan_id: UUID) -> PlanRow:
    found = await session.execute(
        select(
            Plan.id,
            Plan.state,
            Plan.timezone,
            Plan.live_at,
            Plan.window_opens_at,
            Plan.blockers,
            Agreement.id.label("agreement_id"),
            Agreement.ref.label("agreement_ref"),
            Agreement.title,
            Agreement.signed_at,
            Client.name.label("client_name"),
        )
        .join(Agreement, Agreement.id == Plan.agreement_id)
        .join(Client, Client.id == Plan.client_id)
        .where(Plan.id == plan_id)
    )
    row = found.one_or_none()
    if row is None:
        raise PlanNotFound("There is no plan with this id.")
    return row


def _past(
    zone: ZoneInfo, at: datetime, what: str, detail: str | None, by: str, subject: SubjectView
) -> TimelineEntry:
    return TimelineEntry(at, day_of(at, zone), "past", what, detail, by, subject)


def _signed(plan: PlanRow, zone: ZoneInfo) -> TimelineEntry:
    return _past(
        zone,
        plan.signed_at,
        f"Agreement {plan.agreement_ref} was signed",
        plan.title,
        plan.client_name,
        SubjectView("agreement", plan.agreement_id),
    )


async def _arrived(session: AsyncSession, plan: PlanRow, zone: ZoneInfo) -> Iterable[TimelineEntry]:
    """Events about the plan's agreement, also those that nobody could act on."""
    rows = await session.execute(
        select(
            InboundEvent.id,
            InboundEvent.source,
            InboundEvent.status,
            InboundEvent.reason,
            InboundEvent.received_at,
            InboundEvent.document["event"].astext.label("event"),
        )
        .where(InboundEvent.agreement_ref == plan.agreement_ref)
        .order_by(InboundEvent.received_at.desc(), InboundEvent.id.desc())
        .limit(MOST_ENTRIES)
    )
    return [
        _past(
            zone,
            row.received_at,
            f"The event {row.event or 'without a name'} came in and was {row.status}",
            row.reason,
            row.source,
            SubjectView("inbound_event", row.id),
        )
        for row in reversed(rows.all())
    ]


async def _changed(session: AsyncSession, plan: PlanRow, zone: ZoneInfo) -> Iterable[TimelineEntry]:
    """What the audit says of the plan, less what its deliveries tell themselves."""
    stuck = (
        select(Delivery.id)
        .where(Delivery.plan_id == plan.id, Delivery.state.in_([str(state) for state in STUCK]))
        .scalar_subquery()
    )
    rows = await session.execute(
        select(
            AuditEntry.at,
            AuditEntry.action,
            AuditEntry.actor_name,
            AuditEntry.subject_kind,
            AuditEntry.subject_id,
            AuditEntry.before,
            AuditEntry.after,
            AuditEntry.reason,
        )
        .where(
            AuditEntry.plan_id == plan.id,
            AuditEntry.action.not_in(TOLD_BY_DELIVERIES),
            (AuditEntry.action != FAILED) | AuditEntry.subject_id.not_in(stuck),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(MOST_ENTRIES)
    )
    return [
        _past(
            zone,
            row.at,
            sentence_of(row.action, row.before, row.after),
            detail_of(row.after, row.reason),
            row.actor_name,
            SubjectView(row.subject_kind, row.subject_id),
        )
        for row in reversed(rows.all())
    ]


async def _effects(session: AsyncSession, plan: PlanRow, zone: ZoneInfo) -> Iterable[TimelineEntry]:
    """Outside effects with what became of each."""
    rows = await session.execute(
        select(
            Delivery.id,
            Delivery.kind,
            Delivery.system,
            Delivery.subject,
            Delivery.state,
            Delivery.attempts,
            Delivery.reason,
            Delivery.created_at,
            Delivery.settled_at,
            Delivery.payload["room"].astext.label("room"),
            Delivery.payload["title"].astext.label("title"),
            Delivery.payload["subject"].astext.label("headline"),
        )
        .where(Delivery.plan_id == plan.id)
        .order_by(Delivery.created_at.desc(), Delivery.id.desc())
        .limit(MOST_ENTRIES)
    )
    return [_effect(row, zone) for row in reversed(rows.all())]


def _effect(row: PlanRow, zone: ZoneInfo) -> TimelineEntry:
    at = row.settled_at or row.created_at
    tries = f"{row.system}, {row.attempts} {'attempt' if row.attempts == 1 else 'attempts'}"
    headline = f'"{row.headline}"' if row.headline else None
    named = {"subject": row.subject, "title": row.title, "room": row.room}
    return _past(
        zone,
        at,
        outcome_words(row.kind, named, row.state),
        " · ".join(part for part in (headline, tries, row.reason) if part),
        DELIVERY,
        SubjectView("delivery", row.id),
    )
