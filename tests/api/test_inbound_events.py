"""What becomes of events: understood, quarantined with a reason, and once more after a fix."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from app.services.intake import process_event
from tests.api.conftest import Service
from tests.builders import office, signed_document


async def brought(client: httpx.AsyncClient, document: dict[str, Any]) -> str:
    answer = await client.post("/webhooks/agreement", json=document)
    assert answer.status_code == 202, answer.text
    event_id: str = answer.json()["event_id"]
    return event_id


async def worked(service: Service, event_id: str) -> None:
    """Do what the worker's job does."""
    async with service.sessions() as session, session.begin():
        await process_event(session, UUID(event_id), office=office(), now=service.clock.at)


async def test_a_signed_agreement_becomes_a_plan(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    event_id = await brought(client, signed_document())

    # when
    await worked(service, event_id)

    # then
    event = (await client.get(f"/v1/inbound-events/{event_id}")).json()
    assert (event["status"], event["agreement_ref"]) == ("processed", "PROP-1042")
    plan = (await client.get(f"/v1/plans/{event['plan_id']}")).json()
    assert plan["state"] == "scheduled"
    told = (await client.get(f"/v1/plans/{plan['id']}/timeline")).json()["items"]
    arrived = next(entry for entry in told if entry["subject"]["kind"] == "inbound_event")
    assert arrived["what"] == "The event agreement.signed came in and was processed"
    assert arrived["by"] == "agreement"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"movement__to": "platinum"}, "package_unknown"),
        ({"movement__from": ...}, "package_left_unknown"),
        ({"movement": {"from": "scale", "to": "sprint"}}, "not_an_upgrade"),
        ({"movement__to": ...}, "not_understood"),
        ({"client__timezone": "Mars/Olympus"}, "not_understood"),
        ({"client": {"ref": "C-9"}}, "client_unnamed"),
        ({"client": {}}, "not_understood"),
        ({"agreement__ref": ...}, "not_understood"),
        ({"agreement": 5}, "not_understood"),
        ({"event": ...}, "not_understood"),
        ({"event": "billing.service_started"}, "not_understood"),
        ({"agreement__kind": "renewal"}, "contract_not_found"),
    ],
)
async def test_what_is_not_understood_waits_with_its_reason(
    service: Service, client: httpx.AsyncClient, changes: dict[str, Any], reason: str
) -> None:
    # given
    event_id = await brought(client, signed_document(**changes))

    # when
    await worked(service, event_id)

    # then
    event = (await client.get(f"/v1/inbound-events/{event_id}")).json()
    assert event["status"] == "quarantined"
    assert event["reason"].startswith(f"{reason}: ")
    listed = await client.get("/v1/inbound-events?status=quarantined&source=agreement")
    assert [each["id"] for each in listed.json()["items"]] == [event_id]
    assert (await client.get("/v1/plans")).json()["items"] == []
    assert (await client.get("/v1/clients")).json()["items"] == []


async def test_a_quarantined_event_is_understood_after_the_fix(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    waits = await brought(client, signed_document(event_id="1", movement__from=...))
    await worked(service, waits)
    other = signed_document(
        event_id="2", agreement__ref="PROP-1", movement={"from": "start", "to": "sprint"}
    )
    cleared = await brought(client, other)
    await worked(service, cleared)
    plan_id = (await client.get(f"/v1/inbound-events/{cleared}")).json()["plan_id"]
    await client.post(f"/v1/plans/{plan_id}/cancel", json={"reason": "Only to know the client."})

    # when
    replayed = await client.post(f"/v1/inbound-events/{waits}/replay")
    twice = await client.post(f"/v1/inbound-events/{waits}/replay")
    await worked(service, waits)

    # then
    assert replayed.status_code == 202
    assert (replayed.json()["status"], replayed.json()["reason"]) == ("received", None)
    assert (twice.status_code, twice.json()["code"]) == (409, "not_quarantined")
    again = (await client.get(f"/v1/inbound-events/{waits}")).json()
    assert again["status"] == "processed"
    plan = (await client.get(f"/v1/plans/{again['plan_id']}")).json()
    assert plan["movement"] == {"from": "start", "to": "scale"}


async def test_events_that_nobody_listens_to_are_ignored(
    service: Service, client: httpx.AsyncClient
) -> None:
    event_id = await brought(client, {"event": "weather.changed"})
    await worked(service, event_id)
    event = (await client.get(f"/v1/inbound-events/{event_id}")).json()
    assert event["status"] == "ignored"


async def test_the_inbox_is_continued_by_cursor(client: httpx.AsyncClient) -> None:
    # given
    for number in range(5):
        await brought(client, signed_document(event_id=str(number)))

    # when
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await client.get(f"/v1/inbound-events?limit=2{cursor}")).json()
        seen += [event["event_id"] for event in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    # then
    assert seen == ["4", "3", "2", "1", "0"]


async def test_an_event_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    address = "/v1/inbound-events/01a2044b-b4fc-7311-a382-ac96628c5f83"
    assert (await client.get(address)).status_code == 404
    assert (await client.post(f"{address}/replay")).status_code == 404
