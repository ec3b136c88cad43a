"""Messages to the team's rooms."""

from typing import Protocol


class TeamChat(Protocol):
    """A chat system with named rooms. Every method raises the errors of `app.ports.errors`."""

    async def post(self, room: str, text: str, *, thread: str, key: str) -> str:
        """Post `text` to `room` in the thread named `thread`; return the message's ref.

        `key` is the idempotency key of the effect: the same key posts once.
        """

    def space_of(self, room: str) -> str:
        """What of the chat system the room is: rooms with the same one share a limit of calls."""

    async def probe(self) -> str:
        """Say which rooms are configured (an incoming webhook can only be tried by posting)."""
