"""What time does to changes of users: they expire, begin on their day, are told of when stuck."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import TierQuote
from app.domain.calendar import day_of
from app.domain.tiers.flow import ApplyState, QuoteState
from app.services.office import Office
from app.services.tier_effects import TIERS, alert
from app.services.tier_rows import kept, move
from app.services.tier_steps import begin_applying

BATCH = 100
LONGEST_UNDER_WAY = timedelta(minutes=15)
"""A yes that is not charged, or a charge that is not applied, is told of after this long."""


async def expire_quotes(session: AsyncSession, *, office: Office, now: datetime) -> int:
    """Let go of quotes to which nobody said yes in time; return how many."""
    rows = list(
        await session.scalars(
            select(TierQuote)
            .where(TierQuote.state == QuoteState.QUOTED, TierQuote.expires_at <= now)
            .order_by(TierQuote.expires_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
    )
    for row in rows:
        move(session, row, QuoteState.EXPIRED, actor=TIERS, now=now)
        await kept(session, row)
    return len(rows)


async def apply_due(session: AsyncSession, *, office: Office, now: datetime) -> int:
    """Begin what waited for its day, such as a decrease for the next billing date."""
    rows = list(
        await session.scalars(
            select(TierQuote)
            .where(
                TierQuote.state == QuoteState.CHARGED,
                TierQuote.application["state"].astext == ApplyState.SCHEDULED,
                TierQuote.apply_on <= day_of(now, office.timezone),
            )
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
    )
    for row in rows:
        await begin_applying(session, row, office=office, now=now)
        await kept(session, row)
    return len(rows)


async def tell_of_stuck(session: AsyncSession, *, office: Office, now: datetime) -> int:
    """Tell of what was accepted or charged and goes on no more; each once."""
    long_ago = now - LONGEST_UNDER_WAY
    yesterday = day_of(now - timedelta(days=1), office.timezone)
    rows = list(
        await session.scalars(
            select(TierQuote)
            .where(
                TierQuote.alerted_at.is_(None),
                or_(
                    (TierQuote.state == QuoteState.ACCEPTED) & (TierQuote.answered_at <= long_ago),
                    (TierQuote.state == QuoteState.CHARGED)
                    & (TierQuote.charged_at <= long_ago)
                    & (TierQuote.apply_on.is_(None) | (TierQuote.apply_on < yesterday)),
                    (TierQuote.state == QuoteState.APPLIED) & (TierQuote.applied_at <= long_ago),
                ),
            )
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
    )
    for row in rows:
        detail = f"It has been {row.state} for more than 15 minutes and goes on no more."
        await alert(session, row, detail, office=office, now=now)
        await kept(session, row)
    return len(rows)
