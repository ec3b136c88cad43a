"""Plans over HTTP: listed, read whole, made by hand, given to people."""

import csv
from typing import Any

import httpx
import pytest

from tests.api.conftest import Service
from tests.builders import signed_document, stored_plan, stored_staff


async def test_a_plan_made_by_hand_is_answered_whole(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    people = await stored_staff(service.sessions)

    # when
    made = await client.post("/v1/plans", json=signed_document())
    read = await client.get(made.headers["location"])

    # then
    assert made.status_code == 201
    assert read.json() == made.json()
    assert read.headers["etag"] == made.headers["etag"] == '"1"'
    plan = made.json()
    assert plan["state"] == "scheduled"
    assert plan["agreement"]["ref"] == "PROP-1042"
    assert plan["agreement"]["signed_at"] == "2026-11-20T03:11:58Z"
    assert plan["client"]["timezone"] == "Australia/Brisbane"
    assert plan["movement"] == {"from": "sprint", "to": "scale"}
    assert plan["live_on"] == "2026-12-07"
    assert plan["live_at"] == "2026-12-06T14:00:00Z"
    assert plan["window_opens_at"] == "2026-11-30T14:00:00Z"
    assert plan["staff"]["support"]["id"] == str(people["support"])
    assert plan["board"] == {"ref": None, "url": None, "state": "intended"}
    assert not plan["readiness"]["ready"]
    assert {"code", "subject_id", "detail"} == plan["readiness"]["blocking"][0].keys()
    task = plan["tasks"][0]
    assert task["state"] == "open"
    assert task["blocks"] == ["ready"]
    assert task["assignee"]["email"] == "sue@agency.example"
    sms = next(
        one
        for one in plan["adjustments"]
        if (one["kind"], one["service"]) == ("cancel_service", "sms")
    )
    assert sms["window"] == {"from": "2026-12-01", "to": "2026-12-07"}
    assert sms["money"] == {"amount": "49.00", "currency": "AUD"}
    assert (sms["state"], sms["mode"]) == ("scheduled", "manual")
    assert sms["to_type"] == "Harbour Dental / sms"


async def test_a_total_that_is_too_long_is_told_so_in_characters(
    client: httpx.AsyncClient,
) -> None:
    # when
    answer = await client.post("/v1/plans", json=signed_document(agreement__total="1" * 33))

    # then
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"]) == (422, "/agreement/total")
    assert error["detail"] == "This may have 32 characters at most."


async def test_the_same_agreement_twice_makes_one_plan(client: httpx.AsyncClient) -> None:
    # when
    first = await client.post("/v1/plans", json=signed_document())
    second = await client.post("/v1/plans", json=signed_document(event_id="another"))

    # then
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert second.headers["location"] == first.headers["location"]


async def test_a_repeat_with_the_same_key_gets_the_stored_answer(
    client: httpx.AsyncClient,
) -> None:
    # given
    key = {"Idempotency-Key": "by-hand-1"}

    # when
    first = await client.post("/v1/plans", json=signed_document(), headers=key)
    again = await client.post("/v1/plans", json=signed_document(), headers=key)
    other = await client.post(
        "/v1/plans", json=signed_document(agreement__ref="PROP-2"), headers=key
    )

    # then
    assert again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"agreement__live_on": "2026-12-08"}, "/agreement/live_on", "not_a_monday"),
        ({"agreement__live_on": "2026-11-16"}, "/agreement/live_on", "live_date_past"),
        ({"agreement__live_on": "soon"}, "/agreement/live_on", "day_not_understood"),
        ({"agreement__live_on": "1767571200"}, "/agreement/live_on", "day_not_understood"),
        ({"movement__to": "platinum"}, "/movement/to", "package_unknown"),
        ({"movement__from": "bronze"}, "/movement/from", "package_unknown"),
        ({"movement__to": "sprint"}, "/movement/to", "not_an_upgrade"),
        ({"movement": {"from": "scale", "to": "start"}}, "/movement/to", "not_an_upgrade"),
        ({"movement__from": ...}, "/movement/from", "package_left_unknown"),
        ({"movement__to": ...}, "/movement/to", "missing"),
        ({"agreement__ref": ...}, "/agreement/ref", "missing"),
        ({"agreement__ref": "  "}, "/agreement/ref", "text_blank"),
        ({"agreement__ref": "a\u0000b"}, "", "json_character_refused"),
        ({"agreement__kind": "renewal"}, "/agreement/kind", "agreement_kind_not_handled"),
        ({"agreement__signed_at": "yesterday"}, "/agreement/signed_at", "instant_invalid"),
        ({"client__email": "nobody"}, "/client/email", "email_invalid"),
        ({"client__name": ...}, "/client/name", "client_unnamed"),
        ({"client": {}}, "/client/ref", "client_unnamed"),
        ({"client__timezone": "Mars/Olympus"}, "/client/timezone", "zone_unknown"),
        ({"client__timezone": "EST5"}, "/client/timezone", "zone_unknown"),
        ({"client__colour": "red"}, "/client", "unknown_field"),
        ({"event": "agreement.voided"}, "/event", "not_one_of"),
        ({"staff__sales": "Sam"}, "/staff/sales", "email_invalid"),
    ],
)
async def test_what_can_never_be_right_is_refused_with_its_place(
    client: httpx.AsyncClient, changes: dict[str, Any], pointer: str, code: str
) -> None:
    # when
    refused = await client.post("/v1/plans", json=signed_document(**changes))
    plans = await client.get("/v1/plans")
    clients = await client.get("/v1/clients")

    # then
    problem = refused.json()
    assert refused.headers["content-type"] == "application/problem+json"
    if pointer:
        assert refused.status_code == 422, problem
        assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [
            (pointer, code)
        ]
    else:
        assert (refused.status_code, problem["code"]) == (400, code)
    assert plans.json()["items"] == clients.json()["items"] == []


async def test_every_fault_of_a_document_is_listed(client: httpx.AsyncClient) -> None:
    # given
    document = signed_document(
        client__timezone="Nowhere/Atall",
        client__services=[{"service": "sms", "billing_period": "month"}],
    )

    # when
    refused = await client.post("/v1/plans", json=document)

    # then
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [
        "/client/timezone",
        "/client/services/0/anchor",
    ]


async def test_a_refusal_never_repeats_what_was_sent(client: httpx.AsyncClient) -> None:
    # given
    marker = "zzqqmarker"
    places: list[dict[str, Any]] = [
        {"movement__to": marker},
        {"agreement__live_on": marker},
        {"client__timezone": marker},
        {"agreement__total": marker, "agreement__currency": "AUD"},
        {"agreement__kind": marker},
        {marker: 1},
    ]

    # then
    for changes in places:
        refused = await client.post("/v1/plans", json=signed_document(**changes))
        assert refused.status_code == 422
        assert marker not in refused.text


async def test_without_a_live_date_the_plan_waits_for_one(client: httpx.AsyncClient) -> None:
    # when
    made = await client.post("/v1/plans", json=signed_document(agreement__live_on=None))

    # then
    assert made.status_code == 201
    assert made.json()["state"] == "awaiting_live_date"
    assert "live_date_missing" in made.json()["flags"]
    assert made.json()["tasks"] == []


async def test_a_second_agreement_waits_for_a_person(client: httpx.AsyncClient) -> None:
    # when
    await client.post("/v1/plans", json=signed_document())
    second = await client.post("/v1/plans", json=signed_document(agreement__ref="PROP-2000"))

    # then
    assert second.status_code == 201
    assert second.json()["state"] == "needs_review"
    assert second.json()["review_reason"]


async def test_plans_are_found_by_each_filter_and_continued_by_cursor(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    for number, live_on in enumerate(("2026-12-07", "2026-12-14", "2026-12-21")):
        await stored_plan(
            service.sessions,
            agreement__ref=f"PROP-{number}",
            agreement__live_on=live_on,
            client__ref=f"C-{number}",
            client__email=f"owner{number}@client.example",
        )

    async def refs(query: str) -> list[str]:
        answer = await client.get(f"/v1/plans{query}")
        assert answer.status_code == 200, answer.text
        return [plan["agreement"]["ref"] for plan in answer.json()["items"]]

    # then
    assert sorted(await refs("")) == ["PROP-0", "PROP-1", "PROP-2"]
    assert await refs("?client_ref=C-1") == ["PROP-1"]
    assert await refs("?agreement_ref=PROP-2") == ["PROP-2"]
    assert sorted(await refs("?live_from=2026-12-14")) == ["PROP-1", "PROP-2"]
    assert await refs("?live_from=2026-12-08&live_to=2026-12-14") == ["PROP-1"]
    assert await refs("?state=cancelled") == []
    first = (await client.get("/v1/plans?limit=2")).json()
    rest = (await client.get(f"/v1/plans?limit=2&cursor={first['next_cursor']}")).json()
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    ids = {plan["id"] for plan in (*first["items"], *rest["items"])}
    assert len(ids) == 3


@pytest.mark.parametrize(
    "query", ["state=gone", "live_from=12/07/2026", "colour=red", "limit=0", "cursor=abc"]
)
async def test_a_filter_that_means_nothing_is_refused(
    client: httpx.AsyncClient, query: str
) -> None:
    refused = await client.get(f"/v1/plans?{query}")
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"


async def test_the_list_comes_as_csv_with_formulas_neutralised(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_plan(service.sessions, client__name="=HYPERLINK(1)")

    # when
    answer = await client.get("/v1/plans", headers={"Accept": "text/csv"})

    # then
    (cells,) = csv.DictReader(answer.text.splitlines())
    assert cells["client.name"] == "'=HYPERLINK(1)"
    assert (cells["movement.from"], cells["movement.to"]) == ("sprint", "scale")


async def test_a_new_person_takes_the_open_tasks_of_the_role_over(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_staff(service.sessions)
    plan = await stored_plan(service.sessions)
    ann = {"name": "Ann Able", "email": "ann@agency.example", "role": "support"}
    person = (await client.post("/v1/staff", json=ann)).json()

    # when
    body = {"staff": {"support": "Ann@Agency.example"}, "notes": "Call before noon."}
    changed = await client.patch(f"/v1/plans/{plan.id}", json=body)

    # then
    assert changed.status_code == 200, changed.text
    assert changed.json()["staff"]["support"]["id"] == person["id"]
    assert changed.json()["notes"] == "Call before noon."
    assert {task["assignee"]["id"] for task in changed.json()["tasks"]} == {person["id"]}
    by_id = {"staff": {"sales": person["id"], "marketing": None}}
    again = await client.patch(f"/v1/plans/{plan.id}", json=by_id)
    assert again.json()["staff"]["sales"]["id"] == person["id"]
    assert again.json()["staff"]["marketing"] is None
    assert "marketing_unassigned" in again.json()["flags"]
    told = (await client.get(f"/v1/plans/{plan.id}/timeline")).json()["items"]
    assert "The plan's people were changed" in [entry["what"] for entry in told]


async def test_a_person_nobody_knows_is_refused(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    plan = await stored_plan(service.sessions)

    # when
    body = {"staff": {"support": "stranger@agency.example"}}
    refused = await client.patch(f"/v1/plans/{plan.id}", json=body)

    # then
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/staff/support"


async def test_a_stale_version_changes_nothing(service: Service, client: httpx.AsyncClient) -> None:
    # given
    plan = await stored_plan(service.sessions)
    stale = {"If-Match": '"77"'}

    # when
    refused = await client.patch(f"/v1/plans/{plan.id}", json={"notes": "x"}, headers=stale)
    fresh = await client.get(f"/v1/plans/{plan.id}")
    taken = await client.patch(
        f"/v1/plans/{plan.id}", json={"notes": "x"}, headers={"If-Match": fresh.headers["etag"]}
    )

    # then
    assert (refused.status_code, refused.json()["code"]) == (412, "stale_version")
    assert refused.headers["etag"] == fresh.headers["etag"]
    assert taken.status_code == 200
    assert taken.headers["etag"] != fresh.headers["etag"]


async def test_readiness_and_timeline_can_be_asked_at_any_time(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    plan = await stored_plan(service.sessions)

    # when
    readiness = (await client.get(f"/v1/plans/{plan.id}/readiness")).json()
    timeline = (await client.get(f"/v1/plans/{plan.id}/timeline")).json()

    # then
    assert readiness["ready"] is False
    assert "complete_email_open" in [each["code"] for each in readiness["blocking"]]
    assert timeline["timezone"] == "Australia/Brisbane"
    assert timeline["items"][0]["what"] == "Agreement PROP-1042 was signed"
    assert timeline["items"][0]["at"] == "2026-11-20T03:11:58Z"
    assert {entry["kind"] for entry in timeline["items"]} == {"past", "future"}


@pytest.mark.parametrize("part", ["", "/readiness", "/timeline"])
async def test_a_plan_that_is_not_there_is_not_found(client: httpx.AsyncClient, part: str) -> None:
    missing = await client.get(f"/v1/plans/01a2044b-b4fc-7311-a382-ac96628c5f83{part}")
    assert (missing.status_code, missing.json()["code"]) == (404, "plan_not_found")
