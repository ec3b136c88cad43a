"""Exceptions of a change of users: asked for with the request, granted or refused by their role.

Whoever offers approvals to people calls `decide_approval`, and reads `open_approvals`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import tier_quotes
from app.db.models import TierQuote
from app.domain.actor import Actor
from app.domain.calendar import day_of
from app.domain.tiers.documents import asked_as_json, asked_of, quote_as_json
from app.domain.tiers.flow import (
    ApprovalState,
    ApproverWrong,
    QuoteRefuses,
    QuoteState,
)
from app.domain.tiers.outcome import Outcome
from app.domain.tiers.policy import TierPolicy
from app.domain.tiers.quote import quote
from app.services.office import Office
from app.services.tier_effects import tell_client
from app.services.tier_quotes import policy_of
from app.services.tier_rows import COSTS, account_in, kept, move


@dataclass(frozen=True, slots=True)
class OpenApproval:
    """One exception that waits: of which quote, of which kind, and whose it is."""

    quote_id: UUID
    kind: str
    role: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class DecideApproval:
    """What the approver decides: `role` is that of the member of staff behind the key."""

    quote_id: UUID
    kind: str
    granted: bool
    role: str
    reason: str


async def open_approvals(session: AsyncSession, *, office: Office) -> Sequence[OpenApproval]:
    """Every exception that waits for somebody, the oldest first."""
    rows = await session.scalars(
        select(TierQuote).where(TierQuote.waits == "approval").order_by(TierQuote.created_at)
    )
    return [
        OpenApproval(row.id, kind, policy_of(office, row.policy).approved_by, row.created_at)
        for row in rows
        for kind, each in row.approvals.items()
        if each["state"] == ApprovalState.REQUESTED
    ]


async def decide_approval(
    session: AsyncSession, command: DecideApproval, *, office: Office, actor: Actor, now: datetime
) -> TierQuote:
    """Grant or refuse an exception; the last one granted lets the quote go to the client.

    Raises:
        QuoteNotFound: there is none.
        QuoteRefuses: this exception does not wait.
        ApproverWrong: another role approves it.
    """
    row = await tier_quotes.lock(session, command.quote_id)
    policy = policy_of(office, row.policy)
    if command.role != policy.approved_by:
        raise ApproverWrong(f"This is approved by a {policy.approved_by}.")
    entry = row.approvals.get(command.kind)
    if row.state != QuoteState.REQUESTED or not entry or entry["state"] != "requested":
        raise QuoteRefuses(f"No {command.kind} waits for an approval.", facts={"state": row.state})
    state = ApprovalState.GRANTED if command.granted else ApprovalState.REFUSED
    decided = {
        "state": state,
        "by": actor.name,
        "reason": command.reason,
        "at": now.isoformat(),
    }
    row.approvals = {**row.approvals, command.kind: decided}
    what = {"approval": command.kind, "decided": str(state)}
    if not command.granted:
        row.reason = "approval_refused"
        move(
            session,
            row,
            QuoteState.CLOSED,
            actor=actor,
            now=now,
            after=what,
            reason=command.reason,
        )
    elif all(each["state"] == ApprovalState.GRANTED for each in row.approvals.values()):
        _reckon_anew(row, policy, day_of(now, office.timezone))
        row.expires_at = now + timedelta(days=policy.answer_within_days)
        move(
            session,
            row,
            QuoteState.QUOTED,
            actor=actor,
            now=now,
            after=what,
            reason=command.reason,
        )
        await tell_client(session, row, COSTS, office=office, now=now)
    await kept(session, row)
    return row


def _reckon_anew(row: TierQuote, policy: TierPolicy, today: date) -> None:
    """Nobody pays for the days that an approval took: the client has not been told a price yet.

    Where the facts give no price any more, the old one stays, and is found stale at the yes.
    """
    asked = asked_of(row.asked)
    if today <= asked.on:
        return
    again = replace(asked, on=today)
    found = quote(policy, account_in(row), again)
    if found.outcome is Outcome.QUOTED and set(found.approvals) <= set(row.approvals):
        row.asked, row.quote, row.requested_on = asked_as_json(again), quote_as_json(found), today
