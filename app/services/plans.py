"""Making a plan from a signed agreement: once per agreement, whatever comes how often (I7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import Agreement, Client, Plan
from app.domain.actor import Actor
from app.domain.agreement import AgreementTerms, SignedAgreement
from app.domain.billed_service import BilledService
from app.domain.calendar import parse_day, zone_of
from app.domain.errors import Conflict, Invalid
from app.domain.live_date import live_date
from app.domain.plan import PlanState
from app.domain.refs import plan_ref
from app.domain.review import ReviewCause
from app.services.audit import record
from app.services.billed import services_as_json
from app.services.clients import client_for, give_package
from app.services.contracts.plan_contracts import services_known
from app.services.office import Office
from app.services.people import staff_plan
from app.services.reviews import ask_for_review, date_agreed, set_off, why_not_begun
from app.services.standing import touch
from app.services.waiting_events import one_at_a_time, wake_waiting


class AgreementKindNotHandled(Invalid):
    """An agreement about something else than an upgrade."""

    code = "agreement_kind_not_handled"


class AgreementRefTaken(Conflict):
    """Two systems use the same agreement number, or one number names two clients."""

    code = "agreement_ref_taken"


class PackageLeftUnknown(Invalid):
    """Neither the event nor the client's record says which package is left."""

    code = "package_left_unknown"


@dataclass(frozen=True, slots=True)
class MadePlan:
    """A plan, and whether this call made it."""

    plan: Plan
    created: bool


async def make_plan(
    session: AsyncSession,
    signed: SignedAgreement,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
    date_must_hold: bool = False,
) -> MadePlan:
    """Make the one plan of a signed agreement, or find the one that it has.

    Args:
        session: The caller commits.
        signed: What the agreement says.
        office: The installation.
        actor: Who brought it.
        now: The present instant.
        date_must_hold: Refuse a live date that cannot be used, instead of asking Sales.

    Raises:
        AgreementKindNotHandled: it is no upgrade agreement.
        AgreementRefTaken: its number belongs to another agreement.
        PackageUnknown, NotAnUpgrade, MovementNotListed: I11.
        PackageLeftUnknown: nobody says what the client has.
        ClientUnnamed, ClientAmbiguous: the client cannot be found or made.
        LiveDateNotMonday, LiveDatePast, DayNotUnderstood: only with `date_must_hold`.

    Source: docs/domain/upgrade.md, "What happens" 1 and 2, I2, I7, I11.
    """
    await one_at_a_time(session, signed.agreement.ref)
    known = await _already_made(session, signed)
    if known is not None:
        return MadePlan(known, created=False)
    refuse_other_kinds(signed.agreement)
    client = await client_for(session, signed.client, office=office, actor=actor, now=now)
    left = signed.from_package or client.package
    if left is None:
        raise PackageLeftUnknown(
            "Nothing says which package the client leaves: the event gives no movement.from, "
            "and the client's record has no package.",
            pointer="/movement/from",
        )
    office.catalog.movement(left, signed.to_package)
    if client.package is None:
        await give_package(session, client.id, left, actor=actor, now=now)
    services = await services_known(session, client, signed.client.services, now=now)
    agreement = _agreement(signed, services, client, left, now=now)
    ref = await _free_ref(session, agreement.ref)
    plan = _plan(agreement, client, office, ref=ref, now=now)
    if date_must_hold and agreement.live_on_text is not None:
        _refuse_unusable(plan, agreement.live_on_text, office, now=now)
    review = await why_not_begun(session, plan, client)
    session.add(agreement)
    await session.flush()
    await _open(session, plan, review, signed.staff, office=office, actor=actor, now=now)
    await wake_waiting(session, agreement.ref, now=now)
    return MadePlan(plan, created=True)


async def _open(
    session: AsyncSession,
    plan: Plan,
    review: tuple[ReviewCause, str] | None,
    staff: Mapping[str, str],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Give the new plan its first state and set off what belongs to it."""
    if review is not None:
        plan.state = PlanState.NEEDS_REVIEW
        plan.review_cause, plan.review_reason = str(review[0]), review[1]
    await staff_plan(session, plan, staff, now=now)
    # Only now: a plan under review must never have been an open one, not even for a moment.
    session.add(plan)
    await session.flush()
    record(
        session,
        actor=actor,
        action="plan.created",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={
            "ref": plan.ref,
            "state": plan.state,
            "from_package": plan.from_package,
            "to_package": plan.to_package,
            "flags": list(plan.flags),
        },
        reason=plan.review_reason,
    )
    if review is not None:
        await ask_for_review(session, plan, office=office, now=now)
    else:
        found = await date_agreed(session, plan, office=office, now=now)
        await set_off(session, plan, found, office=office, actor=actor, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)


async def _already_made(session: AsyncSession, signed: SignedAgreement) -> Plan | None:
    agreement = await session.scalar(select(Agreement).where(Agreement.ref == signed.agreement.ref))
    if agreement is None:
        return None
    provider = signed.agreement.provider
    if provider and agreement.provider and provider != agreement.provider:
        raise AgreementRefTaken(
            "An agreement of another system has this number already; give this one another ref.",
            pointer="/agreement/ref",
        )
    client = await session.get_one(Client, agreement.client_id)
    if signed.client.ref and client.ref and signed.client.ref != client.ref:
        raise AgreementRefTaken(
            "The agreement with this number belongs to another client.", pointer="/agreement/ref"
        )
    plan: Plan | None = await session.scalar(select(Plan).where(Plan.agreement_id == agreement.id))
    return plan


def refuse_other_kinds(terms: AgreementTerms) -> None:
    """Take upgrade agreements; what else there is belongs to other procedures.

    Raises:
        AgreementKindNotHandled: it is of another kind.
    """
    if terms.kind != "upgrade":
        raise AgreementKindNotHandled(
            "This procedure takes upgrade agreements; renewals, recasts and terminations are "
            "changes of a contract.",
            pointer="/agreement/kind",
        )


def _agreement(
    signed: SignedAgreement,
    services: Sequence[BilledService],
    client: Client,
    left: str,
    *,
    now: datetime,
) -> Agreement:
    terms = signed.agreement
    return Agreement(
        id=new_id(),
        ref=terms.ref,
        provider=terms.provider,
        kind=terms.kind,
        title=terms.title,
        client_id=client.id,
        from_package=left,
        to_package=signed.to_package,
        signed_at=min(terms.signed_at or signed.occurred_at or now, now),
        live_on_text=terms.live_on,
        document_url=terms.document_url,
        total_minor=terms.total.minor if terms.total else None,
        currency=terms.total.currency if terms.total else None,
        services=services_as_json(services),
        staff=dict(signed.staff),
    )


async def _free_ref(session: AsyncSession, agreement_ref: str) -> str:
    """The ref of the agreement's plan; the next one where another plan has it by chance."""
    nth = 0
    while await session.scalar(select(Plan.id).where(Plan.ref == plan_ref(agreement_ref, nth))):
        nth += 1
    return plan_ref(agreement_ref, nth)


def _plan(agreement: Agreement, client: Client, office: Office, *, ref: str, now: datetime) -> Plan:
    return Plan(
        id=new_id(),
        version=0,
        ref=ref,
        agreement_id=agreement.id,
        client_id=client.id,
        playbook_key=office.playbook.key,
        playbook_version=office.playbook.version,
        state=PlanState.AWAITING_LIVE_DATE,
        from_package=agreement.from_package,
        to_package=agreement.to_package,
        timezone=client.timezone,
        signed_at=agreement.signed_at,
        flags=[],
        created_at=now,
        updated_at=now,
    )


def _refuse_unusable(plan: Plan, written: str, office: Office, *, now: datetime) -> None:
    """Whoever makes a plan by hand can still write another date: it must be one that holds."""
    zone = zone_of(plan.timezone)
    days = office.playbook.window_days
    live_date(parse_day(written, zone), zone, now=now, window_days=days)
