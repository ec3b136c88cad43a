"""What people do with a plan, over HTTP: each action, its wrong states, and what follows."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from app.services.sweeps import miss, open_windows
from tests.api.conftest import Service
from tests.builders import office, signed_document, stored_staff


async def made(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/v1/plans", json=signed_document(**changes))
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


async def until(service: Service, instant: str) -> None:
    """Move the clock, and let what the clock does be done."""
    service.clock.at = datetime.fromisoformat(instant)
    for sweep in (open_windows, miss):
        async with service.sessions() as session, session.begin():
            await sweep(session, office=office(), now=service.clock.at)


async def test_a_dry_run_lists_what_would_move_and_moves_nothing(
    client: httpx.AsyncClient,
) -> None:
    # given
    plan = await made(client)
    body = {"live_on": "2026-12-14", "reason": "The client is away.", "dry_run": True}

    # when
    tried = await client.post(f"/v1/plans/{plan['id']}/live-date", json=body)
    untouched = (await client.get(f"/v1/plans/{plan['id']}")).json()

    # then
    assert tried.status_code == 200, tried.text
    assert tried.json()["dry_run"] is True
    assert tried.json()["plan"] == untouched == plan
    moved = {(each["subject"], each["field"]): each for each in tried.json()["changes"]}
    assert moved["plan", "live_on"] == {
        "subject": "plan",
        "subject_id": plan["id"],
        "field": "live_on",
        "before": "2026-12-07",
        "after": "2026-12-14",
    }
    assert any(subject.startswith("task: ") for subject, _ in moved)
    assert any(subject.startswith("adjustment: ") for subject, _ in moved)


async def test_a_moved_live_date_moves_all_that_the_dry_run_said(
    client: httpx.AsyncClient,
) -> None:
    # given
    plan = await made(client)
    address = f"/v1/plans/{plan['id']}/live-date"
    body = {"live_on": "2026-12-14", "reason": "The client is away."}
    said = (await client.post(address, json={**body, "dry_run": True})).json()["changes"]

    # when
    moved = await client.post(address, json=body, headers={"If-Match": '"1"'})

    # then
    assert moved.status_code == 200, moved.text
    assert moved.json()["changes"] == said
    after = moved.json()["plan"]
    assert (after["live_on"], after["window_opens_at"]) == ("2026-12-14", "2026-12-07T14:00:00Z")
    assert moved.headers["etag"] == f'"{after["version"]}"' != '"1"'
    assert {one["window"]["from"] for one in after["adjustments"]} == {"2026-12-08"}


async def test_an_instant_is_the_day_that_it_is_for_the_client(client: httpx.AsyncClient) -> None:
    plan = await made(client)
    body = {"live_on": "2026-12-13T14:00:00Z", "dry_run": True}
    tried = await client.post(f"/v1/plans/{plan['id']}/live-date", json=body)
    moved = {each["field"]: each["after"] for each in tried.json()["changes"]}
    assert moved["live_on"] == "2026-12-14"


@pytest.mark.parametrize(
    ("live_on", "code"),
    [
        ("2026-12-08", "not_a_monday"),
        ("2026-11-16", "live_date_past"),
        ("7 December", "day_not_understood"),
        ("2026-02-30", "day_not_understood"),
    ],
)
async def test_a_day_that_cannot_be_is_refused_at_its_field(
    client: httpx.AsyncClient, live_on: str, code: str
) -> None:
    # given
    plan = await made(client)

    # when
    refused = await client.post(f"/v1/plans/{plan['id']}/live-date", json={"live_on": live_on})

    # then
    assert refused.status_code == 422
    error = refused.json()["errors"][0]
    assert (error["pointer"], error["code"]) == ("/live_on", code)
    if code == "not_a_monday":
        assert refused.json()["facts"] == {
            "monday_before": "2026-12-07",
            "monday_after": "2026-12-14",
        }


async def test_a_plan_is_held_resumed_and_cancelled_with_its_reasons(
    client: httpx.AsyncClient,
) -> None:
    # given
    plan = await made(client)
    address = f"/v1/plans/{plan['id']}"

    # when
    held = await client.post(f"{address}/hold", json={"reason": "Invoice open."})
    held_twice = await client.post(f"{address}/hold")
    resumed = await client.post(f"{address}/resume")
    without_reason = await client.post(f"{address}/cancel", json={})
    cancelled = await client.post(f"{address}/cancel", json={"reason": "Signed by mistake."})
    resumed_late = await client.post(f"{address}/resume")

    # then
    assert held.json()["state"] == "on_hold"
    assert held_twice.status_code == 409
    assert "scheduled" in held_twice.json()["facts"]["allowed_states"]
    assert resumed.json()["state"] == "scheduled"
    assert without_reason.status_code == 422
    assert cancelled.json()["state"] == "cancelled"
    assert {one["state"] for one in cancelled.json()["adjustments"]} == {"voided"}
    assert resumed_late.status_code == 409
    told = (await client.get(f"{address}/timeline")).json()["items"]
    reasons = {entry["what"]: entry["detail"] for entry in told}
    assert reasons["The plan was put on hold"] == "Invoice open."
    assert reasons["The plan was cancelled"] == "Signed by mistake."


async def test_marketing_acknowledges_once(service: Service, client: httpx.AsyncClient) -> None:
    # given
    plan = await made(client)

    # when
    done = await client.post(f"/v1/plans/{plan['id']}/acknowledge")
    again = await client.post(f"/v1/plans/{plan['id']}/acknowledge")

    # then
    assert done.json()["acknowledged_by"] == "Bootstrap key"
    assert done.json()["acknowledged_at"] == "2026-11-20T03:13:00Z"
    assert (again.status_code, again.json()["code"]) == (409, "acknowledged_before")


async def test_only_a_missed_plan_is_forced_live_and_only_with_force(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    plan = await made(client)
    address = f"/v1/plans/{plan['id']}/go-live"
    force = {"force": True, "reason": "Only a picture is missing."}

    # when
    early = await client.post(address, json=force)
    await until(service, "2026-12-06T14:00:00+00:00")
    unforced = await client.post(address, json={"reason": "Go."})
    forced = await client.post(address, json=force)

    # then
    assert early.status_code == 409
    assert early.json()["facts"]["allowed_states"] == ["missed"]
    assert unforced.status_code == 422
    assert unforced.json()["errors"][0]["pointer"] == "/force"
    assert forced.json()["state"] == "live"
    assert "forced_live" in forced.json()["flags"]


async def test_the_complete_email_is_shown_before_it_may_be_sent(
    client: httpx.AsyncClient,
) -> None:
    # given
    plan = await made(client)
    address = f"/v1/plans/{plan['id']}/complete-email"

    # when
    shown = await client.post(address, json={"dry_run": True})
    refused = await client.post(address)

    # then
    assert shown.status_code == 200, shown.text
    email = shown.json()["email"]
    assert email["to"] == "owner@harbourdental.example"
    assert email["cc"] == ["marketing@agency.example"]
    assert "Monday 7 December 2026" in email["text"]
    assert "Harbour Dental" in email["html"]
    blocked = {each["code"] for each in shown.json()["blocking"]}
    assert blocked == {"task_open", "adjustment_open"}
    assert (refused.status_code, refused.json()["code"]) == (409, "complete_email_blocked")
    in_its_way = len(refused.json()["facts"]["blocking"])
    assert refused.json()["detail"].startswith(f"{in_its_way} things are in its way: ")
    assert refused.json()["detail"].endswith(f" And {in_its_way - 5} more.")


async def test_support_works_a_plan_until_its_complete_email_leaves_once(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_staff(service.sessions)
    plan = await made(client)
    address = f"/v1/plans/{plan['id']}"
    for task in plan["tasks"]:
        if task["adjustment_id"] is None:
            done = await client.post(f"/v1/tasks/{task['id']}/complete")
            assert done.json()["state"] == "done", done.text
    await until(service, "2026-12-01T00:00:00+00:00")

    # when
    for one in plan["adjustments"]:
        body = {"typed": one["to_type"], "evidence": {"reference": "INV-2231"}}
        confirmed = await client.post(f"/v1/adjustments/{one['id']}/confirm", json=body)
        assert confirmed.json()["state"] == "confirmed", confirmed.text
    sent = await client.post(f"{address}/complete-email")
    again = await client.post(f"{address}/complete-email")

    # then
    assert sent.status_code == 200, sent.text
    assert sent.json()["blocking"] == []
    assert sent.json()["plan"]["complete_email"] == "requested"
    assert {task["state"] for task in sent.json()["plan"]["tasks"]} == {"done"}
    assert (again.status_code, again.json()["code"]) == (409, "complete_email_sent_before")
    mails = await client.get(f"/v1/deliveries?plan_id={plan['id']}&kind=email.complete")
    assert len(mails.json()["items"]) == 1


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("live-date", {"live_on": "2026-12-14"}),
        ("hold", None),
        ("resume", None),
        ("cancel", {"reason": "x"}),
        ("acknowledge", None),
        ("go-live", {"force": True, "reason": "x"}),
        ("complete-email", None),
    ],
)
async def test_an_action_on_a_stale_version_is_refused_before_anything_else(
    client: httpx.AsyncClient, action: str, body: dict[str, Any] | None
) -> None:
    # given
    plan = await made(client)

    # when
    refused = await client.post(
        f"/v1/plans/{plan['id']}/{action}", json=body, headers={"If-Match": '"0"'}
    )
    missing = await client.post(f"/v1/plans/{plan['client']['id']}/{action}", json=body)

    # then
    assert (refused.status_code, refused.json()["code"]) == (412, "stale_version")
    assert (missing.status_code, missing.json()["code"]) == (404, "plan_not_found")
