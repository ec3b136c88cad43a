"""Exceptions of a change of users: asked for with the request, granted or refused by their role."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import tier_quotes
from app.db.models import Approval, TierQuote
from app.domain.actor import Actor
from app.domain.approval import ApprovalNotFound, ApprovalState
from app.domain.calendar import day_of
from app.domain.tiers.documents import asked_as_json, asked_of, quote_as_json
from app.domain.tiers.flow import ApprovalState as Exceptional
from app.domain.tiers.flow import QuoteState
from app.domain.tiers.outcome import Outcome
from app.domain.tiers.policy import TierPolicy
from app.domain.tiers.quote import quote
from app.services.approvals import decide_approval, hold_approval
from app.services.office import Office
from app.services.tier_effects import tell_client
from app.services.tier_quotes import policy_of
from app.services.tier_rows import COSTS, account_in, kept, move


async def decide_on_quote(
    session: AsyncSession,
    approval_id: UUID,
    state: ApprovalState,
    reason: str | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Approval:
    """Grant or refuse the exceptions of a request; granted, it goes to the client with its price.

    Raises:
        ApprovalNotFound, DecidedBefore, NotTheApprover: see `decide_approval`.
    """
    known = await session.get(Approval, approval_id)
    if known is None:
        raise ApprovalNotFound("There is no approval with this id.")
    # The quote before the approval: the order of all locks.
    row = await tier_quotes.lock(session, known.subject_id)
    approval = await hold_approval(session, approval_id)
    await decide_approval(session, approval, state, reason, actor=actor, now=now)
    granted = state is ApprovalState.APPROVED
    decided = {
        "state": Exceptional.GRANTED if granted else Exceptional.REFUSED,
        "by": approval.decided_by,
        "reason": reason,
        "at": now.isoformat(),
    }
    row.approvals = dict.fromkeys(row.approvals, decided)
    what = {"approvals": sorted(row.approvals), "decided": decided["state"]}
    policy = policy_of(office, row.policy)
    if granted:
        _reckon_anew(row, policy, day_of(now, office.timezone))
        row.expires_at = now + timedelta(days=policy.answer_within_days)
    else:
        row.reason = "approval_refused"
    goes = QuoteState.QUOTED if granted else QuoteState.CLOSED
    move(session, row, goes, actor=actor, now=now, after=what, reason=reason)
    if granted:
        await tell_client(session, row, COSTS, office=office, now=now)
    await kept(session, row)
    return approval


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
