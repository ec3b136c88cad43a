"""How long the answers to idempotent requests are kept, and dropping those that are older."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models.idempotency import IdempotencyKey

KEPT_FOR = timedelta(days=7)


def outlived(now: datetime) -> ColumnElement[bool]:
    """The answers that are too old to be given again."""
    return IdempotencyKey.created_at <= now - KEPT_FOR


async def drop_outlived(session: AsyncSession, now: datetime) -> int:
    """Drop the answers that are too old; returns how many. The caller commits."""
    gone = await session.execute(
        delete(IdempotencyKey).where(outlived(now)).returning(IdempotencyKey.key)
    )
    return len(gone.all())
