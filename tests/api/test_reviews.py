"""A plan that waits for a person, over HTTP: what it shows, and what each choice does."""

from datetime import date
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from app.db.models import Adjustment
from tests.api.conftest import Service
from tests.api.decisions import WHY, choices, disagreeing, made, resolve, seen, two, understood
from tests.builders import signed_document, stored_staff

# What a plan under review shows ------------------------------------------------------------------


async def test_a_second_agreement_shows_why_it_waits_and_how_it_differs(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_staff(service.sessions)

    # when
    first, second = await two(client)

    # then
    assert second["state"] == "needs_review"
    review = second["review"]
    assert review["cause"] == "open_plan"
    assert review["reason"] == f"The client has the open plan {first['ref']} already."
    assert review["open_plan"] == {
        "id": first["id"],
        "ref": first["ref"],
        "state": "scheduled",
        "movement": {"from": "start", "to": "sprint"},
        "live_on": "2026-12-07",
    }
    assert review["queued_after"] is None
    assert review["differences"] == [
        {"field": "movement.to", "open": "sprint", "new": "scale"},
        {"field": "live_on", "open": "2026-12-07", "new": "2026-12-14"},
        {"field": "agreement.total", "open": None, "new": "1490.00 AUD"},
    ]
    assert choices(second) == ["supersede", "queue", "merge", "reject"]
    assert all(one["detail"] for one in review["choices"])
    assert first["review"] is None


async def test_people_are_told_the_differences_in_chat(
    service: Service, client: httpx.AsyncClient
) -> None:
    _, second = await two(client)

    answer = await client.get(f"/v1/deliveries?plan_id={second['id']}&kind=chat.post")
    (delivery,) = answer.json()["items"]
    assert delivery["subject"] == "review_needed/support"
    whole = (await client.get(f"/v1/deliveries/{delivery['id']}")).json()
    text = whole["payload"]["text"]
    assert "The package taken: 'scale' instead of 'sprint'." in text
    assert "The live date: '2026-12-14' instead of '2026-12-07'." in text


async def test_facts_that_disagree_show_what_the_client_has(client: httpx.AsyncClient) -> None:
    plan = await disagreeing(client)

    review = plan["review"]
    assert (review["cause"], review["open_plan"]) == ("facts_disagree", None)
    assert review["reason"] == "The agreement leaves 'start', but the client has 'sprint'."
    assert review["differences"] == [{"field": "movement.from", "open": "sprint", "new": "start"}]
    assert choices(plan) == ["supersede", "reject"]


async def test_a_review_tells_how_things_are_now_and_not_how_they_were(
    client: httpx.AsyncClient,
) -> None:
    # given
    first, second = await two(client)

    # when the open plan ends meanwhile, with nobody having chosen
    await client.post(f"/v1/plans/{first['id']}/cancel", json={"reason": WHY})

    # then
    review = (await seen(client, second))["review"]
    assert (review["cause"], review["open_plan"], review["differences"]) == ("open_plan", None, [])
    assert review["reason"] == (
        "What stood against it is gone; a person says whether it begins now."
    )
    assert [one["choice"] for one in review["choices"]] == ["supersede", "reject"]
    begun = await resolve(client, second, "supersede")
    assert begun.json()["state"] == "scheduled"


# The four choices ----------------------------------------------------------------------------


async def test_superseding_cancels_the_open_plan_and_begins_this_one(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_staff(service.sessions)
    first, second = await two(client)

    # when
    answer = await resolve(client, second, "supersede", If_Match=f'"{second["version"]}"')

    # then
    assert answer.status_code == 200, answer.text
    plan = answer.json()
    assert (plan["state"], plan["live_on"], plan["review"]) == ("scheduled", "2026-12-14", None)
    assert answer.headers["etag"] == f'"{plan["version"]}"'
    assert plan["tasks"]
    assert plan["adjustments"]
    before = await seen(client, first)
    assert before["state"] == "cancelled"
    assert {one["state"] for one in before["adjustments"]} == {"voided"}
    story = (await client.get(f"/v1/plans/{first['id']}/timeline")).json()["items"]
    told = {entry["what"]: entry["detail"] for entry in story}
    assert told["The plan was cancelled"] == f"Superseded by {second['ref']}: {WHY}"


async def test_superseding_is_refused_once_billing_changes_were_carried_out(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    first, second = await two(client)
    async with service.sessions.begin() as session:
        await session.execute(
            update(Adjustment)
            .where(Adjustment.id == UUID(first["adjustments"][0]["id"]))
            .values(
                state="confirmed",
                carried_out_at=Adjustment.opens_at,
                carried_out_on=date(2026, 12, 1),
                carried_out_by="Sue",
                evidence={"reference": "IGN-1", "note": None},
            )
        )

    # when
    shown = await seen(client, second)
    refused = await resolve(client, second, "supersede")

    # then
    assert choices(shown) == ["queue", "merge", "reject"]
    assert (refused.status_code, refused.json()["code"]) == (409, "adjustments_carried_out")
    assert refused.json()["detail"].endswith("Choose queue, merge or reject.")
    assert refused.json()["facts"]["choices"] == ["queue", "merge", "reject"]
    assert await seen(client, second) == shown


async def test_a_queued_plan_waits_and_is_begun_when_the_open_one_is_cancelled(
    client: httpx.AsyncClient,
) -> None:
    # given
    first, second = await two(client)

    # when
    queued = await resolve(client, second, "queue")
    again = await resolve(client, second, "queue")
    ended = await client.post(f"/v1/plans/{first['id']}/cancel", json={"reason": WHY})

    # then
    assert queued.json()["state"] == "needs_review"
    after = {"id": first["id"], "ref": first["ref"]}
    assert queued.json()["review"]["queued_after"] == after
    assert choices(queued.json()) == ["supersede", "merge", "reject"]
    assert (again.status_code, again.json()["code"]) == (409, "choice_not_possible")
    assert again.json()["detail"] == (
        f"It waits behind {first['ref']} already. Choose supersede, merge or reject."
    )
    assert ended.status_code == 200
    plan = await seen(client, second)
    assert (plan["state"], plan["live_on"], plan["review"]) == ("scheduled", "2026-12-14", None)


async def test_merging_gives_the_open_plan_the_new_terms(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given a second agreement that names another person and how the client is billed
    await stored_staff(service.sessions)
    first = await made(client, movement__from="start", movement__to="sprint")
    second = await made(
        client,
        agreement__ref="PROP-2",
        agreement__live_on="2026-12-14",
        movement__from="start",
        staff__marketing="sam@agency.example",
        client__services=[{"service": "website_care", "anchor": "thursday"}],
    )

    # when
    answer = await resolve(client, second, "merge")

    # then this plan ends, and both tell of each other
    assert answer.status_code == 200, answer.text
    merged = answer.json()
    assert (merged["state"], merged["review"]) == ("cancelled", None)
    whole = await seen(client, first)
    assert whole["movement"] == {"from": "start", "to": "scale"}
    assert whole["live_on"] == "2026-12-14"
    assert whole["staff"]["marketing"]["email"] == "sam@agency.example"
    started = {one["service"] for one in whole["adjustments"] if one["kind"] == "start_service"}
    assert started == {
        "website_care",
        "sms",
        "email_marketing",
        "google_business",
        "priority_support",
    }
    (care,) = (
        one
        for one in whole["adjustments"]
        if (one["kind"], one["service"]) == ("cancel_service", "website_care")
    )
    assert "2026-12-10" not in care["safe_days"]
    stories = {
        plan["ref"]: (await client.get(f"/v1/plans/{plan['id']}/timeline")).json()["items"]
        for plan in (first, second)
    }
    ended = {entry["what"]: entry["detail"] for entry in stories[second["ref"]]}
    assert ended["The plan was cancelled"] == f"merged into {first['ref']}: {WHY}"
    assert f"The agreement's terms were merged into {first['ref']}" in ended
    taken = {entry["what"]: entry["detail"] for entry in stories[first["ref"]]}
    assert taken["The plan took other terms"] == (
        f"The agreement PROP-2 ({second['ref']}) was merged into it: {WHY}"
    )


async def test_merging_keeps_a_live_date_where_the_new_one_cannot_be_used(
    service: Service, client: httpx.AsyncClient
) -> None:
    first = await made(client, movement__from="start", movement__to="sprint")
    second = await client.post(
        "/webhooks/agreement",
        json=signed_document(
            agreement__ref="PROP-2", agreement__live_on="2026-11-16", movement__from="start"
        ),
    )
    assert second.status_code == 202
    plan = await understood(service, client, second.json()["event_id"])

    answer = await resolve(client, plan, "merge")

    assert answer.status_code == 200, answer.text
    whole = await seen(client, first)
    assert (whole["live_on"], whole["movement"]["to"]) == ("2026-12-07", "scale")


async def test_terms_that_are_no_upgrade_of_the_open_plan_cannot_be_merged(
    client: httpx.AsyncClient,
) -> None:
    # given a client whose open plan leaves Sprint, and an agreement from Start to Sprint
    await made(client)
    second = await made(
        client, agreement__ref="PROP-2", movement__from="start", movement__to="sprint"
    )

    # when
    refused = await resolve(client, second, "merge")

    # then
    assert choices(second) == ["supersede", "queue", "reject"]
    assert (refused.status_code, refused.json()["code"]) == (409, "choice_not_possible")
    assert "not an upgrade" in refused.json()["detail"]


async def test_a_plan_on_hold_takes_no_other_terms(client: httpx.AsyncClient) -> None:
    first, second = await two(client)
    await client.post(f"/v1/plans/{first['id']}/hold")

    refused = await resolve(client, second, "merge")

    assert refused.status_code == 409
    assert "resume it first" in refused.json()["detail"]
    assert choices(await seen(client, second)) == ["supersede", "queue", "reject"]
    assert (await resolve(client, second, "supersede")).status_code == 200
    assert (await seen(client, first))["state"] == "cancelled"


async def test_rejecting_ends_this_plan_and_nothing_else(client: httpx.AsyncClient) -> None:
    first, second = await two(client)

    answer = await resolve(client, second, "reject")

    assert answer.json()["state"] == "cancelled"
    assert (await seen(client, first))["version"] == first["version"]
    told = (await client.get(f"/v1/plans/{second['id']}/timeline")).json()["items"]
    details = {entry["what"]: entry["detail"] for entry in told}
    assert details["The plan was cancelled"] == f"Rejected: {WHY}"


async def test_superseding_facts_corrects_what_the_client_has(client: httpx.AsyncClient) -> None:
    # given
    plan = await disagreeing(client)

    # when
    answer = await resolve(client, plan, "supersede")

    # then
    assert answer.json()["state"] == "scheduled"
    record = (await client.get(f"/v1/clients/{plan['client']['id']}")).json()
    assert record["package"] == "start"
    entries = (await client.get("/v1/audit")).json()["items"]
    (entry,) = [
        one
        for one in entries
        if one["action"] == "client.updated" and one["before"] == {"package": "sprint"}
    ]
    assert entry["after"] == {"package": "start"}


@pytest.mark.parametrize("choice", ["queue", "merge"])
async def test_facts_that_disagree_are_neither_queued_nor_merged(
    client: httpx.AsyncClient, choice: str
) -> None:
    plan = await disagreeing(client)

    refused = await resolve(client, plan, choice)

    assert (refused.status_code, refused.json()["code"]) == (409, "choice_not_possible")
    assert refused.json()["detail"].endswith("Choose supersede or reject.")
    assert refused.json()["facts"] == {"choices": ["supersede", "reject"]}
    assert refused.json()["errors"][0]["pointer"] == "/choice"
