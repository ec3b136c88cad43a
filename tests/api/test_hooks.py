"""Subscriptions over HTTP: made with a secret, found by their address, ended; tasks in a list."""

import httpx
from sqlalchemy import select, update

from app.db.models import Delivery
from tests.api.conftest import Service
from tests.api.contracting import made, noon, stored_contract

TARGET = "https://hooks.example/catch/1"


async def subscribed(client: httpx.AsyncClient, *events: str) -> dict[str, str]:
    answer = await client.post("/v1/hooks", json={"target_url": TARGET, "events": list(events)})
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    return found


async def test_a_subscriber_gets_the_events_that_it_asked_for_until_it_ends(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    hook = await subscribed(client, "contract.change_scheduled")
    more = {"product": "seats", "add": 1}

    change = await made(client, contract_id, "upgrade", more, effective_on="2026-03-01")
    await made(client, contract_id, "upgrade", more)  # in force at once: not asked for

    listed = await client.get("/v1/deliveries", params={"contract_id": contract_id})
    (event,) = [each for each in listed.json()["items"] if each["kind"] == "hook.post"]
    assert (event["subject"], event["hook_id"]) == ("contract.change_scheduled", hook["id"])
    shown = (await client.get(f"/v1/deliveries/{event['id']}")).json()
    assert "target_url" not in shown["payload"]
    (sample,) = (await client.get("/v1/hooks/samples/contract.change_scheduled")).json()
    assert sample == shown["payload"]["body"]
    assert sample["data"]["change"]["id"] == change["id"]
    assert sample["data"]["client"]["name"] == "Harbour Dental"

    found = await client.get("/v1/hooks", params={"target_url": TARGET})
    assert [each["id"] for each in found.json()["items"]] == [hook["id"]]
    assert "secret" not in found.json()["items"][0]
    ended = await client.delete(f"/v1/hooks/{hook['id']}")
    again = await client.delete(f"/v1/hooks/{hook['id']}")
    assert (ended.status_code, again.status_code) == (204, 404)
    left = (await client.get(f"/v1/deliveries/{event['id']}")).json()
    assert left["state"] == "cancelled"


async def test_what_is_not_sent_and_addresses_inside_are_refused(
    client: httpx.AsyncClient,
) -> None:
    unknown = await client.post("/v1/hooks", json={"target_url": TARGET, "events": ["plan.eaten"]})
    plain = {"target_url": "ftp://hooks.example/", "events": ["contract.*"]}
    address = await client.post("/v1/hooks", json=plain)

    assert (unknown.status_code, unknown.json()["code"]) == (422, "event_unknown")
    assert (address.status_code, address.json()["code"]) == (422, "target_invalid")


async def test_an_effect_of_a_contract_that_failed_is_skipped_by_a_person(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    await made(client, contract_id, "termination", effective_on="2026-06-01")
    async with service.sessions.begin() as session:
        await session.execute(update(Delivery).values(state="failed", reason="It was refused."))
        ids = list(await session.scalars(select(Delivery.id)))

    again = await client.post(f"/v1/deliveries/{ids[0]}/retry")
    left = await client.post(f"/v1/deliveries/{ids[1]}/skip", json={"reason": "Told by phone."})

    assert (again.status_code, again.json()["state"]) == (200, "pending")
    assert (left.status_code, left.json()["state"]) == (200, "skipped")


async def test_tasks_of_contracts_are_listed_and_ticked(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    await made(client, contract_id, "termination", effective_on="2026-06-01")

    listed = await client.get("/v1/tasks", params={"contract_id": contract_id, "state": "open"})
    (task,) = listed.json()["items"]
    done = await client.post(f"/v1/tasks/{task['id']}/complete")

    assert (task["plan_id"], task["due_on"]) == (None, "2026-05-25")
    assert (done.status_code, done.json()["state"]) == (200, "done")
    left = await client.get("/v1/tasks", params={"contract_id": contract_id, "state": "open"})
    assert left.json()["items"] == []
