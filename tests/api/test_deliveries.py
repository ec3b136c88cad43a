"""Outside effects over HTTP: seen with their attempts, and decided where they are stuck."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update

from app.db.ids import new_id
from app.db.models import Attempt, Delivery
from tests.api.conftest import Service
from tests.builders import stored_plan


@pytest.fixture
async def board(service: Service, client: httpx.AsyncClient) -> dict[str, Any]:
    """The delivery that makes the board of a plan, still to be sent."""
    plan = await stored_plan(service.sessions)
    found = await client.get(f"/v1/deliveries?plan_id={plan.id}&kind=board.create")
    (delivery,) = found.json()["items"]
    whole: dict[str, Any] = delivery
    return whole


async def turned(service: Service, delivery: dict[str, Any], state: str) -> None:
    """Let the vendor have refused it."""
    async with service.sessions() as session, session.begin():
        delivery_id = UUID(delivery["id"])
        await session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id)
            .values(state=state, reason="The vendor refused it.", attempts=1)
        )
        session.add(
            Attempt(
                id=new_id(),
                delivery_id=delivery_id,
                number=1,
                started_at=service.clock.at,
                finished_at=service.clock.at,
                outcome="refused",
                detail="The vendor refused it.",
                exchanges=[{"method": "POST", "status": 400}],
            )
        )


async def test_deliveries_are_found_by_system_and_state(
    client: httpx.AsyncClient, board: dict[str, Any]
) -> None:
    # when
    pending = (await client.get("/v1/deliveries?state=pending")).json()["items"]
    mails = (await client.get("/v1/deliveries?system=helpscout")).json()["items"]
    failed = (await client.get("/v1/deliveries?state=failed")).json()["items"]

    # then
    assert {each["system"] for each in pending} == {"monday", "helpscout", "google_chat"}
    assert [each["kind"] for each in mails] == ["email.begun"]
    assert failed == []
    whole = (await client.get(f"/v1/deliveries/{board['id']}")).json()
    assert "Harbour Dental" in whole["payload"]["name"]
    assert whole["tries"] == []


async def test_what_the_vendor_refused_is_tried_again_under_a_new_key(
    service: Service, client: httpx.AsyncClient, board: dict[str, Any]
) -> None:
    # given
    address = f"/v1/deliveries/{board['id']}"
    too_early = await client.post(f"{address}/retry")
    await turned(service, board, "failed")

    # when
    retried = await client.post(f"{address}/retry", headers={"If-Match": '"1"'})

    # then
    assert (too_early.status_code, too_early.json()["code"]) == (409, "delivery_state_refuses")
    assert too_early.json()["facts"]["allowed_states"] == ["failed", "parked"]
    assert retried.status_code == 200, retried.text
    assert (retried.json()["state"], retried.json()["generation"]) == ("pending", 2)
    assert retried.json()["key"] != board["key"]
    assert retried.json()["tries"][0]["exchanges"] == [{"method": "POST", "status": 400}]
    assert retried.headers["etag"] == '"2"'


async def test_it_is_skipped_with_a_reason_or_done_by_hand_with_proof(
    service: Service, client: httpx.AsyncClient, board: dict[str, Any]
) -> None:
    # given
    address = f"/v1/deliveries/{board['id']}"
    await turned(service, board, "failed")

    # when
    unproved = await client.post(f"{address}/mark-done", json={})
    stale = await client.post(f"{address}/skip", json={"reason": "x"}, headers={"If-Match": '"9"'})
    proof = {"evidence": {"reference": "https://board.example/7"}}
    done = await client.post(f"{address}/mark-done", json=proof)
    late = await client.post(f"{address}/skip", json={"reason": "x"})

    # then
    assert unproved.json()["errors"][0]["pointer"] == "/evidence"
    assert stale.status_code == 412
    assert done.json()["state"] == "done_by_hand"
    assert done.json()["evidence"] == {"reference": "https://board.example/7", "note": None}
    assert late.status_code == 409


async def test_one_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    address = "/v1/deliveries/01a2044b-b4fc-7311-a382-ac96628c5f83"
    assert (await client.get(address)).status_code == 404
    assert (await client.post(f"{address}/retry")).status_code == 404
