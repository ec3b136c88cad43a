"""Subscribers: whoever asked to be told of events, each at an address of its own."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID


class Subscribers(Protocol):
    """The way to subscribers. Every method raises the errors of `app.ports.errors`."""

    async def post(self, hook_id: UUID, url: str, event: Mapping[str, object]) -> bool:
        """Post an event, signed with the subscription's secret.

        Args:
            hook_id: The subscription.
            url: Its address.
            event: JSON-ready; its `id` is equal in all attempts.

        Returns:
            False where the subscriber says that it is gone for good.
        """

    async def probe(self) -> str:
        """Say how events are sent (an address can only be tried by sending one)."""
