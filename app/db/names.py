"""Names that one transaction at a time holds: for what has no row yet, or not one alone."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def hold_name(session: AsyncSession, name: str) -> None:
    """Wait for whoever holds this name, and hold it until the transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
    )
