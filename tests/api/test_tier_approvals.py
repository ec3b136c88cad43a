"""Exceptions of user tiers over HTTP: they wait for the team lead, who answers with a reason."""

from datetime import timedelta
from typing import Any

import httpx

from tests.api.conftest import Service
from tests.api.contracting import person_key
from tests.api.tier_asking import NOW, act, ask, usd, wanting
from tests.builders import calling


def capped() -> dict[str, Any]:
    return wanting(60, band={"from": 1, "to": 5}, price=usd("399.95"), cap_offered_in_writing=True)


async def waiting_for(caller: httpx.AsyncClient, quote: dict[str, Any]) -> Any:
    path = f"/v1/approvals?state=requested&subject_id={quote['id']}"
    return (await caller.get(path)).json()["items"]


async def decided(
    at: Service, approval: dict[str, Any], how: str, reason: str, *, role: str = "team_lead"
) -> httpx.Response:
    key = await person_key(at.sessions, role)
    async with calling(at.app, key) as person:
        return await person.post(f"/v1/approvals/{approval['id']}/{how}", json={"reason": reason})


async def test_nobody_is_asked_to_approve_what_the_client_declined(
    caller: httpx.AsyncClient,
) -> None:
    found = await ask(caller, capped())

    await act(caller, found, "decline")

    assert await waiting_for(caller, found) == []


async def test_a_capped_price_waits_for_the_team_lead(
    caller: httpx.AsyncClient, by_hand: Service
) -> None:
    # given
    found = await ask(caller, capped())
    assert (found["state"], found["approvals"]) == ("requested", ["capped_price"])
    early = await caller.post(f"/v1/tier-quotes/{found['id']}/accept", json={})
    assert (early.status_code, early.json()["code"]) == (409, "approval_missing")

    # when
    (waiting,) = await waiting_for(caller, found)
    assert (waiting["role"], waiting["facts"]["approvals"]) == ("team_lead", ["capped_price"])
    wrong = await decided(by_hand, waiting, "approve", "Me too.", role="support")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "not_the_approver")
    assert (await decided(by_hand, waiting, "approve", "In writing.")).status_code == 200
    again = await decided(by_hand, waiting, "approve", "In writing.")
    assert (again.status_code, again.json()["code"]) == (409, "decided_before")

    # then
    got = (await caller.get(f"/v1/tier-quotes/{found['id']}")).json()
    assert got["state"] == "quoted"
    assert got["decisions"]["capped_price"]["reason"] == "In writing."
    assert (await act(caller, found, "accept"))["state"] == "accepted"


async def test_a_refused_approval_ends_the_request_with_its_reason(
    caller: httpx.AsyncClient, by_hand: Service
) -> None:
    found = await ask(caller, capped())

    (waiting,) = await waiting_for(caller, found)
    assert (await decided(by_hand, waiting, "reject", "Never said.")).status_code == 200

    got = (await caller.get(f"/v1/tier-quotes/{found['id']}")).json()
    assert (got["state"], got["reason"]) == ("closed", "approval_refused")
    assert got["decisions"]["capped_price"]["reason"] == "Never said."


async def test_nobody_pays_for_the_days_that_an_approval_took(
    caller: httpx.AsyncClient, by_hand: Service
) -> None:
    found = await ask(caller, capped())
    assert found["prorated"]["days"] == 26

    by_hand.clock.at = NOW + timedelta(days=5)
    (waiting,) = await waiting_for(caller, found)
    assert (await decided(by_hand, waiting, "approve", "In writing.")).status_code == 200

    got = (await caller.get(f"/v1/tier-quotes/{found['id']}")).json()
    assert (got["prorated"]["days"], got["requested_on"]) == (21, "2026-12-11")
    assert got["expires_at"] == "2026-12-25T09:00:00Z"
