"""Tasks and adjustments over HTTP: worked, proved, and refused where they must be."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from app.services.sweeps import open_windows
from tests.api.conftest import Service
from tests.builders import calling, office, signed_document, stored_staff

EVIDENCE = {"reference": "INV-2231", "note": "Ended at 09:12."}


@pytest.fixture
async def plan(service: Service, client: httpx.AsyncClient) -> dict[str, Any]:
    """A plan, Sprint to Scale, before its window."""
    await stored_staff(service.sessions)
    made = await client.post("/v1/plans", json=signed_document())
    whole: dict[str, Any] = made.json()
    return whole


def task_of(plan: dict[str, Any], key: str) -> str:
    return next(f"/v1/tasks/{task['id']}" for task in plan["tasks"] if task["key"] == key)


def adjustment_of(plan: dict[str, Any], kind: str, service: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in plan["adjustments"] if (one["kind"], one["service"]) == (kind, service)
    )
    return found


async def window_opens(service: Service) -> None:
    service.clock.at = datetime.fromisoformat("2026-12-01T00:00:00+00:00")
    async with service.sessions() as session, session.begin():
        await open_windows(session, office=office(), now=service.clock.at)


async def test_a_task_is_ticked_opened_blocked_and_skipped(
    client: httpx.AsyncClient, plan: dict[str, Any]
) -> None:
    # given
    address = task_of(plan, "step:sms_sender")

    # when
    done = await client.post(f"{address}/complete", json={"checklist": [0, 1, 2]})
    done_twice = await client.post(f"{address}/complete")
    opened = await client.post(f"{address}/reopen")
    blocked = await client.post(f"{address}/block", json={"reason": "The provider is silent."})
    skipped = await client.post(f"{address}/skip", json={"reason": "Not wanted."})
    read = await client.get(address)

    # then
    assert (done.json()["state"], done.json()["done_by"]) == ("done", "Bootstrap key")
    assert done_twice.status_code == 409
    assert done_twice.json()["facts"] == {"state": "done", "allowed_states": ["blocked", "open"]}
    assert (opened.json()["state"], opened.json()["done_at"]) == ("open", None)
    assert blocked.json()["reason"] == "The provider is silent."
    assert skipped.json()["state"] == "skipped"
    assert read.json() == skipped.json()
    assert read.headers["etag"] == f'"{read.json()["version"]}"'


async def test_a_required_check_that_was_not_made_keeps_the_task_open(
    client: httpx.AsyncClient, plan: dict[str, Any]
) -> None:
    # given
    address = task_of(plan, "step:sms_sender")

    # when
    half = await client.post(f"{address}/complete", json={"checklist": [0]})
    beyond = await client.post(f"{address}/complete", json={"checklist": [7]})

    # then
    assert (half.status_code, half.json()["code"]) == (409, "checklist_open")
    assert (beyond.status_code, beyond.json()["code"]) == (422, "checklist_unknown")
    assert (await client.get(address)).json()["state"] == "open"


async def test_a_task_is_moved_and_given_away_but_never_past_the_live_date(
    client: httpx.AsyncClient, plan: dict[str, Any]
) -> None:
    # given
    address = task_of(plan, "step:sms_sender")

    # when
    body = {"due_on": "2026-12-02", "assignee": "sam@agency.example"}
    moved = await client.patch(address, json=body, headers={"If-Match": '"1"'})
    stale = await client.patch(address, json=body, headers={"If-Match": '"1"'})
    late = await client.patch(address, json={"due_on": "2026-12-08"})
    stranger = await client.patch(address, json={"assignee": "stranger@agency.example"})
    by_id = await client.patch(address, json={"assignee": plan["staff"]["marketing"]["id"]})

    # then
    assert (moved.json()["due_on"], moved.json()["assignee"]["name"]) == (
        "2026-12-02",
        "Sam Sales",
    )
    assert stale.status_code == 412
    assert late.json()["errors"][0]["pointer"] == "/due_on"
    assert stranger.json()["errors"][0]["pointer"] == "/assignee"
    assert by_id.json()["assignee"]["name"] == "Mia Marketing"


async def test_an_adjustment_waits_for_its_window_the_names_and_the_proof(
    service: Service, client: httpx.AsyncClient, plan: dict[str, Any]
) -> None:
    # given
    one = adjustment_of(plan, "cancel_service", "sms")
    address = f"/v1/adjustments/{one['id']}"
    right = {"typed": "Harbour Dental / sms", "evidence": EVIDENCE}

    # when
    early = await client.post(f"{address}/confirm", json=right)
    await window_opens(service)
    wrong_name = await client.post(
        f"{address}/confirm", json={**right, "typed": "harbour dental / sms"}
    )
    no_proof = await client.post(f"{address}/confirm", json={"typed": right["typed"]})
    confirmed = await client.post(f"{address}/confirm", json=right)
    again = await client.post(f"{address}/confirm", json=right)

    # then
    assert (early.status_code, early.json()["code"]) == (409, "outside_window")
    assert wrong_name.json()["errors"][0]["pointer"] == "/typed"
    assert no_proof.json()["errors"][0]["pointer"] == "/evidence"
    assert confirmed.json()["state"] == "confirmed"
    assert confirmed.json()["evidence"] == EVIDENCE
    assert (again.status_code, again.json()["code"]) == (409, "adjustment_state_refuses")
    assert "due" in again.json()["facts"]["allowed_states"]


async def test_an_adjustment_fails_and_is_voided_with_reasons(
    service: Service, client: httpx.AsyncClient, plan: dict[str, Any]
) -> None:
    # given
    one = adjustment_of(plan, "start_service", "priority_support")
    address = f"/v1/adjustments/{one['id']}"
    await window_opens(service)

    # when
    failed = await client.post(f"{address}/fail", json={"reason": "The form was down."})
    voided = await client.post(f"{address}/void", json={"reason": "Given for free."})
    stale = await client.post(f"{address}/void", json={"reason": "x"}, headers={"If-Match": '"1"'})

    # then
    assert (failed.json()["state"], failed.json()["reason"]) == ("failed", "The form was down.")
    assert voided.json()["state"] == "voided"
    assert stale.status_code == 412
    read = await client.get(address)
    assert read.json() == voided.json()


async def test_ticking_the_task_of_an_adjustment_takes_what_confirming_takes(
    service: Service, client: httpx.AsyncClient, plan: dict[str, Any]
) -> None:
    # given
    one = adjustment_of(plan, "cancel_service", "sms")
    task = next(each for each in plan["tasks"] if each["adjustment_id"] == one["id"])
    address = f"/v1/tasks/{task['id']}/complete"
    right = {"typed": "Harbour Dental / sms", "evidence": EVIDENCE}
    await window_opens(service)

    # when
    async with calling(service.app, await service.key("marketing")) as marketing:
        not_theirs = await marketing.post(address, json=right)
    unproved = await client.post(address)
    skipped = await client.post(f"/v1/tasks/{task['id']}/skip", json={"reason": "x"})
    async with calling(service.app, await service.key("support")) as support:
        ticked = await support.post(address, json=right)

    # then
    assert not_theirs.status_code == 403
    assert unproved.status_code == 422
    assert (skipped.status_code, skipped.json()["code"]) == (409, "adjustment_decides")
    assert ticked.json()["state"] == "done"
    read = await client.get(f"/v1/adjustments/{one['id']}")
    assert read.json()["state"] == "confirmed"


@pytest.mark.parametrize("noun", ["tasks", "adjustments"])
async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, noun: str) -> None:
    address = f"/v1/{noun}/01a2044b-b4fc-7311-a382-ac96628c5f83"
    assert (await client.get(address)).status_code == 404
    action = "skip" if noun == "tasks" else "void"
    assert (await client.post(f"{address}/{action}", json={"reason": "x"})).status_code == 404
    assert (await client.get(f"/v1/{noun}/1")).status_code == 422
