"""Doing something for the sake of knowing what it does: within a transaction, and taken back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession


@asynccontextmanager
async def rehearsal(session: AsyncSession) -> AsyncIterator[None]:
    """Take back whatever the body does, jobs and audit included; locks that it took stay.

    What was loaded is stale afterwards and is read anew, so a body hands out values, not rows.

    Args:
        session: The caller's; it may go on working with it.
    """
    savepoint = await session.begin_nested()
    try:
        yield
    finally:
        await savepoint.rollback()
        session.expunge_all()
