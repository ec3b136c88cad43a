"""What a failure of the database means to the caller, so that none of them is a bare 500."""

from traceback import walk_tb
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.web.refusals import Refusal, StoreRefused, Unavailable, ValueNotStorable

_log = structlog.get_logger(__name__)

# Serialisation, deadlock, lock and statement timeouts: the same request may well succeed later.
_BUSY: Final = frozenset({"40001", "40P01", "55P03", "57014"})
# Connection lost or refused, resources exhausted, shutting down or starting up.
_AWAY: Final = ("08", "53", "57P")


def refusal_for(error: Exception) -> Refusal | None:
    """The refusal to answer an error with, or None where it is a fault of our own.

    A value that cannot be kept and a constraint that held are answered as the caller's, but
    logged as a warning: a rule above the database should have said so first.
    """
    state = _sqlstate(error)
    if state in _BUSY:
        return Unavailable("Others are changing the same thing; try again.")
    if is_away(error):
        _log.warning("database away", error=type(error).__name__, sqlstate=state)
        return Unavailable()
    if state.startswith("23"):
        _log.warning("the database refused a change", sqlstate=state, exc_info=error)
        return StoreRefused("Something stored already stands against this.")
    if state.startswith("22"):
        _log.warning("the database could not keep a value", sqlstate=state, exc_info=error)
        return ValueNotStorable("A value is outside what can be kept.")
    return None


def is_away(error: Exception) -> bool:
    """Whether the database cannot be reached, or will not work for anybody now."""
    state = _sqlstate(error)
    if isinstance(error, PoolTimeout) or state.startswith(_AWAY):
        return True
    if isinstance(error, DBAPIError):
        # Where the connection broke there is no word of Postgres.
        return bool(error.connection_invalidated) or not state
    # A refused or missing socket is a plain OSError: it is the database's where the driver met it.
    return isinstance(error, OSError) and any(
        str(frame.f_globals.get("__name__", "")).startswith("asyncpg.")
        for frame, _ in walk_tb(error.__traceback__)
    )


def _sqlstate(error: Exception) -> str:
    # While connecting, the driver's own errors come through; later SQLAlchemy wraps them.
    raised = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(raised, "sqlstate", None) or "")
