"""Changes of users over HTTP: carried out by people, taken back, never overlooked."""

from datetime import UTC, datetime, timedelta

import httpx

from app.domain.delivery import System
from app.services.tier_sweeps import apply_due, tell_of_stuck
from tests.api.conftest import Service
from tests.api.tier_asking import BY_HAND, EVIDENCE, NOW, act, ask, usd, wanting
from tests.builders import office


async def test_from_yes_to_recap_by_hand(caller: httpx.AsyncClient, by_hand: Service) -> None:
    # given
    found = await ask(caller, wanting(25))

    # when the client is told and says yes
    told = await act(caller, found, "tell-by-hand", {"evidence": EVIDENCE})
    yes = await act(caller, found, "accept")

    # then the card is charged by a person, with proof
    assert told["waits_for"] == []
    assert yes["state"] == "accepted"
    assert [each["code"] for each in yes["waits_for"]] == ["charge_by_hand"]
    charged = await act(
        caller, found, "charge-by-hand", {"evidence": EVIDENCE, "card": "Visa 4242"}
    )
    assert charged["state"] == "charged"
    assert [each["code"] for each in charged["waits_for"]] == ["apply_by_hand"]
    assert "Charged 251.61 USD for 6 to 31 December 2026" in charged["application"]["note"]

    # and nobody overlooks that it is not applied yet
    (stuck,) = (await caller.get("/v1/stuck")).json()["oldest_quotes"]
    assert (stuck["id"], stuck["why"]) == (found["id"], "apply_by_hand")
    assert (await caller.get("/v1/stuck")).json()["quotes"] == {"apply_by_hand": 1}
    metrics = (await caller.get("/metrics")).text
    assert 'changeover_tier_quotes_waiting{why="apply_by_hand"} 1.0' in metrics

    # and the limit is set on the right site only
    for wrong in ({"database": "db-8"}, {"site_id": "site-43"}):
        body = {"database": "db-7", "site_id": "site-42", "evidence": EVIDENCE, **wrong}
        refused = await caller.post(f"/v1/tier-quotes/{found['id']}/apply-by-hand", json=body)
        assert refused.status_code == 422
        assert refused.json()["code"] == "site_mismatch"
    body = {"database": "db-7", "site_id": "site-42", "evidence": EVIDENCE}
    applied = await act(caller, found, "apply-by-hand", body)
    assert applied["state"] == "applied"
    assert "251.61 USD to your Visa 4242" in applied["to_tell"]["text"]
    assert "649.95 USD a month, from Friday 1 January 2027" in applied["to_tell"]["text"]

    # and the recap ends it
    confirmed = await act(caller, found, "tell-by-hand", {"evidence": EVIDENCE})
    assert confirmed["state"] == "confirmed"
    assert confirmed["waits_for"] == []
    assert (await caller.get("/v1/stuck")).json()["count"] == 0
    again = await caller.post(f"/v1/tier-quotes/{found['id']}/accept", json={})
    assert again.status_code == 409
    assert again.json()["code"] == "tier_quote_state_refuses"


async def test_nothing_is_charged_before_the_yes_and_never_twice(caller: httpx.AsyncClient) -> None:
    found = await ask(caller, wanting(25))
    path = f"/v1/tier-quotes/{found['id']}/charge-by-hand"

    early = await caller.post(path, json={"evidence": EVIDENCE})
    await act(caller, found, "accept")
    await act(caller, found, "charge-by-hand", {"evidence": EVIDENCE})
    twice = await caller.post(path, json={"evidence": EVIDENCE})

    assert (early.status_code, twice.status_code) == (409, 409)


async def test_a_decrease_waits_for_the_next_billing_date(
    caller: httpx.AsyncClient, by_hand: Service
) -> None:
    found = await ask(caller, wanting(20, band={"from": 21, "to": 25}, price=usd("799.95")))

    yes = await act(caller, found, "accept")

    assert (yes["state"], yes["charge"]["state"]) == ("charged", "nothing")
    assert (yes["application"]["state"], yes["apply_on"]) == ("scheduled", "2027-01-01")
    assert yes["waits_for"] == []
    async with by_hand.sessions.begin() as session:
        late = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
        assert await apply_due(session, office=BY_HAND, now=late) == 0
        assert await apply_due(session, office=BY_HAND, now=late + timedelta(minutes=1)) == 1
    got = (await caller.get(f"/v1/tier-quotes/{found['id']}")).json()
    assert [each["code"] for each in got["waits_for"]] == ["apply_by_hand"]


async def test_a_decrease_that_waits_for_its_day_can_be_taken_back(
    caller: httpx.AsyncClient,
) -> None:
    found = await ask(caller, wanting(20, band={"from": 21, "to": 25}, price=usd("799.95")))
    await act(caller, found, "accept")

    assert (await act(caller, found, "decline"))["state"] == "declined"


async def test_a_declined_quote_is_over(caller: httpx.AsyncClient) -> None:
    found = await ask(caller, wanting(25))

    declined = await act(caller, found, "decline", {"reason": "Too dear."})
    late = await caller.post(f"/v1/tier-quotes/{found['id']}/accept", json={})

    assert declined["state"] == "declined"
    assert late.status_code == 409


async def test_a_no_after_the_yes_counts_until_something_is_charged(
    caller: httpx.AsyncClient,
) -> None:
    open_ = await ask(caller, wanting(25))
    paid = await ask(caller, wanting(25, site={"database": "db-7", "site_id": "site-43"}))
    for found in (open_, paid):
        await act(caller, found, "accept")
    await act(caller, paid, "charge-by-hand", {"evidence": EVIDENCE})

    assert (await act(caller, open_, "decline"))["state"] == "declined"
    refused = await caller.post(f"/v1/tier-quotes/{paid['id']}/decline", json={})
    assert refused.status_code == 409


async def test_charged_and_not_applied_is_in_the_list_and_told_of(
    caller: httpx.AsyncClient, by_hand: Service
) -> None:
    found = await ask(caller, wanting(25))
    await act(caller, found, "accept")
    await act(caller, found, "charge-by-hand", {"evidence": EVIDENCE})

    waiting = (await caller.get("/v1/tier-quotes?waiting=true&state=charged")).json()["items"]
    assert [each["id"] for each in waiting] == [found["id"]]
    chatty = office(connected=frozenset({System.CHAT}), timezone="UTC")
    async with by_hand.sessions.begin() as session:
        soon, late = NOW + timedelta(minutes=14), NOW + timedelta(minutes=15)
        assert await tell_of_stuck(session, office=chatty, now=soon) == 0
        assert await tell_of_stuck(session, office=chatty, now=late) == 1
        assert await tell_of_stuck(session, office=chatty, now=late) == 0
    sent = (await caller.get(f"/v1/deliveries?quote_id={found['id']}")).json()["items"]
    assert [(each["kind"], each["plan_id"]) for each in sent] == [("chat.post", None)]


async def test_what_gets_stuck_later_is_told_of_again(
    caller: httpx.AsyncClient, by_hand: Service
) -> None:
    found = await ask(caller, wanting(25))
    await act(caller, found, "accept")
    async with by_hand.sessions.begin() as session:
        assert await tell_of_stuck(session, office=BY_HAND, now=NOW + timedelta(minutes=20)) == 1
    await act(caller, found, "charge-by-hand", {"evidence": EVIDENCE})

    async with by_hand.sessions.begin() as session:
        assert await tell_of_stuck(session, office=BY_HAND, now=NOW + timedelta(minutes=40)) == 1
    trail = (await caller.get("/v1/audit?action=tier_quote.stuck")).json()["items"]
    assert len(trail) == 2
