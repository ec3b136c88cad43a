"""PaymentIntents and the cards that are tried: most pay, some decline, some answer late."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..stage import Stage

CARD_DECLINED, NEEDS_HOLDER, LATE = "pm_card_declined", "pm_card_authentication", "pm_card_late"
"""Cards that do not simply pay: refused, to be confirmed by its holder, paid a moment later."""


@dataclass(slots=True)
class Intent:
    """One PaymentIntent."""

    id: str
    amount: int
    currency: str
    customer: str
    payment_method: str
    description: str
    metadata: dict[str, str]
    status: str
    created_at: datetime
    pays_at: datetime | None = None
    told: bool = False

    def view(self) -> dict[str, Any]:
        """As Stripe shows it, its latest charge expanded."""
        paid = self.status == "succeeded"
        card = {"brand": "visa", "last4": "4242"}
        charge = {
            "id": f"ch_{self.id[3:]}",
            "object": "charge",
            "payment_method_details": {"type": "card", "card": card},
        }
        return {
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_received": self.amount if paid else 0,
            "currency": self.currency,
            "customer": self.customer,
            "payment_method": self.payment_method,
            "description": self.description,
            "metadata": self.metadata,
            "status": self.status,
            "created": int(self.created_at.timestamp()),
            "latest_charge": charge if paid else None,
            "livemode": False,
        }


@dataclass(slots=True)
class Intents:
    """Every PaymentIntent, and what was answered under which key."""

    stage: Stage
    made: list[Intent] = field(default_factory=list)
    by_key: dict[str, tuple[str, int, dict[str, Any]]] = field(default_factory=dict)

    def make(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Create and confirm one; the status and body that Stripe answers."""
        prefix, number = "metadata[", self.stage.numbers.next()
        metadata = {k[len(prefix) : -1]: v for k, v in form.items() if k.startswith(prefix)}
        card, now = form["payment_method"], self.stage.clock.real_now()
        intent = Intent(
            id=f"pi_{number}",
            amount=int(form["amount"]),
            currency=form["currency"],
            customer=form["customer"],
            payment_method=card,
            description=form.get("description", ""),
            metadata=metadata,
            status="succeeded",
            created_at=now,
        )
        self.made.append(intent)
        if card == CARD_DECLINED:
            return 402, self._error(intent, "card_declined", "insufficient_funds")
        if card == NEEDS_HOLDER:
            return 402, self._error(intent, "authentication_required", "authentication_required")
        if card == LATE:
            intent.status = "processing"
            intent.pays_at = now + timedelta(seconds=self.stage.tuning.stripe_late_s)
        return 200, intent.view()

    def found(self, mark: str, value: str) -> list[Intent]:
        """Those whose metadata has this value, newest first."""
        return [each for each in reversed(self.made) if each.metadata.get(mark) == value]

    def pay_late(self) -> None:
        """Let those succeed whose time has come."""
        now = self.stage.clock.real_now()
        for intent in self.made:
            if intent.status == "processing" and intent.pays_at and intent.pays_at <= now:
                intent.status = "succeeded"

    def to_tell(self) -> list[Intent]:
        """Those that succeeded and of which nobody was told."""
        return [each for each in self.made if each.status == "succeeded" and not each.told]

    def _error(self, intent: Intent, code: str, decline: str) -> dict[str, Any]:
        intent.status = "requires_payment_method"
        return {
            "error": {
                "type": "card_error",
                "code": code,
                "decline_code": decline,
                "message": "The card was not charged.",
                "payment_intent": intent.view(),
            }
        }
