"""Vendors' budgets, shared by all workers: buckets in rows, taken from by conditional updates."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Boolean, Float, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.pacing import Limit, wait_for_token

_FRESH = (
    "CASE WHEN :daily THEN CASE WHEN date_trunc('day', b.filled_at, 'UTC')"
    " < date_trunc('day', clock_timestamp(), 'UTC') THEN :burst ELSE b.level END"
    " ELSE least(:burst, b.level + :rate"
    " * greatest(0, extract(epoch FROM clock_timestamp() - b.filled_at)::float8)) END"
)

# One statement: whoever waits for the row sees it as the one before left it.
_TAKE = text(
    "INSERT INTO vendor_budgets AS b (name, level, filled_at)"  # noqa: S608
    " VALUES (:name, :burst - :cost, clock_timestamp())"
    f" ON CONFLICT (name) DO UPDATE SET level = {_FRESH} - :cost, filled_at = clock_timestamp()"
    f" WHERE {_FRESH} - :cost >= :least RETURNING level"
).bindparams(
    *[bindparam(name, type_=Float) for name in ("burst", "rate", "cost", "least")],
    bindparam("daily", type_=Boolean),
)

# As after a queue that takes this long: nobody else asks the vendor meanwhile.
_DRAIN = text(
    "UPDATE vendor_budgets SET level = least(level, -:rate * :wait_s),"
    " filled_at = clock_timestamp(), left_alone_until = greatest(left_alone_until,"
    " clock_timestamp() + make_interval(secs => :wait_s)) WHERE name = :name"
).bindparams(bindparam("rate", type_=Float), bindparam("wait_s", type_=Float))

_LEFT_ALONE = text(
    "SELECT EXISTS (SELECT FROM vendor_budgets"
    " WHERE name = ANY(:names) AND left_alone_until > clock_timestamp())"
)

Buckets = Sequence[tuple[str, Limit]]
"""Buckets by their names; always in the same order, in which they are locked."""

NO_FLOOR = float("-inf")


async def take(session: AsyncSession, buckets: Buckets, cost: int) -> timedelta | None:
    """Take tokens from all of an account's buckets, or from none.

    Tokens that are not there yet may be promised; whoever got a promise waits for it and does not
    ask again. So those that wait form a queue instead of a crowd.

    Args:
        session: Commits what was taken; the buckets stay locked until then.
        buckets: What the system is limited by.
        cost: Tokens.

    Returns:
        How long until they are there, zero for at once; None where the queue is full.
    """
    longest = timedelta()
    for place, (name, limit) in enumerate(buckets):
        wanted = _wanted(limit, cost)
        level = await _taken(session, name, limit, wanted, least=-limit.debt)
        if level is None:
            # The rows are still locked by this transaction: what is put back is what was taken.
            await give_back(session, buckets[:place], cost)
            return None
        longest = max(longest, wait_for_token(level, limit))
    return longest


async def give_back(session: AsyncSession, buckets: Buckets, cost: int) -> None:
    """Put back what was taken for this price by somebody who does not ask the system after all."""
    for name, limit in buckets:
        await _taken(session, name, limit, -_wanted(limit, cost), least=NO_FLOOR)


async def spend(session: AsyncSession, buckets: Buckets, cost: int) -> None:
    """Write down what was asked of a system without waiting for it, be it more than there was."""
    for name, limit in buckets:
        await _taken(session, name, limit, cost, least=NO_FLOOR)


async def drain(session: AsyncSession, buckets: Buckets, wait: timedelta) -> None:
    """Let nobody ask a system for as long as it asked to be left alone."""
    for name, limit in buckets:
        if not limit.daily:
            values = {"name": name, "rate": limit.rate, "wait_s": wait.total_seconds()}
            await session.execute(_DRAIN, values)


async def left_alone(session: AsyncSession, buckets: Buckets) -> bool:
    """Whether a system has asked to be left alone for now."""
    names = [name for name, _ in buckets]
    return bool(await session.scalar(_LEFT_ALONE, {"names": names}))


def _wanted(limit: Limit, cost: int) -> int:
    """A bucket smaller than the price gives all that it can hold: else nothing would ever go."""
    return min(cost, limit.burst + int(limit.debt))


async def _taken(
    session: AsyncSession, name: str, limit: Limit, cost: int, *, least: float
) -> float | None:
    values = {
        "name": name,
        "burst": float(limit.burst),
        "rate": limit.rate,
        "daily": limit.daily,
        "cost": float(cost),
        "least": least,
    }
    level: float | None = await session.scalar(_TAKE, values)
    return level
