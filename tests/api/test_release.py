"""Letting billing changes go over HTTP: what is refused, and how a call back comes in."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.adapters.generic.signature import sign
from app.domain.adjustment import BillingMode
from app.domain.delivery import System
from app.services.office import Office
from app.services.sweeps import miss, open_windows
from tests.api.conftest import Service
from tests.builders import (
    VENDORS,
    WEBHOOK_SECRET,
    FixedClock,
    Sessions,
    calling,
    make_service,
    office,
    signed_document,
)

TYPED = {"typed": "Harbour Dental / sprint"}


def automated_office() -> Office:
    return replace(office(connected=VENDORS | {System.BILLING}), billing_mode=BillingMode.HOOK)


@pytest.fixture
def automated(sessions: Sessions) -> Service:
    """The service where an automation changes the bills."""
    clock = FixedClock()
    return Service(make_service(sessions, clock, at=automated_office()), clock, sessions)


@pytest.fixture
async def caller(automated: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of that service with the bootstrap key."""
    async with calling(automated.app) as caller:
        yield caller


async def made(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/v1/plans", json=signed_document(**changes))
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


def address(plan: dict[str, Any]) -> str:
    return f"/v1/plans/{plan['id']}/release"


async def test_a_release_shows_on_the_plan_and_happens_once(caller: httpx.AsyncClient) -> None:
    # given
    plan = await made(caller)
    assert (plan["released_at"], plan["released_by"]) == (None, None)
    assert {one["mode"] for one in plan["adjustments"]} == {"hook"}

    # when
    done = await caller.post(address(plan), json=TYPED, headers={"If-Match": '"1"'})
    again = await caller.post(address(plan), json=TYPED)

    # then
    assert done.status_code == 200, done.text
    assert done.json()["released_at"] == "2026-11-20T03:13:00Z"
    assert done.json()["released_by"] == "Bootstrap key"
    assert done.headers["etag"] == f'"{done.json()["version"]}"'
    assert {one["state"] for one in done.json()["adjustments"]} == {"scheduled"}
    assert (again.status_code, again.json()["code"]) == (409, "released_before")
    told = (await caller.get(f"/v1/plans/{plan['id']}/timeline")).json()["items"]
    assert "The billing changes were released to the automation" in [one["what"] for one in told]


async def test_the_same_request_again_is_answered_from_memory(caller: httpx.AsyncClient) -> None:
    plan = await made(caller)
    headers = {"Idempotency-Key": "release-1"}

    first = await caller.post(address(plan), json=TYPED, headers=headers)
    second = await caller.post(address(plan), json=TYPED, headers=headers)

    assert second.headers["idempotency-replayed"] == "true"
    assert second.json() == first.json()


async def test_names_typed_wrong_are_pointed_at(caller: httpx.AsyncClient) -> None:
    plan = await made(caller)

    for typed in ("Harbour Dental / scale", "Harbour Dental / sms", "Harbour Dental"):
        refused = await caller.post(address(plan), json={"typed": typed})
        assert (refused.status_code, refused.json()["code"]) == (422, "typed_names_differ")
        assert refused.json()["errors"][0]["pointer"] == "/typed"
        assert "Harbour" not in refused.text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"typed": None},
        {"typed": 7},
        {"typed": ""},
        {"typed": "x" * 501},
        {"typed": "Harbour\u0000Dental"},
        {"typed": "Harbour Dental / sprint", "force": True},
        [],
        "Harbour Dental / sprint",
    ],
)
async def test_a_body_that_is_not_one_is_refused(caller: httpx.AsyncClient, body: Any) -> None:
    plan = await made(caller)

    refused = await caller.post(address(plan), json=body)

    assert refused.status_code in (400, 422)
    assert refused.headers["content-type"] == "application/problem+json"


async def test_no_body_no_plan_and_no_id_are_told_apart(caller: httpx.AsyncClient) -> None:
    plan = await made(caller)
    elsewhere = {"id": plan["client"]["id"]}

    assert (await caller.post(address(plan))).status_code == 422
    missing = await caller.post(address(elsewhere), json=TYPED)
    assert (missing.status_code, missing.json()["code"]) == (404, "plan_not_found")
    assert (await caller.post(address({"id": "7"}), json=TYPED)).status_code in (404, 422)
    stale = await caller.post(address(plan), json=TYPED, headers={"If-Match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


async def test_a_wrong_state_says_which_states_allow_it(
    automated: Service, caller: httpx.AsyncClient
) -> None:
    # given plans that wait for a date, are held, and are missed
    undated = await made(caller, agreement__live_on=...)
    held = await made(
        caller, agreement__ref="PROP-2", client__ref="C-2", client__email="b@b.example"
    )
    await caller.post(f"/v1/plans/{held['id']}/hold")
    missed = await made(
        caller, agreement__ref="PROP-3", client__ref="C-3", client__email="c@c.example"
    )
    automated.clock.at = datetime.fromisoformat("2026-12-06T14:00:00+00:00")
    for sweep in (open_windows, miss):
        async with automated.sessions() as session, session.begin():
            await sweep(session, office=automated_office(), now=automated.clock.at)

    # when
    answers = [await caller.post(address(plan), json=TYPED) for plan in (undated, held, missed)]

    # then
    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (409, "plan_undated"),
        (409, "state_refuses"),
        (409, "state_refuses"),
    ]
    assert [one.json()["facts"]["state"] for one in answers[1:]] == ["on_hold", "missed"]
    for one in answers[1:]:
        assert one.json()["facts"]["allowed_states"] == ["in_window", "scheduled"]


async def test_in_manual_mode_it_says_so(client: httpx.AsyncClient) -> None:
    plan = await made(client)

    refused = await client.post(address(plan), json=TYPED)

    assert (refused.status_code, refused.json()["code"]) == (409, "billing_by_hand")
    assert refused.json()["facts"] == {"mode": "manual"}


@pytest.mark.parametrize("how", ["key", "signature"])
async def test_a_call_back_comes_in_like_any_event(
    automated: Service, caller: httpx.AsyncClient, how: str
) -> None:
    plan = await made(caller)
    document = {
        "event": "Billing.Service_Cancelled",
        "adjustment_id": plan["adjustments"][0]["id"],
        "evidence__reference": "INV-7",
    }
    body, at = json.dumps(document).encode(), datetime.now(UTC)
    signed = {
        "webhook-id": "msg_7",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": sign(WEBHOOK_SECRET, message_id="msg_7", at=at, body=body),
    }
    key = {"X-API-Key": await automated.key("integration")}

    async with calling(automated.app, None) as stranger:
        answer = await stranger.post(
            "/webhooks/agreement",
            content=body,
            headers={"content-type": "application/json", **(key if how == "key" else signed)},
        )
        refused = await stranger.post("/webhooks/agreement", json=document)

    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert refused.status_code == 401
