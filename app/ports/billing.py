"""Changes of clients' bills, made by somebody else: an automation that is asked for one each."""

from collections.abc import Mapping
from typing import Protocol


class BillingChanges(Protocol):
    """Whoever changes bills for us. Every method raises the errors of `app.ports.errors`."""

    async def submit(self, change: Mapping[str, object], *, key: str) -> None:
        """Ask for one change of a bill; that it was taken says nothing of its being made.

        Nobody can look a change up there, so one whose outcome is unknown is never asked for
        again: it is a person's. Its end is told by a call back.

        Args:
            change: The change as `docs/billing-hook.md` describes it, JSON-ready.
            key: The idempotency key of the effect, equal over all attempts of one delivery.
        """

    async def probe(self) -> str:
        """Say where changes are sent to (a hook can only be tried by changing a bill)."""
