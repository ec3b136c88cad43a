"""Changes of users over HTTP, for tests: asked for out of contract, and acted on."""

from datetime import UTC, datetime
from typing import Any

import httpx

from tests.builders import office
from tests.tiered import EVIDENCE, usd

__all__ = ["BY_HAND", "EVIDENCE", "NOW", "act", "ask", "usd", "wanting"]

NOW = datetime(2026, 12, 6, 9, 0, tzinfo=UTC)
BY_HAND = office(connected=frozenset(), timezone="UTC")


def wanting(users: int = 25, **changes: Any) -> dict[str, Any]:
    """A request out of contract; `changes` go into the account."""
    account: dict[str, Any] = {
        "pricing": "legacy",
        "idx_only": False,
        "band": {"from": 1, "to": 10},
        "price": usd("349.95"),
        "started": {"band": {"from": 1, "to": 10}, "price": usd("349.95"), "discounted": False},
        "bands_used": 1,
        "cap_offered_in_writing": False,
        "contract": None,
        "next_billing_on": "2027-01-01",
        "billing_period": "month",
        "site": {"database": "db-7", "site_id": "site-42"},
        **changes,
    }
    return {"account": account, "requested_users": users, "requested_on": "2026-12-06"}


async def ask(caller: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    answer = await caller.post("/v1/tier-quotes", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def act(
    caller: httpx.AsyncClient, quote: dict[str, Any], action: str, body: Any = None
) -> dict[str, Any]:
    answer = await caller.post(f"/v1/tier-quotes/{quote['id']}/{action}", json=body or {})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made
