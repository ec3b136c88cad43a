"""Idempotency keys and markers of effects, made of facts: the same effect has the same, always.

A backup that is restored brings back plans that move again as they moved before. What they set
off then must carry the keys and markers of what was sent before, or nobody would recognise it.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

from app.domain.delivery import DeliveryKind


@dataclass(frozen=True, slots=True)
class Effect:
    """What an effect is, apart from when it happens to be written down.

    Attributes:
        plan_ref: Short name of its plan, or of the change of users that it belongs to.
        kind: What it does.
        occasion: What of the plan it concerns.
        live_on: The plan's live day at the time; a plan that is moved goes through its moments
            again.
        recipient: Whom an e-mail goes to; one to another address is another e-mail.
    """

    plan_ref: str
    kind: DeliveryKind
    occasion: str
    live_on: date | None = None
    recipient: str = ""

    @property
    def name(self) -> str:
        """Names the effect in sixteen plain letters and digits, whatever its occasion holds."""
        facts = (self.occasion, str(self.live_on), self.recipient.casefold())
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]

    @property
    def family(self) -> str:
        """What the keys of all its repetitions begin with."""
        return f"{self.plan_ref}/{self.kind}/{self.name}/"

    def key(self, nth: int) -> str:
        """Its idempotency key in the first generation.

        Args:
            nth: From 1: how often the plan has set off just this.
        """
        return f"{self.family}{nth}#1"

    def marker(self, nth: int) -> str:
        """What an e-mail is tagged with at the helpdesk: found again by it, in lower case."""
        word = str(self.kind).rsplit(".", 1)[-1]
        return f"{self.plan_ref}-{word}-{self.name[:8]}-{nth}".lower()


def family_of(key: str) -> str:
    """What the keys of all repetitions of an effect begin with, from one of them."""
    return key.split("#", 1)[0].rsplit("/", 1)[0] + "/"
