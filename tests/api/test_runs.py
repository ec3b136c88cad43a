"""Runs over the API: started, worked through, refused; and what is read of them."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx

from app.services.staff import AddStaff, add_staff
from tests.api.conftest import Service
from tests.builders import TESTER, calling, stored_key

ONBOARDING: dict[str, Any] = {
    "playbook": "client-onboarding",
    "subject": "C-77",
    "inputs": {
        "client_name": "Harbour Dental",
        "client_email": "owner@harbour.example",
        "new_client": True,
        "signed_on": "2026-11-20",
    },
}


async def hired(service: Service, role: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    async with service.sessions.begin() as session:
        command = AddStaff(role, f"{role}@agency.example", role, active=True, refs={})
        person = await add_staff(session, command, actor=TESTER, now=await service.clock.now())
    key = await stored_key(service.sessions, "support", staff_id=person.id)
    return calling(service.app, key)


async def test_a_run_is_started_and_worked_through_over_the_api(
    service: Service, client: httpx.AsyncClient
) -> None:
    begun = await client.post("/v1/runs", json=ONBOARDING, headers={"Idempotency-Key": "run-1"})
    again = await client.post("/v1/runs", json=ONBOARDING, headers={"Idempotency-Key": "run-1"})
    assert (begun.status_code, again.json()["id"]) == (201, begun.json()["id"])
    run = f"/v1/runs/{begun.json()['id']}"
    step = f"{run}/steps/preboarding"
    assert (await client.get(run)).headers["etag"] == '"1"'

    # what is refused says what would be right
    wrong = await client.post("/v1/runs", json=ONBOARDING | {"inputs": {"signed_on": "soon"}})
    assert wrong.status_code == 422
    assert "/inputs/signed_on" in {each["pointer"] for each in wrong.json()["errors"]}
    upgrade = await client.post("/v1/runs", json=ONBOARDING | {"playbook": "client-upgrade"})
    assert (upgrade.status_code, upgrade.json()["code"]) == (409, "runs_as_plans")
    assert (await client.post(f"{step}/verify")).json()["facts"]["allowed_states"] == ["in_review"]
    assert (await client.post(f"{step}/complete")).json()["code"] == "items_open"
    assert (await client.post(f"{step}/tick", json={"item": 1})).json()["code"] == (
        "item_out_of_turn"
    )

    async with (
        await hired(service, "technician") as tina,
        await hired(service, "service_manager") as vera,
    ):
        for item in range(7):
            ticked = await tina.post(f"{step}/tick", json={"item": item, "evidence": "Seen."})
            assert ticked.status_code == 200, ticked.text
        stale = await tina.post(f"{step}/complete", headers={"If-Match": '"1"'})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
        done = await tina.post(f"{step}/complete", headers={"If-Match": ticked.headers["etag"]})
        assert done.json()["step"]["state"] == "in_review"
        assert (await tina.post(f"{step}/verify")).json()["code"] == "same_person"
        assert (await vera.post(f"{step}/verify")).json()["step"][
            "verified_by"
        ] == "service_manager"

    shown = (await client.get(run)).json()
    assert [each["state"] for each in shown["steps"][:3]] == ["done", "ready", "waiting"]
    assert (await client.get("/v1/runs?subject=C-77&state=running")).json()["items"][0]["id"] == (
        shown["id"]
    )
    assert (await client.get("/v1/escalations?open=true")).json()["items"] == []
    measures = (await client.get("/v1/measures?playbook=client-onboarding")).json()["items"]
    by_key = {each["key"]: (each["figure"], each["status"]) for each in measures}
    assert by_key["first_pass_quality"] == ("100", "met")
    assert (await client.get("/v1/playbooks/client-onboarding")).json()["owner"] == (
        "operations_director"
    )

    over = await client.post(f"{run}/cancel", json={"reason": "The client left."})
    assert (over.json()["state"], over.json()["reason"]) == ("cancelled", "The client left.")
    late = await client.post(f"{step}/reopen", json={"reason": "Once more."})
    assert (late.status_code, late.json()["code"]) == (409, "run_over")


async def test_a_step_is_left_out_once_its_deviation_is_approved(
    service: Service, client: httpx.AsyncClient
) -> None:
    run = f"/v1/runs/{(await client.post('/v1/runs', json=ONBOARDING)).json()['id']}"
    step = f"{run}/steps/kickoff"
    refused = await client.post(f"{step}/skip", json={"reason": "Met."})
    assert refused.json()["code"] == "deviation_wanted"

    await client.post(f"{step}/deviate", json={"reason": "Met before."})
    (asked,) = (await client.get("/v1/approvals?state=requested")).json()["items"]
    assert (asked["subject_kind"], asked["role"]) == ("run_deviation", "operations_director")
    approve = f"/v1/approvals/{asked['id']}/approve"
    assert (await client.post(approve)).status_code == 403
    async with await hired(service, "operations_director") as director:
        assert (await director.post(approve)).json()["state"] == "approved"

    left = await client.post(f"{step}/skip", json={"reason": "Met."})
    assert left.json()["step"]["state"] == "skipped"


async def test_a_step_is_worked_through_as_the_task_on_its_person_s_list(
    service: Service, client: httpx.AsyncClient
) -> None:
    async with await hired(service, "technician") as tina:
        run = f"/v1/runs/{(await client.post('/v1/runs', json=ONBOARDING)).json()['id']}"
        listed = (await client.get("/v1/tasks?state=open&role=technician")).json()["items"]
        (task,) = [each for each in listed if each["step"] == "preboarding"]
        assert (task["kind"], task["step_state"], task["due_on"]) == ("step", "ready", "2026-11-22")
        assert task["assignee"]["email"] == "technician@agency.example"
        at = f"/v1/tasks/{task['id']}"

        # given to another day, blocked, and going on again, as any task is
        moved = await client.patch(at, json={"due_on": "2026-11-26"})
        assert (moved.status_code, moved.json()["due_on"]) == (200, "2026-11-26")
        held = await tina.post(f"{at}/block", json={"reason": "No answer yet."})
        assert (held.json()["state"], held.json()["step_state"]) == ("blocked", "blocked")
        goes_on = await tina.post(f"{at}/reopen")
        assert (goes_on.json()["state"], goes_on.json()["reason"]) == ("open", None)

        # its playbook decides what ticking it asks for, and where it leads
        assert (await tina.post(f"{at}/complete", json={"checklist": [9]})).json()["code"] == (
            "checklist_unknown"
        )
        bare = await tina.post(f"{at}/complete")
        assert (bare.status_code, bare.json()["code"]) == (422, "evidence_wanted")
        for item in range(7):
            await tina.post(f"{run}/steps/preboarding/tick", json={"item": item, "evidence": "X."})
        done = await tina.post(f"{at}/complete")
        assert (done.json()["state"], done.json()["step_state"]) == ("open", "in_review")
        assert done.json()["checklist"][0]["by"] == "technician"

    # the run shows the same, and once it is over nothing of it is on anybody's list
    (step,) = [
        each for each in (await client.get(run)).json()["steps"] if each["task_id"] == task["id"]
    ]
    assert (step["state"], step["executed_by"]) == ("in_review", "technician")
    assert step["due_at"].startswith("2026-11-26T14:00")
    await client.post(f"{run}/cancel", json={"reason": "The client left."})
    left = (await client.get("/v1/tasks?state=open")).json()["items"]
    assert [each["title"] for each in left if each["step"]] == []
