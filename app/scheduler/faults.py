"""Which failures of a tick say nothing of what it worked on."""

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout


def is_of_the_database(fault: Exception) -> bool:
    """Whether a failure says nothing of the thing at hand: the database was away, or busy."""
    if isinstance(fault, IntegrityError):
        return False
    return isinstance(fault, DBAPIError | PoolTimeout | OSError)
