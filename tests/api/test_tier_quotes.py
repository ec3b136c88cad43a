"""Changes of users over HTTP: asked for, answered, carried out by hand, let go."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.db.models import TierQuote
from app.domain.delivery import System
from app.services.tier_sweeps import apply_due, expire_quotes, tell_of_stuck
from tests.api.conftest import Service
from tests.api.contracting import person_key
from tests.builders import FixedClock, Sessions, calling, make_service, office

NOW = datetime(2026, 12, 6, 9, 0, tzinfo=UTC)
BY_HAND = office(connected=frozenset(), timezone="UTC")
EVIDENCE = {"reference": "Billing, transaction 4711"}


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


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


@pytest.fixture
def by_hand(sessions: Sessions) -> Service:
    """The service with no outside system connected: everything is a person's."""
    clock = FixedClock(NOW)
    return Service(make_service(sessions, clock, at=BY_HAND), clock, sessions)


@pytest.fixture
async def caller(by_hand: Service) -> Any:
    async with calling(by_hand.app) as client:
        yield client


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


async def test_a_decrease_that_waits_for_its_day_can_be_taken_back(
    caller: httpx.AsyncClient,
) -> None:
    found = await ask(caller, wanting(20, band={"from": 21, "to": 25}, price=usd("799.95")))
    await act(caller, found, "accept")

    assert (await act(caller, found, "decline"))["state"] == "declined"


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
