"""Accounts of user tiers over HTTP: what changes in them, or with time, makes quotes stale."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import httpx

from app.services.tier_sweeps import expire_quotes
from tests.api.conftest import Service
from tests.api.tier_asking import BY_HAND, EVIDENCE, NOW, act, ask, usd, wanting


async def test_fourteen_days_without_a_yes_let_it_expire(
    caller: httpx.AsyncClient, by_hand: Service
) -> None:
    found = await ask(caller, wanting(25, next_billing_on="2027-01-06"))
    assert found["expires_at"] == "2026-12-20T09:00:00Z"

    async with by_hand.sessions.begin() as session:
        before = NOW + timedelta(days=14, seconds=-1)
        assert await expire_quotes(session, office=BY_HAND, now=before) == 0
    by_hand.clock.at = NOW + timedelta(days=14)
    late = await caller.post(f"/v1/tier-quotes/{found['id']}/accept", json={})
    assert (late.status_code, late.json()["code"]) == (409, "tier_quote_expired")
    async with by_hand.sessions.begin() as session:
        assert await expire_quotes(session, office=BY_HAND, now=by_hand.clock.at) == 1
    assert (await caller.get(f"/v1/tier-quotes/{found['id']}")).json()["state"] == "expired"


async def test_a_quote_whose_inputs_changed_is_stale_and_quoted_again(
    caller: httpx.AsyncClient,
) -> None:
    found = await ask(caller, wanting(25))
    present = deepcopy(wanting(25)["account"])
    present["price"] = usd("379.95")

    stale = await act(caller, found, "accept", {"account": present})

    assert (stale["state"], stale["reason"]) == ("stale", "inputs_changed")
    again = (await caller.get(f"/v1/tier-quotes/{stale['superseded_by']}")).json()
    assert (again["state"], again["to"]["money"]) == ("quoted", usd("679.95"))


async def test_the_next_bill_makes_a_quote_stale(
    caller: httpx.AsyncClient, by_hand: Service
) -> None:
    found = await ask(caller, wanting(25, next_billing_on="2026-12-10"))
    by_hand.clock.at = datetime(2026, 12, 10, 0, 0, tzinfo=UTC)

    stale = await act(caller, found, "accept")

    again = (await caller.get(f"/v1/tier-quotes/{stale['superseded_by']}")).json()
    assert stale["state"] == "stale"
    # The facts are those of before the bill's day, which has come: nothing is charged for it.
    assert again["outcome"] == "quoted"
    assert again["prorated"] is None


async def test_two_open_quotes_of_one_site_are_not_both_carried_out(
    caller: httpx.AsyncClient,
) -> None:
    first, second = await ask(caller, wanting(15)), await ask(caller, wanting(25))
    await act(caller, first, "accept")

    assert (await act(caller, second, "accept"))["state"] == "stale"


async def test_a_stored_account_follows_what_was_sold(caller: httpx.AsyncClient) -> None:
    body = {
        "ref": "ACC-1042",
        "account": wanting()["account"],
        "client": {"name": "Harbour Realty (sample)", "email": "owner@harbour.example"},
    }
    account = (await caller.post("/v1/tier-accounts", json=body)).json()
    ask_it = {"account_id": account["id"], "requested_users": 15, "requested_on": "2026-12-06"}
    found = await ask(caller, ask_it)
    other = await ask(caller, {**ask_it, "requested_users": 25})
    await act(caller, found, "accept")
    await act(caller, found, "charge-by-hand", {"evidence": EVIDENCE})
    place = {"database": "db-7", "site_id": "site-42", "evidence": EVIDENCE}
    await act(caller, found, "apply-by-hand", place)

    after = (await caller.get(f"/v1/tier-accounts/{account['id']}")).json()
    stale = await act(caller, other, "accept")

    assert after["account"]["band"] == {"from": 11, "to": 15}
    assert after["account"]["price"] == usd("449.95")
    assert after["account"]["bands_used"] == 2
    assert stale["state"] == "stale"


async def test_an_account_is_replaced_by_its_version(caller: httpx.AsyncClient) -> None:
    body = {"ref": "ACC-1", "account": wanting()["account"]}
    made = await caller.post("/v1/tier-accounts", json=body)
    path = f"/v1/tier-accounts/{made.json()['id']}"
    changed = {"ref": "ACC-1", "account": wanting(price=usd("379.95"))["account"]}

    stale = await caller.put(path, json=changed, headers={"If-Match": '"9"'})
    fine = await caller.put(path, json=changed, headers={"If-Match": made.headers["ETag"]})
    taken = await caller.post("/v1/tier-accounts", json=body)

    assert (stale.status_code, fine.status_code, taken.status_code) == (412, 200, 409)
    assert fine.json()["account"]["price"] == usd("379.95")
    listed = (await caller.get("/v1/tier-accounts?ref=ACC-1")).json()["items"]
    assert [each["ref"] for each in listed] == ["ACC-1"]
