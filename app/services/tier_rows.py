"""A quote's row as the rules see it: its account, its standing, and what waits for a person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import TierQuote
from app.domain.actor import Actor
from app.domain.approval import ApprovalSubject
from app.domain.money import Money
from app.domain.tiers.account import Account, Site
from app.domain.tiers.documents import account_of
from app.domain.tiers.flow import (
    TOLD,
    ApplyState,
    ApprovalState,
    ChargeState,
    CreditState,
    LetterState,
    QuoteState,
    Standing,
    Waiting,
    moved,
    waits_for,
)
from app.domain.tiers.outcome import Outcome
from app.domain.tiers.policy import TierPolicy
from app.services.approvals import Question
from app.services.audit import record

COSTS, RECAP = "costs", "recap"


def account_in(row: TierQuote) -> Account:
    """The account's facts as the quote was reckoned with them."""
    return account_of(row.account)


def money_in(document: Mapping[str, Any]) -> Money:
    """An amount as it is kept in a quote."""
    return Money.of(document["amount"], document["currency"])


def site_key(site: Site | None) -> str | None:
    """Database and site as one text, by which changes of one site find each other."""
    return None if site is None else f"{site.database}/{site.site_id}"


def standing_in(row: TierQuote) -> Standing:
    """What of the row decides who has to do something."""
    charge, application = row.charge or {}, row.application or {}
    letter = COSTS if row.state == QuoteState.QUOTED else RECAP
    state = row.letters.get(letter, {}).get("state", LetterState.BY_HAND)
    return Standing(
        state=QuoteState(row.state),
        outcome=Outcome(row.outcome),
        detail=row.quote["detail"],
        approvals={kind: ApprovalState(each["state"]) for kind, each in row.approvals.items()},
        charge=ChargeState(charge["state"]) if charge else None,
        apply=ApplyState(application["state"]) if application else None,
        told=LetterState(state) in TOLD,
        credit=CreditState(row.credit["state"]) if row.credit else None,
        why=(application if row.state == QuoteState.CHARGED else charge).get("why"),
    )


def waiting_in(row: TierQuote) -> tuple[Waiting, ...]:
    """What a person has to do for the quote now."""
    return waits_for(standing_in(row))


def question_of(row: TierQuote, policy: TierPolicy) -> Question:
    """What the policy's approver is asked: one question for all exceptions of a request."""
    kinds = ", ".join(kind.replace("_", " ") for kind in row.approvals)
    said = f"{row.asked['users']} users by the policy {policy.key}, with an exception: {kinds}."
    facts = {"approvals": sorted(row.approvals), "users": row.asked["users"]}
    return Question((ApprovalSubject.TIER_QUOTE, row.id), policy.approved_by, said, facts)


async def kept(session: AsyncSession, row: TierQuote) -> None:
    """Keep a change of the row: what waits is written beside it, and the version counts."""
    waiting = waiting_in(row)
    row.waits = waiting[0].code if waiting else None
    row.version += 1
    await session.flush()


def move(
    session: AsyncSession,
    row: TierQuote,
    state: QuoteState,
    *,
    actor: Actor,
    now: datetime,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Move a quote on, with the entry in the audit.

    Raises:
        QuoteRefuses: its state does not lead there.
    """
    before = row.state
    row.state = moved(QuoteState(before), state)
    # What gets stuck in the new state is told of again.
    row.alerted_at = None
    record(
        session,
        actor=actor,
        action=f"tier_quote.{state}",
        subject=("tier_quote", row.id),
        now=now,
        before={"state": before},
        after={"state": str(state), **(after or {})},
        reason=reason,
    )
