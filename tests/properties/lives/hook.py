"""The automation of a life that changes bills: it takes what it is asked for, and makes it."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.delivery import DeliveryKind
from tests.properties.lives.outside import Outside


@dataclass
class BillingHook:
    """Implements `BillingChanges`: whatever is asked twice is made twice."""

    outside: Outside

    async def submit(self, change: Mapping[str, object], *, key: str) -> None:
        """Make a change of a bill."""
        about = str(change["adjustment_id"])
        await self.outside.change(
            lambda: self.outside.took_effect(DeliveryKind.BILLING_SUBMIT, key, about)
        )

    async def probe(self) -> str:
        """Never asked in a life."""
        return "hook"
