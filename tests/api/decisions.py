"""Plans that wait for a person, as the tests of decisions make them and decide about them."""

from typing import Any
from uuid import UUID

import httpx

from app.services.intake import process_event
from tests.api.conftest import Service
from tests.builders import office, signed_document

WHY = "The client called."


async def made(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/v1/plans", json=signed_document(**changes))
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    return plan


async def seen(client: httpx.AsyncClient, plan: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"/v1/plans/{plan['id']}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def two(client: httpx.AsyncClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """An open plan from Start to Sprint, and a second agreement from Start to Scale."""
    first = await made(client, movement__from="start", movement__to="sprint")
    second = await made(
        client,
        agreement__ref="PROP-2",
        movement__from="start",
        agreement__live_on="2026-12-14",
        agreement__total="1490.00",
        agreement__currency="AUD",
    )
    return first, second


async def disagreeing(client: httpx.AsyncClient) -> dict[str, Any]:
    """A plan whose agreement leaves Start, while its client has Sprint."""
    first = await made(client)
    await client.post(f"/v1/plans/{first['id']}/cancel", json={"reason": WHY})
    return await made(client, agreement__ref="PROP-2", movement__from="start")


async def resolve(
    client: httpx.AsyncClient, plan: dict[str, Any], choice: str, **headers: str
) -> httpx.Response:
    return await client.post(
        f"/v1/plans/{plan['id']}/resolve",
        json={"choice": choice, "reason": WHY},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def choices(plan: dict[str, Any]) -> list[str]:
    return [one["choice"] for one in plan["review"]["choices"]]


async def understood(service: Service, client: httpx.AsyncClient, event_id: str) -> dict[str, Any]:
    """Have an event understood, as a worker would; answers with its plan."""
    async with service.sessions.begin() as session:
        await process_event(session, UUID(event_id), office=office(), now=service.clock.at)
    event = (await client.get(f"/v1/inbound-events/{event_id}")).json()
    return {"id": event["plan_id"]}
