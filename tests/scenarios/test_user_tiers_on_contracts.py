"""Diaries of changes of users whose client has a contract, or has none."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import URL, text

from app.db.ids import new_id
from tests.api.contracting import stored_client
from tests.tiered import Tiered, tiered_on, usd

USERS = {"product": "user-tiers", "title": "1-10 Users", "quantity": 1}


@pytest.fixture
async def tiered(database_url: URL) -> AsyncIterator[Tiered]:
    async with tiered_on(database_url) as tiered:
        yield tiered


async def a_client(tiered: Tiered) -> str:
    sessions = tiered.world.sessions
    return str(await stored_client(sessions, "Harbour Realty (sample)", timezone="UTC"))


async def a_contract(tiered: Tiered, client_id: str, order_ref: str = "PROP-9") -> str:
    body = {
        "client_id": client_id,
        "currency": "USD",
        "billing_period": "month",
        "anchor": "1",
        "starts_on": "2026-12-01",
        "ends_on": "2027-11-30",
        "renewal": "manual",
        "order_ref": order_ref,
        "lines": [{**USERS, "unit_price": usd("349.95")}],
    }
    answer = await tiered.call("POST", "/v1/contracts", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def got(tiered: Tiered, path: str) -> Any:
    answer = await tiered.call("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def has(tiered: Tiered, client_id: str, on: str) -> list[str]:
    found = await got(tiered, f"/v1/clients/{client_id}/entitlements?on={on}")
    return [each["title"] for each in found["items"]]


async def test_a_rise_is_on_the_contract_and_charged_once(tiered: Tiered) -> None:
    # Tuesday 1 December - a year of 1-10 users at 349.95
    client_id = await a_client(tiered)
    contract = await a_contract(tiered, client_id)
    account = await tiered.account(client_id=client_id)

    # Sunday 6 December - they want 25, say yes, and 251.61 is charged to the card
    quote = await tiered.ask(account, 25)
    done = await tiered.act(quote, "accept")
    assert done["state"] == "confirmed"
    assert [charge["amount"] for charge in tiered.charges()] == ["25161"]

    # The same transaction has written it on the contract, under the quote's reference
    told = done["application"]["contract"]
    assert (told["written"], told["contract_id"]) == (True, contract)
    story = (await got(tiered, f"/v1/contracts/{contract}/timeline"))["items"]
    ours = [each for each in story if each["change_id"] == told["change_id"]]
    assert {each["on"] for each in ours} == {"2026-12-06", "2027-01-01"}  # served, and billed
    assert {each["state"] for each in ours} == {"in_force"}
    assert any("21-25 Users" in each["text"] for each in ours)
    assert await has(tiered, client_id, "2026-12-05") == ["1-10 Users"]
    assert await has(tiered, client_id, "2026-12-06") == ["21-25 Users"]

    # The contract bills the new price from 1 January on, and nothing for December
    bills = (await got(tiered, f"/v1/contracts/{contract}/bills?from=2026-12-02&count=2"))["items"]
    assert [(bill["due_on"], bill["total"]["amount"]) for bill in bills] == [
        ("2027-01-01", "649.95"),
        ("2027-02-01", "649.95"),
    ]


async def test_changes_of_one_cycle_follow_each_other_on_the_contract(tiered: Tiered) -> None:
    # Sunday 6 December - 25 users, and the same morning 30: both are charged, 251.61 and 83.87
    client_id = await a_client(tiered)
    contract = await a_contract(tiered, client_id)
    account = await tiered.account(client_id=client_id)
    for users in (25, 30):
        await tiered.mails()
        done = await tiered.act(await tiered.ask(account, users), "accept")
        assert (done["state"], done["application"]["contract"]["written"]) == ("confirmed", True)
    assert [charge["amount"] for charge in tiered.charges()] == ["25161", "8387"]
    assert await has(tiered, client_id, "2026-12-06") == ["26-30 Users"]

    # Sunday 20 December - five users fewer, from the next bill on; until then all stays
    await tiered.at(tiered.world.clock.at.replace(day=20))
    fewer = await tiered.ask(account, 25)
    assert (await tiered.act(fewer, "accept"))["state"] == "charged"
    assert await has(tiered, client_id, "2026-12-31") == ["26-30 Users"]

    # Friday 1 January - it is applied, and a downgrade on the contract
    await tiered.at(datetime(2027, 1, 1, 9, 0, tzinfo=UTC))
    told = (await tiered.quote(fewer))["application"]["contract"]
    assert told["written"]
    story = (await got(tiered, f"/v1/contracts/{contract}/timeline"))["items"]
    ours = [each for each in story if each["change_id"] == told["change_id"]]
    assert {(each["on"], each["state"]) for each in ours} == {("2027-01-01", "in_force")}
    assert await has(tiered, client_id, "2026-12-31") == ["26-30 Users"]
    assert await has(tiered, client_id, "2027-01-01") == ["21-25 Users"]
    bills = (await got(tiered, f"/v1/contracts/{contract}/bills?from=2026-12-02&count=2"))["items"]
    assert [(bill["due_on"], bill["total"]["amount"]) for bill in bills] == [
        ("2027-01-01", "649.95"),
        ("2027-02-01", "649.95"),
    ]


async def test_where_no_contract_can_be_named_the_quote_says_so(tiered: Tiered) -> None:
    # A client without a contract: the users are sold, and the quote tells
    client_id = await a_client(tiered)
    account = await tiered.account(client_id=client_id)
    done = await tiered.act(await tiered.ask(account, 25), "accept")
    assert done["state"] == "confirmed"
    assert done["application"]["contract"] == {"written": False, "why": "no_contract"}

    # Two contracts that both have users: nobody guesses
    first, second = [await a_contract(tiered, client_id, ref) for ref in ("PROP-1", "PROP-2")]
    await tiered.mails()
    done = await tiered.act(await tiered.ask(account, 26), "accept")
    assert done["application"]["contract"] == {"written": False, "why": "several_contracts"}
    for contract in (first, second):
        story = (await got(tiered, f"/v1/contracts/{contract}/timeline"))["items"]
        assert [each for each in story if each["change_id"]] == []

    # An account of a client that nobody knows is not taken
    body = {"ref": "X", "account": (await got(tiered, f"/v1/tier-accounts/{account}"))["account"]}
    refused = await tiered.call("POST", "/v1/tier-accounts", {**body, "client_id": str(new_id())})
    assert refused.json()["code"] == "client_not_found"


async def test_a_contract_that_refuses_holds_up_nothing(tiered: Tiered) -> None:
    # A contract whose lines take no users, whatever the reason
    client_id = await a_client(tiered)
    contract = await a_contract(tiered, client_id)
    account = await tiered.account(client_id=client_id)
    async with tiered.world.sessions.begin() as session:
        await session.execute(
            text("ALTER TABLE contract_lines ADD CONSTRAINT cheap CHECK (unit_price_minor < 40000)")
        )

    # They have paid and have their users: the quote is confirmed, and says what is missing
    quote = await tiered.ask(account, 25)
    done = await tiered.act(quote, "accept")
    assert done["state"] == "confirmed"
    assert done["application"]["contract"] == {
        "written": False,
        "why": "refused",
        "contract_id": contract,
        "detail": "The contract's lines as they stand leave no place for it.",
    }
    assert len(tiered.charges()) == len(tiered.site_changes()) == 1

    # Support's room is told, and the contract is as it was
    (said,) = [each["text"] for each in tiered.world.effects("google_chat")]
    assert "Not written on the contract" in said
    assert await has(tiered, client_id, "2026-12-31") == ["1-10 Users"]
    story = (await got(tiered, f"/v1/contracts/{contract}/timeline"))["items"]
    assert [each for each in story if each["change_id"]] == []
