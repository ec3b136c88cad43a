"""Changes of users that a person has to see to: nothing charged and not applied goes unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import TierQuote
from app.domain.tiers.flow import QuoteState

MOST_SHOWN: Final = 50
STANDS_STILL: Final = "stands_still"
"""Accepted, charged or applied long ago, and nobody is asked: `tell_of_stuck` has told of it."""

_UNDER_WAY: Final = (QuoteState.ACCEPTED, QuoteState.CHARGED, QuoteState.APPLIED)


@dataclass(frozen=True, slots=True)
class WaitingQuote:
    """A quote with what a person has to do for it, and since when it is where it is."""

    id: UUID
    state: str
    why: str
    since: datetime


def _waits() -> ColumnElement[bool]:
    # As the two partial indexes say it, so that they serve.
    still = and_(TierQuote.state.in_(_UNDER_WAY), TierQuote.alerted_at.is_not(None))
    return or_(TierQuote.waits.is_not(None), still)


_WHY: Final = func.coalesce(TierQuote.waits, literal(STANDS_STILL))
_SINCE: Final = func.coalesce(
    TierQuote.applied_at, TierQuote.charged_at, TierQuote.answered_at, TierQuote.created_at
)


async def waiting_quotes_counted(session: AsyncSession) -> Mapping[str, int]:
    """How many quotes wait for a person, by the code of what is to be done."""
    rows = await session.execute(select(_WHY, func.count()).where(_waits()).group_by(_WHY))
    return {row[0]: row[1] for row in rows}


async def oldest_waiting_quotes(session: AsyncSession) -> Sequence[WaitingQuote]:
    """Those of them that wait longest."""
    rows = await session.execute(
        select(TierQuote.id, TierQuote.state, _WHY, _SINCE)
        .where(_waits())
        .order_by(_SINCE, TierQuote.id)
        .limit(MOST_SHOWN)
    )
    return [WaitingQuote(*row) for row in rows]
