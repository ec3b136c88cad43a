"""Engines and sessions, and the raw connection that the queue listens on."""

import asyncio
from typing import Any

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import AsyncAdaptedQueuePool, PoolProxiedConnection

from app.db.driver import drop_closed, hear_the_time, told_as_everywhere

SCHEMES = frozenset({"postgres", "postgresql", "postgresql+asyncpg"})
LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "30s"
# A process that was stopped in the middle of a transaction holds its locks no longer than this:
# others wait for them while they take over what it had in hand.
IDLE_IN_TRANSACTION_TIMEOUT = "8s"
CONNECT_TIMEOUT_S = 10
# What a page read by itself costs beside one read in a row. Postgres' own 4 is that of a turning
# disk: by it, a batch of thousands looked up by their ids is found by reading the whole table.
RANDOM_PAGE_COST = "1.1"


class DatabaseUrlInvalid(ValueError):
    """Not the address of a Postgres database; the text never repeats it (it holds a password)."""


def database_url(text: str) -> URL:
    """Read an operator's address of a database into the driver's form.

    Args:
        text: `postgresql://`, `postgres://` or `postgresql+asyncpg://`; libpq's `sslmode` is taken.

    Raises:
        DatabaseUrlInvalid: It is not such an address.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise DatabaseUrlInvalid("It is not the address of a database.") from None
    if url.drivername not in SCHEMES:
        raise DatabaseUrlInvalid("It must begin with postgresql://.")
    query = dict(url.query)
    if "sslmode" in query:
        # asyncpg calls it `ssl`, and takes libpq's own words as values.
        query["ssl"] = query.pop("sslmode")
    return url.set(drivername="postgresql+asyncpg", query=query)


class _Pool(AsyncAdaptedQueuePool):
    """Tells that a connection was lost as it was opened: the toolkit lets the driver say it."""

    # What it logs is the toolkit's own, and as quiet.
    _sqla_logger_namespace = "sqlalchemy.pool.AsyncAdaptedQueuePool"

    def connect(self) -> PoolProxiedConnection:
        """A connection, as ever."""
        with told_as_everywhere():
            return super().connect()


def make_engine(
    url: URL | str,
    *,
    pool_size: int = 10,
    more_at_peaks: int | None = None,
    application_name: str = "changeover",
    asks_first: bool = True,
) -> AsyncEngine:
    """An engine whose connections give up on locks and runaway statements.

    Args:
        url: Address of the database.
        pool_size: Connections kept.
        more_at_peaks: How many more may be opened, and are closed when they are given back; as many
            again, unless it is said.
        application_name: What `pg_stat_activity` shows.
        asks_first: Whether a kept connection is asked if it still lives before it is used, which
            takes three round trips. Without it, the caller tries again on a lost connection.
    """
    engine = create_async_engine(
        database_url(url) if isinstance(url, str) else url,
        poolclass=_Pool,
        pool_size=pool_size,
        max_overflow=pool_size if more_at_peaks is None else more_at_peaks,
        pool_pre_ping=asks_first,
        connect_args={
            "server_settings": _server_settings(application_name),
            "timeout": CONNECT_TIMEOUT_S,
        },
    )
    hear_the_time(engine)
    if not asks_first:
        drop_closed(engine)
    return engine


def make_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions whose objects stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


async def connect_raw(url: URL | str, *, application_name: str = "changeover queue") -> Any:
    """An asyncpg connection outside the pool: it listens for notifications as long as it lives."""
    address = database_url(url) if isinstance(url, str) else url
    _, arguments = PGDialect_asyncpg().create_connect_args(address)  # type: ignore[no-untyped-call]
    options: dict[str, Any] = {
        name: value for name, value in arguments.items() if not name.startswith("prepared_")
    }
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        return await asyncpg.connect(
            **options, server_settings={"application_name": application_name, "timezone": "UTC"}
        )


# Postgres' words for: two transactions met, and trying again apart from one another helps.
_MET_ANOTHER = frozenset({"40001", "40P01", "55P03"})


def met_another(fault: DBAPIError) -> bool:
    """Whether a statement failed on another transaction: a deadlock, or a lock not to be had."""
    return getattr(fault.orig, "sqlstate", None) in _MET_ANOTHER


def lost_connection(fault: Exception) -> bool:
    """Whether a statement failed because its connection was gone; the pool has new ones by then."""
    return isinstance(fault, DBAPIError) and fault.connection_invalidated


# Postgres' classes of errors for: the connection broke, no room for another, the server goes down.
_WENT_AWAY = ("08", "53", "57P")


# And those of the data: a value that cannot be, a constraint that refuses.
_OF_THE_DATA = ("22", "23")


def went_away(fault: Exception) -> bool:
    """Whether the database could not be reached, or went while it was asked.

    What a statement did wrong is none of this: it would do the same again.
    """
    if isinstance(fault, DBAPIError):
        # Where the connection broke there is no word of Postgres.
        state: str | None = getattr(fault.orig, "sqlstate", None)
        return fault.connection_invalidated or state is None or state.startswith(_WENT_AWAY)
    return isinstance(fault, PoolTimeout | OSError)


def is_of_the_database(fault: Exception) -> bool:
    """Whether a failure says nothing of what was at hand: the database was away, or busy."""
    if isinstance(fault, DBAPIError):
        state = str(getattr(fault.orig, "sqlstate", ""))
        return not state.startswith(_OF_THE_DATA)
    return isinstance(fault, PoolTimeout | OSError)


def _server_settings(application_name: str) -> dict[str, str]:
    return {
        "application_name": application_name,
        "timezone": "UTC",
        "lock_timeout": LOCK_TIMEOUT,
        "statement_timeout": STATEMENT_TIMEOUT,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT,
        "random_page_cost": RANDOM_PAGE_COST,
    }
