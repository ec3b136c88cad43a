"""Diaries of changes of users: from the request to the recap, and each way to end before."""

from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from sqlalchemy import URL

from app.db.clock import real_now
from app.delivery.attempts import claim
from app.ports.charges import ChargeWanted
from tests.tiered import CLIENT, EVIDENCE, Tiered, tiered_on, usd

WANTED = [field.name for field in fields(ChargeWanted)]
SITE = {"database": "db-7", "site_id": "site-42", "evidence": EVIDENCE}


@pytest.fixture
async def tiered(database_url: URL) -> AsyncIterator[Tiered]:
    async with tiered_on(database_url) as tiered:
        yield tiered


async def test_more_users_from_the_request_to_the_recap(tiered: Tiered) -> None:
    # Sunday 6 December - out of contract, 1-10 at 349.95; they want 25
    account = await tiered.account()
    quote = await tiered.ask(account, 25, sources={"proposal": "P-77", "past_invoices": "12 of 12"})
    ((subject, text),) = await tiered.mails()
    assert subject == "Your user tier: 21-25 Users at 649.95 USD a month"
    assert "251.61 USD for 6 to 31 December 2026 (26 days)" in text
    assert await tiered.waits(quote) == []
    assert (tiered.charges(), tiered.site_changes()) == ([], [])

    # The client says yes: charged, applied, confirmed, nobody does anything
    done = await tiered.act(quote, "accept")
    assert done["state"] == "confirmed"
    assert done["charge"]["card"] == "Visa 4242"
    (charge,) = tiered.charges()
    assert (charge["amount"], charge["currency"], charge["off_session"]) == ("25161", "usd", "true")
    assert charge["metadata[quote_id]"] == quote
    assert charge["receipt_email"] == CLIENT
    (change,) = tiered.site_changes()
    assert (change["database"], change["site_id"], change["limit"]) == ("db-7", "site-42", 25)
    assert change["recurring"] == {
        **usd("649.95"),
        "description": "21-25 Users",
        "from": "2027-01-01",
    }
    assert "Read in proposal: P-77. Read in past_invoices: 12 of 12." in change["note"]
    recap = (await tiered.mails())[1]
    assert recap[0] == "Done: 21-25 Users for Harbour Realty (sample)"
    assert "251.61 USD to your Visa 4242" in recap[1]

    # The account has what was sold: the next request is reckoned from it
    again = await tiered.quote(await tiered.ask(account, 26))
    assert again["from"] == {"band": "21-25", "money": usd("649.95")}
    assert again["to"] == {"band": "26-30", "money": usd("749.95")}


async def test_a_decrease_begins_on_the_next_billing_date(tiered: Tiered) -> None:
    # Sunday 6 December - 21-25 at 799.95, down to 20
    account = await tiered.account(band={"from": 21, "to": 25}, price=usd("799.95"))
    quote = await tiered.ask(account, 20)
    yes = await tiered.act(quote, "accept")
    assert (yes["state"], yes["apply_on"]) == ("charged", "2027-01-01")
    assert (tiered.charges(), tiered.site_changes()) == ([], [])

    # Thursday 31 December - not yet; nobody is told that it is stuck
    await tiered.at(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert tiered.site_changes() == []
    assert tiered.world.said() == []

    # Friday 1 January - now, and nothing was ever charged
    await tiered.at(datetime(2027, 1, 1, 0, 0, tzinfo=UTC))
    assert (await tiered.quote(quote))["state"] == "confirmed"
    assert tiered.site_changes()[0]["limit"] == 20
    assert tiered.charges() == []


async def test_a_declined_card_stops_here_and_changes_nothing_else(tiered: Tiered) -> None:
    account = await tiered.account("pm_card_declined")
    quote = await tiered.ask(account, 25)

    stopped = await tiered.act(quote, "accept")

    assert (stopped["state"], stopped["charge"]["state"]) == ("accepted", "failed")
    assert "insufficient_funds" in stopped["charge"]["why"]
    assert await tiered.waits(quote) == ["charge_failed"]
    assert tiered.site_changes() == []
    assert tiered.world.said()[0][0] == "support"

    # The client gives another card on the telephone, Billing charges it by hand
    await tiered.act(quote, "charge-by-hand", {"evidence": EVIDENCE, "card": "Visa 1881"})
    done = await tiered.quote(quote)
    assert done["state"] == "confirmed"
    assert len(tiered.site_changes()) == 1
    # and the refused charge cannot be tried again beside it
    refused = await tiered.delivery(quote, "charge.create")
    retry = await tiered.call("POST", f"/v1/deliveries/{refused['id']}/retry", {})
    assert (retry.status_code, retry.json()["code"]) == (409, "delivery_state_refuses")

    # The charge that failed waits for nobody any more
    assert (await tiered.delivery(quote, "charge.create"))["state"] == "done_by_hand"
    assert (await tiered.call("GET", "/v1/stuck")).json()["count"] == 0


async def test_a_bank_that_asks_the_holder_leaves_the_choice_to_people(tiered: Tiered) -> None:
    account = await tiered.account("pm_card_authentication")
    quote = await tiered.ask(account, 25)
    stopped = await tiered.act(quote, "accept")
    assert "authentication_required" in stopped["charge"]["why"]

    # The client would rather stay as they are
    declined = await tiered.act(quote, "decline", {"reason": "They stay."})
    assert declined["state"] == "declined"
    assert (tiered.charges(), tiered.site_changes()) == ([], [])
    assert (await tiered.delivery(quote, "charge.create"))["state"] == "skipped"
    assert (await tiered.call("GET", "/v1/stuck")).json()["count"] == 0


@pytest.mark.parametrize("fault", ["drop_after_effect", "timeout", "500", "garbage", "429"])
async def test_a_charge_whose_answer_is_lost_is_looked_up_and_never_made_twice(
    tiered: Tiered, fault: str
) -> None:
    account = await tiered.account()
    quote = await tiered.ask(account, 25)
    tiered.world.fault("stripe", "payment_intents.create", fault)

    done = await tiered.act(quote, "accept")

    assert done["state"] == "confirmed"
    assert len(tiered.charges()) == 1
    assert len(tiered.site_changes()) == 1
    outcomes = [
        each["outcome"] for each in (await tiered.delivery(quote, "charge.create"))["tries"]
    ]
    assert outcomes == ["transient" if fault == "429" else "unknown", "delivered"]


async def test_a_late_success_is_told_by_stripe_itself(tiered: Tiered) -> None:
    # Stripe processes for long: the charge's own attempts are given up as unknown
    await tiered.listen_to_stripe()
    tiered.world.vendors.stage.tuning.stripe_late_s = 600.0
    account = await tiered.account("pm_card_late")
    quote = await tiered.ask(account, 25)
    waiting = await tiered.act(quote, "accept")
    assert (waiting["state"], waiting["charge"]["state"]) == ("accepted", "uncertain")
    assert await tiered.waits(quote) == ["charge_uncertain"]
    early = await tiered.call("POST", f"/v1/tier-quotes/{quote}/decline", {})
    assert early.status_code == 409

    # At last it has paid, and Stripe tells
    for intent in tiered.world.vendors.paid_late():
        intent.pays_at = tiered.world.vendors.stage.clock.real_now()
    await tiered.settle()
    assert (await tiered.quote(quote))["state"] == "confirmed"
    assert len(tiered.charges()) == 1


async def test_charged_and_another_site_answers_stops_and_alerts(tiered: Tiered) -> None:
    account = await tiered.account(site={"database": "db-7", "site_id": "moved-42"})
    quote = await tiered.ask(account, 25)

    stuck = await tiered.act(quote, "accept")

    assert (stuck["state"], stuck["application"]["state"]) == ("charged", "failed")
    assert "not the account's database" in stuck["application"]["why"]
    assert tiered.site_changes() == []
    assert tiered.world.said() == [
        (
            "support",
            f"*Harbour Realty (sample)*: a change of users needs a person ({stuck['reference']})",
        )
    ]
    listed = (await tiered.call("GET", "/v1/tier-quotes?waiting=true")).json()["items"]
    assert [(each["id"], each["waits_for"][0]["code"]) for each in listed] == [
        (quote, "apply_failed")
    ]
    # A person does it by hand, and only on the account's own site
    wrong = await tiered.call("POST", f"/v1/tier-quotes/{quote}/apply-by-hand", SITE)
    assert wrong.json()["code"] == "site_mismatch"
    done = await tiered.act(quote, "apply-by-hand", {**SITE, "site_id": "moved-42"})
    assert done["state"] == "confirmed"


@pytest.mark.parametrize("fault", ["drop_after_effect", "timeout", "500", "garbage"])
async def test_a_limit_whose_answer_is_lost_is_set_once_and_seen(
    tiered: Tiered, fault: str
) -> None:
    account = await tiered.account()
    quote = await tiered.ask(account, 25)
    tiered.world.fault("provisioning", "sites.apply", fault)

    done = await tiered.act(quote, "accept")

    assert done["state"] == "confirmed"
    assert len(tiered.site_changes()) == 1
    assert len(tiered.charges()) == 1


async def test_nobody_answers_and_it_expires(tiered: Tiered) -> None:
    account = await tiered.account(next_billing_on="2027-01-06")
    quote = await tiered.ask(account, 25)

    await tiered.at(datetime(2026, 12, 20, 8, 59, tzinfo=UTC))
    assert (await tiered.quote(quote))["state"] == "quoted"
    await tiered.at(datetime(2026, 12, 20, 9, 0, tzinfo=UTC))
    assert (await tiered.quote(quote))["state"] == "expired"


async def test_the_facts_change_and_it_is_quoted_again(tiered: Tiered) -> None:
    account = await tiered.account()
    quote = await tiered.ask(account, 25)
    # Billing corrects the price meanwhile
    kept = (await tiered.call("GET", f"/v1/tier-accounts/{account}")).json()
    body = {
        "ref": kept["ref"],
        "account": {**kept["account"], "price": usd("379.95")},
        "client": kept["client"],
        "payment": kept["payment"],
    }
    await tiered.call("PUT", f"/v1/tier-accounts/{account}", body)

    stale = await tiered.act(quote, "accept")
    assert stale["state"] == "stale"
    again = await tiered.quote(stale["superseded_by"])
    assert (again["state"], again["to"]["money"]) == ("quoted", usd("679.95"))
    assert tiered.charges() == []
    assert (await tiered.act(again["id"], "accept"))["state"] == "confirmed"


async def test_a_tagged_conversation_is_answered_in_the_same_one(tiered: Tiered) -> None:
    # A client writes; Support tags the conversation and fills in the number
    await tiered.account()
    desk = tiered.world.vendors.mailbox
    conversation = desk.open(
        subject="More users",
        kind="email",
        status="active",
        mailbox_id=85,
        customer=desk.customer(CLIENT, "Alex", "Sample"),
        assignee_id=None,
        tags=("tier-request",),
    )
    told = {
        "id": conversation.id,
        "tags": [{"tag": "tier-request"}],
        "customFields": [{"name": "Requested users", "value": "25"}],
        "primaryCustomer": {"email": CLIENT},
    }
    assert await tiered.helpscout_says(told, secret="not the secret") == 401
    assert await tiered.helpscout_says(told) == 202
    assert await tiered.helpscout_says(told) == 202  # saved once more: the same request

    (quote,) = (await tiered.call("GET", "/v1/tier-quotes")).json()["items"]
    assert (quote["source"], quote["state"]) == ("helpscout", "quoted")
    await tiered.act(quote["id"], "accept")
    await tiered.mails()
    mails = tiered.world.mails()
    assert [mail["conversation_id"] for mail in mails] == [conversation.id, conversation.id]
    assert "21-25 Users" in mails[0]["text"]

    # Another conversation, tagged too, that names no number: it waits for a person
    await tiered.helpscout_says({**told, "id": 77, "customFields": []})
    events = (await tiered.call("GET", "/v1/inbound-events?status=quarantined")).json()["items"]
    assert len(events) == 1


async def test_an_answer_in_a_conversation_is_not_written_twice(tiered: Tiered) -> None:
    account = await tiered.account()
    desk = tiered.world.vendors.mailbox
    conversation = desk.open(
        subject="More users",
        kind="email",
        status="active",
        mailbox_id=85,
        customer=desk.customer(CLIENT, "Alex", "Sample"),
        assignee_id=None,
        tags=(),
    )
    tiered.world.fault("helpscout", "threads.create", "drop_after_effect")

    await tiered.ask(account, 25, conversation_ref=str(conversation.id))

    assert len(await tiered.mails()) == 1
    assert len(conversation.threads) == 1


async def test_a_request_comes_in_by_webhook(tiered: Tiered) -> None:
    await tiered.account()
    body = {"requested_users": "25", "client__email": CLIENT, "event_id": "zap-1"}
    for _ in range(2):
        answer = await tiered.call("POST", "/webhooks/tier-request", body)
        assert answer.status_code == 202
        await tiered.settle()

    (quote,) = (await tiered.call("GET", "/v1/tier-quotes")).json()["items"]
    assert (quote["source"], quote["to"]["band"]) == ("tier-request", "21-25")

    # What names nobody is kept for a person, and nobody but Stripe is believed about money
    for wrong in (
        {"requested_users": 25, "event_id": "zap-2"},
        {"event": "payment.succeeded", "quote_id": quote["id"], "event_id": "zap-3"},
    ):
        await tiered.call("POST", "/webhooks/tier-request", wrong)
    await tiered.settle()
    events = (await tiered.call("GET", "/v1/inbound-events?status=quarantined")).json()["items"]
    assert sorted(each["reason"].partition(":")[0] for each in events) == [
        "payment_not_ours",
        "tier_account_unnamed",
    ]
    assert (await tiered.quote(quote["id"]))["state"] == "quoted"


async def test_a_worker_that_dies_after_the_charge_leaves_nobody_charged_twice(
    tiered: Tiered,
) -> None:
    # given: the yes is taken, and a worker charges the card and dies before it says so
    account = await tiered.account()
    quote = await tiered.ask(account, 25)
    await tiered.call("POST", f"/v1/tier-quotes/{quote}/accept", {})
    (charge,) = await tiered.world.deliveries("charge.create")
    async with tiered.world.sessions.begin() as session:
        claimed = await claim(session, charge.id, real_now=await real_now(session))
    assert claimed is not None
    wanted = {name: charge.payload[name] for name in WANTED}
    await tiered.world.work.systems.the_charges().charge(ChargeWanted(**wanted), key=charge.key)
    await tiered.world.change("UPDATE deliveries SET lease_until = now() - interval '1 minute'")

    # when another one finds what it left behind
    await tiered.settle()

    # then
    assert (await tiered.quote(quote))["state"] == "confirmed"
    assert len(tiered.charges()) == 1
    assert len(tiered.site_changes()) == 1
