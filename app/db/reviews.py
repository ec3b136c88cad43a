"""What a decision about an agreement rests on, read from the tables that hold it."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Adjustment, Agreement, Client, Plan, Staff
from app.db.plans import agreement_of
from app.domain.adjustment import CARRIED_OUT
from app.domain.calendar import zone_of
from app.domain.money import Money
from app.domain.plan import OPEN_STATES, PlanState
from app.domain.review import OpenPlan, ReviewCause, ReviewFacts
from app.domain.terms import Difference, Terms, day_as_meant, differences, services_in_words

_ROLES: Final = ("sales", "support", "marketing")


async def open_plan_of(session: AsyncSession, client_id: UUID) -> Plan | None:
    """The client's open plan, not locked; there is at most one."""
    plan: Plan | None = await session.scalar(
        select(Plan).where(
            Plan.client_id == client_id, Plan.state.in_([str(state) for state in OPEN_STATES])
        )
    )
    return plan


async def review_facts(session: AsyncSession, plan: Plan) -> ReviewFacts:
    """What a review of a plan rests on, as it is now."""
    client = await session.get_one(Client, plan.client_id)
    open_plan = await open_plan_of(session, plan.client_id)
    return ReviewFacts(
        ReviewCause(plan.review_cause or ReviewCause.OPEN_PLAN),
        # Another title, or another paper, is no reason to decide otherwise.
        replace(await terms_agreed(session, plan), title=None, document_url=None),
        client.package,
        await as_open_plan(session, open_plan) if open_plan else None,
        queued=plan.queued_after_id is not None,
    )


async def as_open_plan(session: AsyncSession, plan: Plan) -> OpenPlan:
    """A plan as the decision about another agreement, or about amended terms, sees it."""
    carried_out = await session.scalar(
        select(func.count())
        .select_from(Adjustment)
        .where(
            Adjustment.plan_id == plan.id,
            Adjustment.state.in_([str(state) for state in CARRIED_OUT]),
            Adjustment.reversal.is_distinct_from("done"),  # what was put back stands in no way
        )
    )
    held = await terms_held(session, plan)
    return OpenPlan(plan.ref, PlanState(plan.state), held, carried_out or 0)


async def terms_held(
    session: AsyncSession, plan: Plan, agreement: Agreement | None = None
) -> Terms:
    """The terms that a plan works by: its own date and people, the rest as its agreement has it.

    Args:
        session: Only read from.
        plan: Whose.
        agreement: Another one that was merged into it, whose papers are meant.
    """
    services = (await agreement_of(session, plan)).services
    agreement = agreement or await agreement_of(session, plan)
    rows = await session.execute(
        select(Staff.id, Staff.email).where(
            Staff.id.in_([getattr(plan, f"{role}_id") for role in _ROLES])
        )
    )
    emails = {row.id: row.email for row in rows}
    found = {role: emails.get(getattr(plan, f"{role}_id")) for role in _ROLES}
    staff = {role: email for role, email in found.items() if email is not None}
    return Terms(
        plan.from_package,
        plan.to_package,
        plan.live_on.isoformat() if plan.live_on else None,
        title=agreement.title,
        document_url=agreement.document_url,
        total=_total(agreement.total_minor, agreement.currency),
        services=services_in_words(services),
        # Whom the agreement names and nobody here knows is still whom it names.
        staff={**staff, **plan.staff_named},
    )


async def terms_agreed(session: AsyncSession, plan: Plan) -> Terms:
    """The terms that a plan's own agreement names, whatever became of the plan."""
    agreement = await agreement_of(session, plan)
    return Terms(
        plan.from_package,
        plan.to_package,
        day_as_meant(agreement.live_on_text, zone_of(plan.timezone)),
        title=agreement.title,
        document_url=agreement.document_url,
        total=_total(agreement.total_minor, agreement.currency),
        services=services_in_words(agreement.services),
        staff=dict(agreement.staff),
    )


async def amended_agreement_of(session: AsyncSession, plan: Plan) -> Agreement:
    """The agreement that amended terms at a plan belong to: its own, or one merged into it."""
    ref = (plan.amendment or {}).get("agreement_ref")
    found = await session.scalar(select(Agreement).where(Agreement.ref == ref))
    return found or await agreement_of(session, plan)


async def differences_amended(session: AsyncSession, plan: Plan) -> tuple[Difference, ...]:
    """In what the amended terms that wait at a plan differ from those that it works by."""
    agreement = await amended_agreement_of(session, plan)
    return differences(await terms_held(session, plan, agreement), terms_amended(plan))


def terms_amended(plan: Plan) -> Terms:
    """The amended terms that wait at a plan; nothing where none do."""
    kept: dict[str, Any] = plan.amendment or {}
    total = kept.get("total")
    return Terms(
        kept.get("from"),
        kept.get("to"),
        day_as_meant(kept.get("live_on"), zone_of(plan.timezone)),
        title=kept.get("title"),
        document_url=kept.get("document_url"),
        total=f"{total['amount']} {total['currency']}" if total else None,
        services=services_in_words(kept.get("services") or ()),
        staff=dict(kept.get("staff") or {}),
    )


def _total(minor: int | None, currency: str | None) -> str | None:
    return None if minor is None or currency is None else str(Money.from_minor(minor, currency))
