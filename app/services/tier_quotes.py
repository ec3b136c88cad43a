"""Requests for other users: reckoned, answered by the client, carried out or let go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import tier_quotes
from app.db.ids import new_id
from app.db.models import TierQuote
from app.db.names import hold_name
from app.domain.actor import Actor
from app.domain.approval import ApprovalMissing
from app.domain.calendar import day_of
from app.domain.delivery import DeliveryKind
from app.domain.tiers.account import Account, Asked, Exceptions
from app.domain.tiers.documents import (
    account_as_json,
    account_of,
    asked_as_json,
    asked_of,
    quote_as_json,
)
from app.domain.tiers.flow import (
    ApprovalState,
    QuoteExpired,
    QuoteState,
    inputs_changed,
    is_past_its_cycle,
    may_decline,
    moved,
    state_of_new,
)
from app.domain.tiers.outcome import Quote
from app.domain.tiers.policy import PolicyUnknown, TierPolicy
from app.domain.tiers.quote import quote
from app.services.approvals import ask, void_approvals
from app.services.audit import record
from app.services.decisions import Decide
from app.services.office import Office
from app.services.tier_deliveries import close_stuck
from app.services.tier_effects import tell_client
from app.services.tier_rows import COSTS, account_in, kept, move, question_of, site_key, standing_in
from app.services.tier_steps import after_yes

USER_TIERS = "user-tiers"


@dataclass(frozen=True, slots=True)
class AskQuote:
    """A request for other users.

    Attributes:
        account: The account's facts; None where a stored account is named.
        account_id: A stored account.
        users: How many users are wanted.
        on: The day of the request; None for today.
        exceptions: What is asked for beside the rule.
        unhappy: Whether to list what else the client can do.
        current_pricing: Whether today's pricing is wanted instead of the contract's.
        policy: Key of the pricing policy.
        contact: Who is written to: name, contact_name, email, language.
        payment: Vendor ids of the card on file.
        sources: Where the contract facts were read: proposal, past invoices.
        source: How it came.
        conversation_ref: The helpdesk's conversation that it came in, and is answered in.
    """

    account: Account | None
    account_id: UUID | None
    users: int
    on: date | None = None
    exceptions: Exceptions = field(default_factory=Exceptions)
    unhappy: bool = False
    current_pricing: bool = False
    policy: str = USER_TIERS
    contact: Mapping[str, Any] = field(default_factory=dict)
    payment: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Any] = field(default_factory=dict)
    source: str = "api"
    conversation_ref: str | None = None


def policy_of(office: Office, key: str) -> TierPolicy:
    """A pricing policy of the catalog.

    Raises:
        PolicyUnknown: there is none of this key.
    """
    policy = office.catalog.policies.get(key)
    if policy is None:
        known = ", ".join(office.catalog.policies)
        raise PolicyUnknown(f"Expected one of {known}.", pointer="/policy")
    return policy


async def ask_quote(
    session: AsyncSession, command: AskQuote, *, office: Office, actor: Actor, now: datetime
) -> TierQuote:
    """Reckon a request, keep it, and tell the client what it costs where it has a price.

    Raises:
        AccountNotFound: no stored account has this id.
        PolicyUnknown, PricingUnknown: no such policy, or no such pricing in it.
    """
    policy = policy_of(office, command.policy)
    account, contact, payment = await _asked_of(session, command)
    asked = Asked(
        command.users,
        command.on or day_of(now, office.timezone),
        command.exceptions,
        command.unhappy,
        command.current_pricing,
    )
    found = quote(policy, account, asked)
    row = TierQuote(
        id=new_id(),
        **_reckoned(policy, account, asked, found),
        account_id=command.account_id,
        contact=contact,
        payment=payment,
        sources=dict(command.sources),
        source=command.source,
        conversation_ref=command.conversation_ref,
        letters={},
        expires_at=now + timedelta(days=policy.answer_within_days),
        created_at=now,
        version=0,
    )
    session.add(row)
    record(
        session,
        actor=actor,
        action="tier_quote.requested",
        subject=("tier_quote", row.id),
        now=now,
        after={"state": row.state, "outcome": row.outcome, "users": asked.users},
        reason=found.detail,
    )
    await session.flush()
    if row.state == QuoteState.QUOTED:
        await tell_client(session, row, COSTS, office=office, now=now)
    elif row.approvals:
        await ask(session, question_of(row, policy), actor=actor, now=now)
    await kept(session, row)
    return row


async def _asked_of(
    session: AsyncSession, command: AskQuote
) -> tuple[Account, dict[str, Any], dict[str, Any]]:
    """The account that is asked for, whom to write to, and the card; a stored one fills gaps."""
    contact, payment = dict(command.contact), dict(command.payment)
    if command.account_id is None:
        assert command.account is not None  # the doors take one or the other
        return command.account, contact, payment
    stored = await tier_quotes.lock_account(session, command.account_id)
    return account_of(stored.facts), {**stored.contact, **contact}, {**stored.payment, **payment}


def _reckoned(policy: TierPolicy, account: Account, asked: Asked, found: Quote) -> dict[str, Any]:
    """What a row keeps of a reckoning: its inputs, what came of them, and who must approve it."""
    return {
        "policy": policy.key,
        "state": state_of_new(found),
        "outcome": found.outcome,
        "reason": found.reason,
        "account": account_as_json(account),
        "asked": asked_as_json(asked),
        "quote": quote_as_json(found),
        "requested_on": asked.on,
        "site_key": site_key(account.site),
        "approvals": {str(kind): {"state": ApprovalState.REQUESTED} for kind in found.approvals},
    }


async def accept_quote(
    session: AsyncSession,
    quote_id: UUID,
    present: Account | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> TierQuote:
    """Take the client's yes, and go on; where the inputs have changed since, quote again instead.

    Args:
        session: The caller commits.
        quote_id: Which.
        present: The account as it is today, where the caller knows.
        office: The installation.
        actor: Who takes the yes.
        now: The present instant.

    Raises:
        QuoteNotFound: there is none.
        ApprovalMissing: an exception waits for its approval.
        QuoteExpired: it is too late.
        QuoteRefuses: its state does not allow it.
    """
    row = await tier_quotes.lock(session, quote_id)
    if row.state == QuoteState.REQUESTED and row.approvals:
        missing = [kind for kind, each in row.approvals.items() if each["state"] == "requested"]
        raise ApprovalMissing(
            f"Not approved yet: {', '.join(missing)}.", facts={"approvals": missing}
        )
    moved(QuoteState(row.state), QuoteState.ACCEPTED)
    if now >= row.expires_at:
        raise QuoteExpired("Nobody said yes in time; ask for a new quote.")
    present = await _present_account(session, row, present)
    changed = await _changed(session, row, present, office=office, now=now)
    if changed:
        return await _quote_again(
            session, row, present, changed, office=office, actor=actor, now=now
        )
    row.answered_at = now
    move(session, row, QuoteState.ACCEPTED, actor=actor, now=now)
    await after_yes(session, row, office=office, actor=actor, now=now)
    await kept(session, row)
    return row


async def _present_account(
    session: AsyncSession, row: TierQuote, present: Account | None
) -> Account:
    if row.account_id is not None:
        return account_of((await tier_quotes.lock_account(session, row.account_id)).facts)
    return present or account_in(row)


async def _changed(
    session: AsyncSession, row: TierQuote, present: Account, *, office: Office, now: datetime
) -> tuple[str, ...]:
    """What differs from what the client was told, the time that has passed included."""
    quoted = account_in(row)
    changed = set(inputs_changed(quoted, present))
    if is_past_its_cycle(quoted, day_of(now, office.timezone)):
        changed.add("next_billing_on")
    if await _is_under_way_elsewhere(session, row):
        changed.add("band")
    return tuple(sorted(changed))


async def _is_under_way_elsewhere(session: AsyncSession, row: TierQuote) -> bool:
    """Whether another change of the same account, or site, is under way or done since.

    Two yeses come one after the other: the account is held, and so is the site from here on.
    """
    same = []
    if row.account_id is not None:
        same.append(TierQuote.account_id == row.account_id)
    if row.site_key is not None:
        same.append(TierQuote.site_key == row.site_key)
        await hold_name(session, f"tier-site:{row.site_key}")
    other = await session.scalar(
        select(TierQuote.id)
        .where(
            or_(false(), *same),
            TierQuote.id != row.id,
            (TierQuote.applied_at >= row.created_at) | TierQuote.state.in_(["accepted", "charged"]),
        )
        .limit(1)
    )
    return other is not None


async def _quote_again(
    session: AsyncSession,
    row: TierQuote,
    present: Account,
    changed: tuple[str, ...],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> TierQuote:
    names = ", ".join(changed)
    row.reason = "inputs_changed"
    row.answered_at = now
    move(session, row, QuoteState.STALE, actor=actor, now=now, reason=f"Changed since: {names}.")
    asked = asked_of(row.asked)
    command = AskQuote(
        account=None if row.account_id else present,
        account_id=row.account_id,
        users=asked.users,
        exceptions=asked.exceptions,
        unhappy=asked.unhappy,
        current_pricing=asked.current_pricing,
        policy=row.policy,
        contact=row.contact,
        payment=row.payment,
        sources=row.sources,
        source=row.source,
        conversation_ref=row.conversation_ref,
    )
    again = await ask_quote(session, command, office=office, actor=actor, now=now)
    row.superseded_by = again.id
    await kept(session, row)
    return row


async def decline_quote(
    session: AsyncSession, quote_id: UUID, reason: str | None, *, actor: Actor, now: datetime
) -> TierQuote:
    """Take the client's no; after the yes only while no money can have moved.

    Raises:
        QuoteNotFound: there is none.
        QuoteRefuses: it is over, or the card may have been charged.
    """
    row = await tier_quotes.lock(session, quote_id)
    standing = standing_in(row)
    may_decline(standing.state, standing.charge, standing.apply, standing.credit)
    row.answered_at = now
    move(session, row, QuoteState.DECLINED, actor=actor, now=now, reason=reason)
    await close_stuck(
        session,
        row.id,
        DeliveryKind.CHARGE_CREATE,
        decision=lambda delivery_id: Decide(delivery_id, "skip", reason or "The client said no."),
        actor=actor,
        now=now,
    )
    await void_approvals(session, row.id, now=now)
    await kept(session, row)
    return row
