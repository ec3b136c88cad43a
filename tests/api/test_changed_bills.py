"""A bill that was changed already, over HTTP: seconded, waived, moved, cancelled, put back."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.api.conftest import Service
from tests.api.test_plan_actions import made, until
from tests.builders import THURSDAYS, calling, stored_key, stored_staff

IN_THE_WINDOW = "2026-12-02T00:00:00+00:00"
EVIDENCE = {"reference": "INV-1", "note": "Seen on the client's page."}


def one(plan: dict[str, Any], kind: str, service: str) -> dict[str, Any]:
    """The plan's adjustment of this kind and service."""
    (found,) = (a for a in plan["adjustments"] if (a["kind"], a["service"]) == (kind, service))
    return dict(found)


async def test_a_second_person_agrees_and_another_one_ends_the_service(
    client: httpx.AsyncClient, service: Service
) -> None:
    # given two people of Support and Billing with keys of their own
    staff = await stored_staff(service.sessions)
    sue = await stored_key(service.sessions, "support", staff_id=staff["support"])
    lea = await stored_key(service.sessions, "manager", staff_id=staff["lead"])
    plan = await made(client)
    await until(service, IN_THE_WINDOW)
    address = f"/v1/adjustments/{one(plan, 'cancel_service', 'sms')['id']}"

    # when a key of nobody agrees, it is refused; when Sue does, only somebody else confirms
    nobody = await client.post(f"{address}/second")
    async with calling(service.app, sue) as by_sue, calling(service.app, lea) as by_lea:
        agreed = await by_sue.post(f"{address}/second")
        alone = await by_sue.post(f"{address}/confirm", json={"evidence": EVIDENCE})
        done = await by_lea.post(f"{address}/confirm", json={"evidence": EVIDENCE})

    assert (nobody.status_code, nobody.json()["code"]) == (403, "no_person")
    assert agreed.status_code == 200, agreed.text
    assert agreed.json()["seconded_by"] == "Sue Support"
    assert (alone.status_code, alone.json()["code"]) == (409, "needs_somebody_else")
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")


async def test_what_can_be_undone_asks_for_nobody_else(
    client: httpx.AsyncClient, service: Service
) -> None:
    plan = await made(client)
    start = one(plan, "start_service", "sms")

    refused = await client.post(f"/v1/adjustments/{start['id']}/second")

    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_second")


@pytest.mark.parametrize(
    ("price", "status", "code"), [("49.00", 200, None), ("4900.00", 409, "waiver_refused")]
)
async def test_small_left_overs_are_waived_and_large_ones_are_not(
    client: httpx.AsyncClient, price: str, status: int, code: str | None
) -> None:
    sms = {**THURSDAYS, "price": {"amount": price, "currency": "AUD"}}
    plan = await made(client, client__services=[sms])
    credit = one(plan, "credit", "sms")

    answer = await client.post(
        f"/v1/adjustments/{credit['id']}/void", json={"reason": "A gesture."}
    )

    assert answer.status_code == status, answer.text
    assert answer.json().get("code") == code
    if code is None:
        assert answer.json()["waived_by"]
    else:
        assert answer.json()["facts"] == {"limit": "200.00 AUD"}


async def test_an_ending_is_dropped_by_billing_and_the_plan_then_warns_that_the_service_goes_on(
    client: httpx.AsyncClient, service: Service
) -> None:
    # given an old service with a credit
    plan = await made(client, client__services=[THURSDAYS])
    address = f"/v1/adjustments/{one(plan, 'cancel_service', 'sms')['id']}/void"
    async with calling(service.app, await service.key("support")) as support:
        refused = await support.post(address, json={"reason": "They keep it."})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")

    # when Billing drops its ending
    async with calling(service.app, await service.key("billing")) as billing:
        dropped = await billing.post(address, json={"reason": "They keep it."})
    assert dropped.status_code == 200, dropped.text

    # then the plan says so, on its page as well
    seen = (await client.get(f"/v1/plans/{plan['id']}")).json()
    goes_on = "SMS is not ended: it goes on, and is billed as before, beside the new package."
    assert seen["warnings"] == [
        {"code": "service_goes_on", "detail": goes_on, "next_working_monday": None}
    ]
    assert dropped.json()["note"] == goes_on
    assert one(seen, "credit", "sms")["state"] == "voided"


async def test_a_client_with_another_package_has_nothing_ended(
    client: httpx.AsyncClient, service: Service
) -> None:
    # given a client whose record says something else by now
    plan = await made(client)
    async with service.sessions.begin() as session:
        await session.execute(text("UPDATE clients SET package = 'start'"))
    await until(service, IN_THE_WINDOW)
    ending = one(plan, "cancel_service", "sms")

    refused = await client.post(
        f"/v1/adjustments/{ending['id']}/confirm",
        json={"typed": ending["to_type"], "evidence": EVIDENCE},
    )

    assert (refused.status_code, refused.json()["code"]) == (409, "plan_not_right")
    assert "another package" in refused.json()["detail"]


async def test_a_changed_bill_moves_with_its_plan_and_what_cannot_is_work(
    client: httpx.AsyncClient, service: Service
) -> None:
    plan = await made(client)
    await until(service, IN_THE_WINDOW)
    for kind in ("cancel_service", "start_service"):
        each = one(plan, kind, "sms")
        body = {"typed": each["to_type"], "evidence": EVIDENCE}
        confirmed = await client.post(f"/v1/adjustments/{each['id']}/confirm", json=body)
        assert confirmed.status_code == 200, confirmed.text

    body = {"live_on": "2026-12-14", "reason": "Later.", "dry_run": True}
    tried = await client.post(f"/v1/plans/{plan['id']}/live-date", json=body)
    moved = await client.post(f"/v1/plans/{plan['id']}/live-date", json={**body, "dry_run": False})

    assert moved.status_code == 200, moved.text
    assert tried.json()["changes"] == moved.json()["changes"]
    assert "Take back the start of SMS" in tried.json()["work"] == moved.json()["work"]
    charge = one(moved.json()["plan"], "charge", "sms")
    assert charge["money"] == {"amount": "49.00", "currency": "AUD"}
    assert charge["reckoning"]["sentence"].startswith("1 whole week (7 to 13 December 2026)")


async def test_what_cancelling_would_undo_is_said_before_it_is_done(
    client: httpx.AsyncClient, service: Service
) -> None:
    plan = await made(client)
    await until(service, IN_THE_WINDOW)
    ending = one(plan, "cancel_service", "sms")
    body = {"typed": ending["to_type"], "evidence": EVIDENCE}
    await client.post(f"/v1/adjustments/{ending['id']}/confirm", json=body)

    listed = await client.get(f"/v1/plans/{plan['id']}/cancel-plan")
    cancelled = await client.post(f"/v1/plans/{plan['id']}/cancel", json={"reason": "No."})

    fates = {step["subject_id"]: step["fate"] for step in listed.json()["steps"]}
    assert fates[ending["id"]] == "cannot_be_undone"
    assert cancelled.status_code == 200, cancelled.text
    titles = {task["title"] for task in cancelled.json()["tasks"] if task["state"] == "open"}
    assert "Start SMS again as it was" in titles

    # and a plan that is over is not cancelled again
    for answer in (
        await client.get(f"/v1/plans/{plan['id']}/cancel-plan"),
        await client.post(f"/v1/plans/{plan['id']}/cancel", json={"reason": "No."}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "state_refuses")
        assert "in_window" in answer.json()["facts"]["allowed_states"]


async def test_putting_back_asks_for_evidence(client: httpx.AsyncClient, service: Service) -> None:
    # given a start that was made for a date that holds no more
    plan = await made(client)
    await until(service, IN_THE_WINDOW)
    start = one(plan, "start_service", "sms")
    await client.post(f"/v1/adjustments/{start['id']}/confirm", json={"evidence": EVIDENCE})
    body = {"live_on": "2026-12-14", "reason": "Later."}
    moved = (await client.post(f"/v1/plans/{plan['id']}/live-date", json=body)).json()["plan"]
    (task,) = (task for task in moved["tasks"] if task["kind"] == "reversal")

    without = await client.post(f"/v1/tasks/{task['id']}/complete")
    done = await client.post(f"/v1/tasks/{task['id']}/complete", json={"evidence": EVIDENCE})

    assert (without.status_code, without.json()["code"]) == (422, "evidence_missing")
    assert done.status_code == 200, done.text
    put_back = (await client.get(f"/v1/adjustments/{start['id']}")).json()
    assert put_back["reversal"] == "done"
