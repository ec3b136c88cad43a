"""Changes of users over HTTP: asked for, and answered with a price or why there is none."""

from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.db.models import TierQuote
from tests.api.tier_asking import act, ask, usd, wanting
from tests.builders import Sessions


async def test_a_quote_is_answered_in_the_shape_of_the_contract(caller: httpx.AsyncClient) -> None:
    found = await ask(caller, wanting(25))

    assert found["outcome"] == "quoted"
    assert found["reason"] is None
    assert found["from"] == {"band": "1-10", "money": usd("349.95")}
    assert found["to"] == {"band": "21-25", "money": usd("649.95")}
    assert found["effective_on"] == "2026-12-06"
    assert found["prorated"] == {
        "money": usd("251.61"),  # 300 x 26 / 31
        "days": 26,
        "of_days": 31,
        "from": "2026-12-06",
        "to": "2027-01-01",
    }
    assert found["approvals"] == []
    assert found["state"] == "quoted"
    assert len(found["steps"]) == 6
    assert found["description"] == "21-25 Users"
    assert found["waits_for"][0]["code"] == "tell_costs"
    assert "251.61 USD for 6 to 31 December 2026 (26 days)" in found["to_tell"]["text"]
    assert "1-10 Users at 349.95 USD a month" in found["to_tell"]["text"]
    got = (await caller.get(f"/v1/tier-quotes/{found['id']}")).json()
    assert got == found


@pytest.mark.parametrize(
    ("body", "outcome", "reason", "state"),
    [
        (wanting(0), "refused", "requested_too_few", "closed"),
        (wanting(-5), "refused", "requested_too_few", "closed"),
        (wanting(10**9), "needs_review", "requested_too_many", "requested"),
        (wanting(10), "unchanged", "same_band", "closed"),
        (
            wanting(25, next_billing_on="2026-12-01"),
            "needs_review",
            "billing_date_past",
            "requested",
        ),
        (wanting(25, contract={}), "needs_review", "contract_incomplete", "requested"),
        (wanting(46, pricing="growth"), "custom_pricing", "custom_pricing", "requested"),
        (
            wanting(
                5,
                band={"from": 6, "to": 10},
                price=usd("399.95"),
            ),
            "refused",
            "at_floor",
            "closed",
        ),
    ],
)
async def test_what_has_no_price_says_why(
    caller: httpx.AsyncClient, body: dict[str, Any], outcome: str, reason: str, state: str
) -> None:
    found = await ask(caller, body)

    assert (found["outcome"], found["reason"], found["state"]) == (outcome, reason, state)
    assert found["prorated"] is None
    assert bool(found["waits_for"]) == (state == "requested")


async def test_an_absent_contract_is_not_the_same_as_none(caller: httpx.AsyncClient) -> None:
    body = wanting(25)
    del body["account"]["contract"]

    assert (await ask(caller, body))["reason"] == "contract_unknown"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"pricing": "gold"}, "/account/pricing"),
        ({"price": usd("-1.00")}, "/account/price"),
        ({"price": usd("1.001")}, "/account/price"),
        ({"band": {"from": "1", "to": 10}}, "/account/band/from"),
        ({"next_billing_on": "tomorrow"}, "/account/next_billing_on"),
        ({"tariff": 1}, "/account/tariff"),
    ],
)
async def test_what_can_never_be_right_is_refused(
    caller: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    answer = await caller.post("/v1/tier-quotes", json=wanting(25, **change))

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_request_names_one_account(caller: httpx.AsyncClient) -> None:
    neither = await caller.post("/v1/tier-quotes", json={"requested_users": 5})
    nobody = {"account_id": "01900000-0000-7000-8000-000000000000", "requested_users": 5}

    assert neither.status_code == 422
    assert (await caller.post("/v1/tier-quotes", json=nobody)).status_code == 404


async def test_exceptions_come_with_the_request(caller: httpx.AsyncClient) -> None:
    body = wanting(15)
    body["exceptions"] = {
        "waive_prorated": "Angry, and long with us.",
        "courtesy_user": {"why": "roster_only", "reason": "The broker's name."},
    }
    body["unhappy"] = True
    found = await ask(caller, body)

    assert found["prorated"] is None
    assert found["waived"]["money"] == usd("83.87")
    assert found["limit"] == 16
    assert len(found["alternatives"]) == 3
    yes = await act(caller, found, "accept")
    assert (yes["state"], yes["charge"]["state"]) == ("charged", "waived")


async def test_a_second_sample_policy_needs_only_its_file(caller: httpx.AsyncClient) -> None:
    seats = {
        "policy": "seats",
        "account": {
            "pricing": "standard",
            "band": {"from": 5, "to": 5},
            "price": {"amount": "100.00", "currency": "EUR"},
            "contract": None,
            "next_billing_on": "2027-01-01",
        },
        "requested_users": 12,
        "requested_on": "2026-12-06",
    }

    found = await ask(caller, seats)

    assert (found["description"], found["to"]["money"]["amount"]) == ("12 Seats", "230.00")
    seats["policy"] = "nobody"
    assert (await caller.post("/v1/tier-quotes", json=seats)).status_code == 422


async def test_a_quote_is_not_made_twice_by_one_key(
    caller: httpx.AsyncClient, sessions: Sessions
) -> None:
    headers = {"Idempotency-Key": "ask-once"}
    for _ in range(2):
        await caller.post("/v1/tier-quotes", json=wanting(25), headers=headers)

    async with sessions() as session:
        assert len(list(await session.scalars(select(TierQuote)))) == 1
