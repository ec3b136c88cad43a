"""Diaries of changes of users that people decide, or carry out: by hand, refused, waived, a no."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL

from tests.tiered import EVIDENCE, Tiered, tiered_on, usd

SITE = {"database": "db-7", "site_id": "site-42", "evidence": EVIDENCE}
PROVED = {"evidence": EVIDENCE}


@pytest.fixture
async def tiered(database_url: URL) -> AsyncIterator[Tiered]:
    async with tiered_on(database_url) as tiered:
        yield tiered


async def test_people_do_all_of_it_where_nothing_is_connected(database_url: URL) -> None:
    async with tiered_on(database_url, by_hand=True) as tiered:
        # Sunday 6 December - Support reads the costs off the quote, and writes to the client
        quote = await tiered.ask(await tiered.account(), 25)
        costs = await tiered.quote(quote)
        assert [each["code"] for each in costs["waits_for"]] == ["tell_costs"]
        assert "251.61 USD" in costs["to_tell"]["text"]
        assert await codes(tiered, quote, "tell-by-hand") == []

        # Yes: Billing charges the card, sets the users on the right site, sends the recap
        yes = await tiered.act(quote, "accept")
        assert [each["code"] for each in yes["waits_for"]] == ["charge_by_hand"]
        assert await codes(tiered, quote, "charge-by-hand") == ["apply_by_hand"]
        done = await tiered.act(quote, "apply-by-hand", SITE)
        assert [each["code"] for each in done["waits_for"]] == ["tell_recap"]
        assert await codes(tiered, quote, "tell-by-hand") == []

        # It is over, each step with its proof, and nothing has left the house by itself
        end = await tiered.quote(quote)
        assert end["state"] == "confirmed"
        for step in (end["charge"], end["application"], end["letters"]["recap"]):
            assert step["evidence"]["reference"] == "Billing, transaction 4711"
        assert (tiered.charges(), tiered.site_changes(), tiered.world.mails()) == ([], [], [])


async def codes(tiered: Tiered, quote: str, action: str) -> list[str]:
    """Do a step by hand; what is to be done then."""
    return [each["code"] for each in (await tiered.act(quote, action, PROVED))["waits_for"]]


async def test_a_refused_approval_ends_it_before_the_client_hears(tiered: Tiered) -> None:
    # A long-standing client wants 60 at the capped price; the team lead finds no written offer
    account = await tiered.account(
        band={"from": 1, "to": 5}, price=usd("399.95"), cap_offered_in_writing=True
    )
    quote = await tiered.ask(account, 60)
    assert await tiered.waits(quote) == ["approval"]

    await tiered.decide(quote, "reject", "There is no such letter.")

    closed = await tiered.quote(quote)
    assert (closed["state"], closed["reason"]) == ("closed", "approval_refused")
    assert closed["decisions"]["capped_price"]["reason"] == "There is no such letter."
    assert (await tiered.mails(), tiered.charges(), tiered.site_changes()) == ([], [], [])
    late = await tiered.call("POST", f"/v1/tier-quotes/{quote}/accept", {})
    assert (late.status_code, late.json()["code"]) == (409, "tier_quote_state_refuses")


async def test_the_client_says_no_and_stays_as_they_are(tiered: Tiered) -> None:
    account = await tiered.account()
    quote = await tiered.ask(account, 25)
    assert len(await tiered.mails()) == 1

    no = await tiered.act(quote, "decline", {"reason": "Too dear."})

    assert no["state"] == "declined"
    assert (tiered.charges(), tiered.site_changes()) == ([], [])
    late = await tiered.call("POST", f"/v1/tier-quotes/{quote}/accept", {})
    assert (late.status_code, late.json()["code"]) == (409, "tier_quote_state_refuses")
    # They think better of it: a new quote from the same price
    again = await tiered.quote(await tiered.ask(account, 15))
    assert again["from"] == {"band": "1-10", "money": usd("349.95")}


async def test_a_waived_charge_is_never_made(tiered: Tiered) -> None:
    account = await tiered.account()
    quote = await tiered.ask(account, 25, exceptions={"waive_prorated": "Two days without service"})

    done = await tiered.act(quote, "accept")

    assert (done["state"], done["charge"]) == ("confirmed", {"state": "waived"})
    assert done["waived"]["money"] == usd("251.61")
    assert tiered.charges() == []
    (change,) = tiered.site_changes()
    assert (change["limit"], change["recurring"]["amount"]) == (25, "649.95")
    assert "251.61 USD was waived" in change["note"]
    assert "we waived the difference" in (await tiered.mails())[1][1]


async def test_custom_pricing_is_handed_over_without_a_price(tiered: Tiered) -> None:
    # Core, 41-45 users, wants 60
    account = await tiered.account(
        pricing="core", band={"from": 41, "to": 45}, price=usd("1299.95"), started=None
    )
    quote = await tiered.ask(account, 60)

    open_ = await tiered.quote(quote)
    assert (open_["state"], open_["outcome"], open_["to"]) == ("requested", "custom_pricing", None)
    assert open_["goes_to"] == "the sales lead"
    assert await tiered.waits(quote) == ["custom_pricing"]
    early = await tiered.call("POST", f"/v1/tier-quotes/{quote}/accept", {})
    assert early.status_code == 409
    # The talk ends in nothing
    assert (await tiered.act(quote, "decline"))["state"] == "declined"
    assert (await tiered.mails(), tiered.charges()) == ([], [])


async def test_an_approved_credit_is_given_before_the_recap_tells_of_it(tiered: Tiered) -> None:
    # An outage in November: Support asks for 25.00 back with the new users
    account = await tiered.account()
    credit = {"money": usd("25.00"), "reason": "The outage of 12 November"}
    quote = await tiered.ask(account, 25, exceptions={"credit": credit})
    await tiered.decide(quote, "approve", "They are right.")
    early = await tiered.call("POST", f"/v1/tier-quotes/{quote}/credit-by-hand", PROVED)
    assert early.json()["code"] == "tier_quote_state_refuses"

    # Yes: the card is charged, the users are there at once; the recap waits, and all can see it
    waiting = await tiered.act(quote, "accept")
    assert (waiting["state"], waiting["credit"]["state"]) == ("applied", "due")
    assert len(tiered.site_changes()) == 1
    assert await tiered.waits(quote) == ["credit_by_hand"]
    assert '"credit_by_hand"' in (await tiered.call("GET", "/v1/stuck")).text
    untold = await tiered.call("POST", f"/v1/tier-quotes/{quote}/tell-by-hand", PROVED)
    assert untold.status_code == 409
    assert len(await tiered.mails()) == 1

    # Billing gives it, once
    done = await tiered.act(quote, "credit-by-hand", PROVED)
    assert (done["state"], done["credit"]["state"]) == ("confirmed", "given")
    assert done["credit"]["evidence"]["reference"] == "Billing, transaction 4711"
    assert "We credited 25.00 USD." in (await tiered.mails())[1][1]
    twice = await tiered.call("POST", f"/v1/tier-quotes/{quote}/credit-by-hand", PROVED)
    assert twice.status_code == 409


async def test_of_two_quotes_of_one_account_without_a_site_one_is_charged(tiered: Tiered) -> None:
    account = await tiered.account(site=None)
    one, two = await tiered.ask(account, 15), await tiered.ask(account, 25)

    assert (await tiered.act(one, "accept"))["state"] != "stale"

    second = await tiered.act(two, "accept")
    assert second["state"] == "stale"
    assert len(tiered.charges()) <= 1
