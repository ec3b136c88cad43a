"""Ending sessions whose process stands still in the middle of a statement, with its locks held.

Postgres' own timeouts do not see them: between the two halves of a prepared statement a session is
neither idle nor running, and its connection stays up as long as its host answers.
"""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

STILL_FOR = timedelta(seconds=8)
"""As for a session that is idle in a transaction: others wait for its locks while they take over
what its process had in hand."""

# Of this service's own role and database only. Between its two halves a lawful statement waits for
# a millisecond; what is carried out, however long, does not wait for its client.
_END = text("""
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
      AND application_name LIKE 'changeover%'
      AND state = 'active' AND wait_event = 'ClientRead'
      AND greatest(state_change, xact_start) < clock_timestamp() - CAST(:still_for AS interval)
""")


async def end_standing_still(session: AsyncSession, *, still_for: timedelta = STILL_FOR) -> int:
    """End the sessions whose process has not sent the second half of its statement.

    Args:
        session: Any; what is ended is ended at once, whatever becomes of its transaction.
        still_for: For how long.

    Returns:
        How many there were.
    """
    return await session.scalar(_END, {"still_for": still_for}) or 0
