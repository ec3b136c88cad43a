"""How a client's services are billed, kept with the agreement that told of it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from app.domain.billed_service import BilledService
from app.domain.money import Money
from app.domain.period import BillingPeriod, parse_anchor


def services_as_json(services: Iterable[BilledService]) -> list[dict[str, Any]]:
    """Billed services in the shape of the event: `client.services` of docs/api.md."""
    return [
        {
            "service": one.service,
            "price": money_as_json(one.price),
            "billing_period": str(one.period),
            "anchor": one.anchor.text(one.period),
            "paid_through": one.paid_through.isoformat() if one.paid_through else None,
        }
        for one in services
    ]


def services_from_json(rows: Iterable[dict[str, Any]]) -> tuple[BilledService, ...]:
    """The same, read back."""
    return tuple(
        BilledService(
            row["service"],
            money_from_json(row["price"]),
            BillingPeriod(row["billing_period"]),
            parse_anchor(row["anchor"], BillingPeriod(row["billing_period"])),
            date.fromisoformat(row["paid_through"]) if row["paid_through"] else None,
        )
        for row in rows
    )


def money_as_json(money: Money | None) -> dict[str, str] | None:
    """An amount in the API's shape."""
    return {"amount": f"{money.amount:f}", "currency": money.currency} if money else None


def money_from_json(row: dict[str, str] | None) -> Money | None:
    """An amount, read back from the API's shape."""
    return Money.of(row["amount"], row["currency"]) if row else None
