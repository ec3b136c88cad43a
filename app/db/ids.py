"""Ids that are sorted by when they were made, whichever host made them.

What was made first decides which of two effects is the older one, and hosts' clocks may be wrong:
ids are made by the database's own.
"""

import time
from datetime import datetime
from uuid import UUID

import uuid_utils

TOLERATED_S = 0.1
"""What clocks that are kept right differ by, more or less."""


class _Ahead:
    """By how many milliseconds the database's clock is ahead of this host's."""

    ms = 0


def follow(told: datetime, *, asked_at: float) -> None:
    """Make ids by the database's clock from now on, where this host's differs from it.

    A slow answer says less: that the difference is what it was may be all that is known of it.

    Args:
        told: The instant as the database has just told it, never one of the sandbox.
        asked_at: This host's time when it was asked, in seconds since 1970.
    """
    least, most = told.timestamp() - time.time(), told.timestamp() - asked_at
    if not least - TOLERATED_S <= _Ahead.ms / 1000 <= most + TOLERATED_S:
        _Ahead.ms = round(1000 * most)


def new_id() -> UUID:
    """A UUIDv7: unique, and sorted by the time it was made.

    Source: RFC 9562, section 5.7; its first 48 bits are milliseconds since 1970.
    """
    return UUID(int=uuid_utils.uuid7().int + (_Ahead.ms << 80))
