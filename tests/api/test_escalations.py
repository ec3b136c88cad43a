"""Escalations over the API: told rung by rung, until somebody takes them on."""

from datetime import UTC, datetime

import httpx

from app.services.runs.sweeping import sweep_deadlines
from tests.api.conftest import Service
from tests.api.test_runs import ONBOARDING, hired
from tests.builders import office


async def swept(service: Service, day: int, hour: int, minute: int = 0) -> None:
    service.clock.at = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
    async with service.sessions.begin() as session:
        await sweep_deadlines(session, office=office(), now=service.clock.at)


async def listed(client: httpx.AsyncClient, asked: str) -> list[tuple[str, str | None]]:
    found = (await client.get(f"/v1/escalations?{asked}")).json()["items"]
    return [(each["role"], each["taken_by"]) for each in found]


async def test_what_somebody_takes_on_goes_no_further_up(
    service: Service, client: httpx.AsyncClient
) -> None:
    # blocked on Friday at 13:13 in Brisbane, and two hours of work later somebody is told
    run = f"/v1/runs/{(await client.post('/v1/runs', json=ONBOARDING)).json()['id']}"
    blocked = await client.post(f"{run}/steps/preboarding/block", json={"reason": "No address."})
    subscribed = {"target_url": "https://desk.example/hook", "events": ["escalation.*"]}
    assert (await client.post("/v1/hooks", json=subscribed)).status_code == 201
    await swept(service, 20, 5, 13)
    assert await listed(client, "open=true&taken=false") == [("service_manager", None)]

    # the service manager takes it on, once
    (first,) = (await client.get("/v1/escalations")).json()["items"]
    take = f"/v1/escalations/{first['id']}/take"
    stale = await client.post(take, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    async with await hired(service, "service_manager") as vera:
        meant = {"If-Match": blocked.headers["etag"]}
        taken = await vera.post(take, json={"note": "I call them."}, headers=meant)
    assert taken.status_code == 200, taken.text
    assert taken.headers["etag"] == (await client.get(run)).headers["etag"] == '"3"'
    said = {key: taken.json()[key] for key in ("taken_at", "taken_by", "taken_note", "ended_at")}
    assert said == {
        "taken_at": "2026-11-20T05:13:00Z",
        "taken_by": "service_manager",
        "taken_note": "I call them.",
        "ended_at": None,
    }
    again = await client.post(take)
    assert (again.status_code, again.json()["code"]) == (409, "escalation_taken")
    assert again.json()["facts"] == {"taken_by": "service_manager"}
    assert await listed(client, "open=true&taken=false") == []
    assert await listed(client, "open=true&taken=true") == [("service_manager", "service_manager")]
    asked = f"/v1/audit?action=run.escalation_taken&subject_id={first['run_id']}"
    assert [each["reason"] for each in (await client.get(asked)).json()["items"]] == [
        "I call them."
    ]
    told = (await client.get("/v1/deliveries?kind=hook.post")).json()["items"]
    assert {each["subject"] for each in told} == {"escalation.raised", "escalation.taken"}

    # days later nobody further up was told, and what was missed is still missed and open
    await swept(service, 24, 5)
    up = await listed(client, f"run_id={first['run_id']}")
    assert "operations_director" not in {role for role, _ in up}
    deadlines = (await client.get(run)).json()["deadlines"]
    (missed,) = [each for each in deadlines if each["key"] == "blocked"]
    assert missed["missed_at"] == "2026-11-20T05:13:00Z"
    assert (missed["ended_at"], missed["escalated_to"]) == (None, ["service_manager"])


async def test_what_is_over_or_was_never_there_is_not_taken_on(
    service: Service, client: httpx.AsyncClient
) -> None:
    run = f"/v1/runs/{(await client.post('/v1/runs', json=ONBOARDING)).json()['id']}"
    await client.post(f"{run}/steps/preboarding/block", json={"reason": "No address."})
    await swept(service, 20, 5, 13)
    (first,) = (await client.get("/v1/escalations")).json()["items"]

    await client.post(f"{run}/steps/preboarding/unblock")

    over = await client.post(f"/v1/escalations/{first['id']}/take")
    assert (over.status_code, over.json()["code"]) == (409, "escalation_over")
    nothing = await client.post(f"/v1/escalations/{first['run_id']}/take")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "escalation_not_found")
