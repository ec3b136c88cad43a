"""Amended terms of a signed agreement: kept beside the plan until a person takes or drops them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Agreement, Plan
from app.db.plans import agreement_of, client_of
from app.db.reviews import (
    amended_agreement_of,
    as_open_plan,
    differences_amended,
    terms_agreed,
    terms_amended,
)
from app.domain.actor import Actor
from app.domain.amendment import AmendedAgreement, amendment_options
from app.domain.plan import PlanFlag
from app.domain.playbook.moment import Moment
from app.domain.review import Choice, Option, refuse_choice
from app.domain.terms import differences
from app.services.audit import record
from app.services.billed import money_as_json, money_from_json, services_as_json
from app.services.effects import Told, announce
from app.services.office import Office
from app.services.plans import AgreementRefTaken, refuse_other_kinds
from app.services.reviews import ask_for_review
from app.services.standing import touch
from app.services.terms import NewTerms, give_to_named, take_terms


@dataclass(frozen=True, slots=True)
class Amended:
    """What became of amended terms: whether they changed anything, and a sentence."""

    changed: bool
    reason: str


NOTHING_NEW = Amended(changed=False, reason="The amended terms are those that the plan has.")


async def refuse_others_amendment(
    session: AsyncSession, plan: Plan, amended: AmendedAgreement
) -> None:
    """Refuse amended terms that are not those of an upgrade, or name another client.

    Raises:
        AgreementKindNotHandled: they are of another kind.
        AgreementRefTaken: the agreement with this number belongs to another client.
    """
    refuse_other_kinds(amended.agreement)
    client = await client_of(session, plan)
    if amended.client_ref and client.ref and amended.client_ref != client.ref:
        raise AgreementRefTaken(
            "The agreement with this number belongs to another client.", pointer="/agreement/ref"
        )


async def keep_amendment(
    session: AsyncSession,
    plan: Plan,
    amended: AmendedAgreement,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Amended:
    """Keep amended terms at an open plan, and tell people; nothing of the plan is overwritten.

    Later ones take the place of earlier ones that nobody has decided on.

    Args:
        session: The transaction of the event.
        plan: Open, held.
        amended: What the event says.
        office: The installation.
        actor: Who brought it.
        now: The present instant.

    Source: docs/domain/upgrade.md, "A second agreement".
    """
    kept = plan.amendment
    if kept and _is_older(amended.occurred_at, kept["occurred_at"]):
        return Amended(changed=False, reason="Newer amended terms wait already.")
    plan.amendment = _as_json(amended, now=now)
    changed = await differences_amended(session, plan)
    if not changed:
        plan.amendment = kept
        return NOTHING_NEW
    plan.flags = sorted({*plan.flags, PlanFlag.AGREEMENT_AMENDED})
    _record(session, plan, "plan.agreement_amended", kept, plan.amendment, actor=actor, now=now)
    told = Told([one.sentence for one in changed])
    await announce(session, plan, Moment.AGREEMENT_AMENDED, told, office=office, now=now)
    await touch(session, plan, office=office, actor=actor, now=now)
    return Amended(changed=True, reason="A person decides whether the plan takes these terms.")


def _is_older(happened: datetime | None, kept: str | None) -> bool:
    return happened is not None and kept is not None and happened < datetime.fromisoformat(kept)


async def amend_reviewed(
    session: AsyncSession,
    plan: Plan,
    amended: AmendedAgreement,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Amended:
    """Amend the agreement of a plan under review itself: nothing has begun, and people are asked.

    Raises:
        PackageUnknown, NotAnUpgrade, MovementNotListed: I11.

    Source: docs/domain/upgrade.md, "A second agreement".
    """
    before = await terms_agreed(session, plan)
    agreement = await agreement_of(session, plan)
    left = amended.from_package or plan.from_package
    taken = amended.to_package or plan.to_package
    office.catalog.movement(left, taken)
    plan.from_package = agreement.from_package = left
    plan.to_package = agreement.to_package = taken
    write_on(agreement, _as_json(amended, now=now))
    await session.flush()
    changed = differences(before, await terms_agreed(session, plan))
    if not changed:
        return NOTHING_NEW
    named = {one.field: one.new for one in changed}
    staff = {role: mail for role, mail in amended.staff.items() if f"staff.{role}" in named}
    await give_to_named(session, plan, staff, office=office, actor=actor, now=now)
    was = {one.field: one.open for one in changed}
    _record(session, plan, "plan.agreement_amended", was, named, actor=actor, now=now)
    because = ("Its agreement was amended.",)
    await ask_for_review(session, plan, office=office, now=now, because=because)
    await touch(session, plan, office=office, actor=actor, now=now)
    return Amended(changed=True, reason="The plan is under review; its own terms were amended.")


async def answer_amendment(
    session: AsyncSession,
    plan: Plan,
    choice: Choice,
    reason: str,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Take the amended terms that wait at an open plan, or drop them, as a person chose.

    Raises:
        ChoiceNotPossible: the choice is neither, or the plan cannot take the terms.

    Source: docs/domain/upgrade.md, "A second agreement".
    """
    kept, agreement = plan.amendment or {}, await amended_agreement_of(session, plan)
    seen = await as_open_plan(session, plan)
    options = amendment_options(seen, terms_amended(plan), office.catalog.movement)
    possible = [one for one in options if one.refused is None]
    chosen = next((one for one in options if one.choice is choice), None)
    refuse_choice(chosen or Option(choice, "", "The agreement of this plan was amended."), possible)
    plan.amendment = None
    plan.flags = [flag for flag in plan.flags if flag != PlanFlag.AGREEMENT_AMENDED]
    is_taken = choice is Choice.MERGE
    action = "plan.amendment_taken" if is_taken else "plan.amendment_rejected"
    _record(session, plan, action, kept, {}, actor=actor, now=now, reason=reason)
    if not is_taken:
        await touch(session, plan, office=office, actor=actor, now=now)
        return
    new = NewTerms(kept["to"], kept["live_on"], kept["services"], kept["staff"])
    write_on(agreement, {**kept, "services": None})  # the plan's own agreement takes those below
    agreement.to_package = kept["to"] or agreement.to_package
    why = f"The amended terms of {agreement.ref} were taken: {reason}"
    await take_terms(session, plan, new, why, office=office, actor=actor, now=now)


def write_on(agreement: Agreement, kept: Mapping[str, Any]) -> None:
    """Write amended terms on the agreement's own record; what they leave out stays."""
    agreement.title = kept["title"] or agreement.title
    agreement.live_on_text = kept["live_on"] or agreement.live_on_text
    agreement.document_url = kept["document_url"] or agreement.document_url
    agreement.services = kept["services"] or agreement.services
    agreement.staff = {**agreement.staff, **kept["staff"]}
    total = money_from_json(kept["total"])
    if total is not None:
        agreement.total_minor, agreement.currency = total.minor, total.currency


def _as_json(amended: AmendedAgreement, *, now: datetime) -> dict[str, Any]:
    """Amended terms as a plan keeps them."""
    return {
        "agreement_ref": amended.agreement.ref,
        "received_at": now.isoformat(),
        "occurred_at": amended.occurred_at.isoformat() if amended.occurred_at else None,
        "from": amended.from_package,
        "to": amended.to_package,
        "live_on": amended.agreement.live_on,
        "title": amended.agreement.title,
        "document_url": amended.agreement.document_url,
        "total": money_as_json(amended.agreement.total),
        "services": services_as_json(amended.services),
        "staff": dict(amended.staff),
    }


def _record(
    session: AsyncSession,
    plan: Plan,
    action: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before=before,
        after=after,
        reason=reason,
    )
