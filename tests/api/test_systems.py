"""Outside systems over HTTP: paused and resumed, what is stuck, and many tried again at once."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text, update

from app.db.models import Delivery
from tests.api.conftest import Service
from tests.builders import stored_plan

WHY = {"reason": "The helpdesk is being moved."}


@pytest.fixture
async def planned(service: Service) -> Any:
    """A plan with effects that nobody has carried out."""
    return await stored_plan(service.sessions)


async def changed(service: Service, statement: str) -> None:
    async with service.sessions() as session, session.begin():
        await session.execute(text(statement))


async def failed(service: Service, *kinds: str, state: str = "failed") -> None:
    async with service.sessions() as session, session.begin():
        await session.execute(
            update(Delivery).where(Delivery.kind.in_(kinds)).values(state=state, reason="No.")
        )


async def system(client: httpx.AsyncClient, name: str) -> dict[str, Any]:
    items = (await client.get("/v1/systems")).json()["items"]
    (one,) = [each for each in items if each["system"] == name]
    found: dict[str, Any] = one
    return found


async def test_every_system_is_shown_with_what_waits_for_it(
    client: httpx.AsyncClient, planned: Any
) -> None:
    items = (await client.get("/v1/systems")).json()["items"]

    assert [one["system"] for one in items] == [
        "billing",
        "google_chat",
        "helpscout",
        "hooks",
        "monday",
        "provisioning",
        "stripe",
    ]
    assert {one["state"] for one in items} == {"up"}
    mail = await system(client, "helpscout")
    assert (mail["connected"], mail["unsettled"], mail["held"]) == (True, {"pending": 1}, 0)
    assert mail["oldest_due_at"] is not None
    assert not (await system(client, "billing"))["connected"]


async def test_a_system_is_paused_with_a_reason_and_resumed(
    service: Service, client: httpx.AsyncClient
) -> None:
    # without a reason it is not paused
    assert (await client.post("/v1/systems/helpscout/pause", json={})).status_code == 422

    paused = await client.post("/v1/systems/helpscout/pause", json=WHY)
    assert paused.status_code == 200, paused.text
    assert paused.json()["state"] == "paused"
    assert paused.json()["paused_because"] == WHY["reason"]
    assert paused.json()["paused_by"]
    assert (await system(client, "monday"))["state"] == "up"

    resumed = await client.post("/v1/systems/helpscout/resume")
    assert (resumed.status_code, resumed.json()["state"]) == (200, "up")
    assert resumed.json()["paused_at"] is None

    again = await client.post("/v1/systems/helpscout/resume")
    assert (again.status_code, again.json()["code"]) == (409, "system_not_paused")
    trail = (await client.get("/v1/audit")).json()["items"]
    actions = [each["action"] for each in trail if each["action"].startswith("system.")]
    assert sorted(actions) == ["system.paused", "system.resumed"]


async def test_resuming_a_system_that_is_down_has_it_tried_at_once(
    service: Service, client: httpx.AsyncClient
) -> None:
    await changed(
        service,
        "INSERT INTO outside_systems (system, failures, opened_at, probe_at, last_failure) VALUES"
        " ('monday', 5, now(), now() + interval '5 minutes', 'monday.com answered 500.')",
    )
    before = await system(client, "monday")
    assert (before["state"], before["last_failure"]) == ("down", "monday.com answered 500.")

    after = (await client.post("/v1/systems/monday/resume")).json()

    assert after["state"] == "down"
    assert after["tried_again_at"] < before["tried_again_at"]


async def test_everything_that_is_stuck_is_in_one_place(
    service: Service, client: httpx.AsyncClient, planned: Any
) -> None:
    # given nothing stuck, then one of each
    assert (await client.get("/v1/stuck")).json()["count"] == 0
    await failed(service, "board.create")
    await changed(service, "UPDATE deliveries SET held_at = now() WHERE kind = 'email.begun'")
    await changed(
        service,
        "UPDATE deliveries SET enqueued_at = now() - interval '1 hour' WHERE kind = 'chat.post'",
    )
    await changed(
        service,
        "INSERT INTO deliveries (id, plan_id, kind, system, subject, key, generation, state,"
        " payload, progress, attempts, withdraw, created_at, version, token, lease_until)"
        " SELECT gen_random_uuid(), id, 'board.watch', 'monday', 'a watch', 'watch#1', 1,"
        " 'sending', '{}', '{}', 1, false, now(), 1, gen_random_uuid(),"
        " now() - interval '2 minutes' FROM plans",
    )
    await changed(
        service,
        "UPDATE jobs.pgqueuer SET execute_after = now() - interval '1 hour' WHERE id ="
        " (SELECT min(id) FROM jobs.pgqueuer)",
    )
    await changed(
        service,
        "INSERT INTO jobs.pgqueuer_log (job_id, status, priority, entrypoint)"
        " VALUES (4711, 'exception', 0, 'deliver')",
    )
    await changed(
        service,
        "INSERT INTO inbound_events (id, source, event_id, status, document, received_at, reason,"
        " repeats, differs)"
        " VALUES (gen_random_uuid(), 'agreement', 'e', 'quarantined', '{}', now(), 'No.', 0,"
        " false)",
    )
    await client.post("/v1/systems/helpscout/pause", json=WHY)

    # when
    found = (await client.get("/v1/stuck")).json()

    # then
    assert found["deliveries"] == {"failed": 1, "held": 1, "late": 1, "silent": 1}
    assert {one["kind"] for one in found["oldest_deliveries"]} == {
        "board.create",
        "email.begun",
        "chat.post",
        "board.watch",
    }
    assert found["events"] == {"quarantined": 1}
    assert found["oldest_events"][0]["reason"] == "No."
    assert found["jobs"] == {"late": 1, "silent": 0, "failed": 1}
    assert {(one["why"], one["kind"]) for one in found["newest_jobs"]} >= {("failed", "deliver")}
    assert [one["system"] for one in found["systems"]] == ["helpscout"]
    assert found["count"] == 8


async def test_many_stuck_effects_are_tried_again_by_a_filter(
    service: Service, client: httpx.AsyncClient, planned: Any
) -> None:
    await failed(service, "chat.post", "board.create")

    answer = await client.post("/v1/deliveries/retry", json={"system": "google_chat"})

    assert answer.status_code == 200, answer.text
    assert answer.json() == {"retried": 1, "refused": [], "left": 0}
    (chat,) = (await client.get("/v1/deliveries?system=google_chat")).json()["items"]
    (board,) = (await client.get("/v1/deliveries?kind=board.create")).json()["items"]
    assert (chat["state"], board["state"]) == ("pending", "failed")


async def test_a_retry_of_many_says_what_it_left(
    service: Service, client: httpx.AsyncClient, planned: Any
) -> None:
    # given two stuck effects, one of them on a board that the plan has left
    await failed(service, "chat.post", "board.create")
    await changed(service, "UPDATE plans SET board_state = 'by_hand'")

    one = await client.post("/v1/deliveries/retry", json={"state": "failed", "limit": 1})
    assert (one.status_code, one.json()["left"]) == (200, 1)


async def test_a_retry_of_everything_at_once_is_refused(
    service: Service, client: httpx.AsyncClient
) -> None:
    empty: list[dict[str, Any]] = [{}, {"reason": "All of it."}, {"limit": 5}]
    for body in empty:
        answer = await client.post("/v1/deliveries/retry", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "filter_empty")
    wrong: list[dict[str, Any]] = [{"state": "delivered"}, {"state": "failed", "limit": 201}]
    for body in wrong:
        assert (await client.post("/v1/deliveries/retry", json=body)).status_code == 422


async def test_the_numbers_tell_what_waits(
    service: Service, client: httpx.AsyncClient, planned: Any
) -> None:
    await failed(service, "board.create")
    await client.post("/v1/systems/helpscout/pause", json=WHY)

    told = (await client.get("/metrics")).text

    assert "changeover_database_up 1.0" in told
    assert 'changeover_deliveries{state="failed",system="monday"} 1.0' in told
    assert 'changeover_deliveries{state="pending",system="helpscout"} 1.0' in told
    assert 'changeover_delivery_oldest_due_seconds{system="google_chat"}' in told
    assert 'changeover_system_paused{system="helpscout"} 1.0' in told
    assert 'changeover_system_down{system="helpscout"} 0.0' in told
    assert "changeover_transition_lag_seconds 0.0" in told
    assert 'changeover_queue_jobs{job="deliver",status="queued"} 3.0' in told


async def test_a_plan_that_should_have_moved_is_told_by_its_lag(
    service: Service, client: httpx.AsyncClient, planned: Any
) -> None:
    await changed(service, "UPDATE plans SET window_opens_at = '2026-11-19T00:00:00Z'")

    told = (await client.get("/metrics")).text

    (line,) = [x for x in told.splitlines() if x.startswith("changeover_transition_lag_seconds")]
    assert float(line.split()[1]) > 86_400
