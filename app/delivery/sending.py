"""One attempt in hand: what is to be sent, and how far earlier attempts came."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.delivery import DeliveryKind


class LeaseLost(Exception):
    """Another worker has taken the delivery over; whatever this one did is not its to settle."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The effect happened; `result` keeps the vendor's ids."""

    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expired:
    """The effect would come too late, and was not carried out."""

    reason: str


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt at a delivery.

    Attributes:
        id: Of the delivery.
        kind: What it does.
        key: Its idempotency key, the same in all attempts.
        payload: The effect, frozen.
        progress: Vendor ids of steps that earlier attempts took.
        not_after: The instant at which it is too late.
        unsure: Whether an earlier attempt may have taken effect unseen.
        now: Asks the application's clock.
        remember: Keeps vendor ids of a step just taken, before the next; raises LeaseLost.
    """

    id: UUID
    kind: DeliveryKind
    key: str
    payload: Mapping[str, Any]
    progress: Mapping[str, Any]
    not_after: datetime | None
    unsure: bool
    now: Callable[[], Awaitable[datetime]]
    remember: Callable[[Mapping[str, Any]], Awaitable[None]]
