"""monday's idempotency keys, as its stand-in honours them."""

import asyncio
from typing import Any

import httpx

from app.sandbox.vendors import SandboxSettings, make_app

CREATE = """mutation ($name: String!) {
    create_item(board_id: "7700000001", item_name: $name) { id } }"""


def test_a_repeat_is_answered_from_what_was_kept(vendors: Any) -> None:
    first = vendors.monday(CREATE, {"name": "One"}, key="k-1")
    again = vendors.monday(CREATE, {"name": "One"}, key="k-1")

    assert again.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    lines = vendors.ledger(operation="create_item")
    assert [(line["effect"], line["idempotency_key"]) for line in lines] == [
        (True, "k-1"),
        (False, "k-1"),
    ]


def test_a_key_dies_after_thirty_minutes_of_real_time(vendors: Any) -> None:
    vendors.monday(CREATE, {"name": "One"}, key="k-1")
    vendors.tell_time("2027-01-01T00:00:00Z")
    kept = vendors.monday(CREATE, {"name": "One"}, key="k-1")
    vendors.real.advance(minutes=31)
    gone = vendors.monday(CREATE, {"name": "One"}, key="k-1")

    assert "Idempotency-Replayed" in kept.headers
    assert "Idempotency-Replayed" not in gone.headers
    assert vendors.effects() == ["create_item", "create_item"]


def test_a_key_used_for_another_request_is_refused(vendors: Any) -> None:
    vendors.monday(CREATE, {"name": "One"}, key="k-1")

    answer = vendors.monday(CREATE, {"name": "Two"}, key="k-1")

    assert answer.status_code == 422
    assert vendors.effects() == ["create_item"]


def test_an_application_error_is_replayed_too(vendors: Any) -> None:
    first = vendors.monday(CREATE, {"name": ""}, key="k-1")
    again = vendors.monday(CREATE, {"name": ""}, key="k-1")

    assert "errors" in first.json()
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_limited_request_leaves_its_key_free(vendors: Any) -> None:
    vendors.fault("monday", "create_item", "429")

    refused = vendors.monday(CREATE, {"name": "One"}, key="k-1")
    passed = vendors.monday(CREATE, {"name": "One"}, key="k-1")

    assert refused.status_code == 429
    assert passed.status_code == 200
    assert "Idempotency-Replayed" not in passed.headers


def test_a_key_on_a_query_means_nothing(vendors: Any) -> None:
    answers = [vendors.monday("query { me { id } }", key="k-1") for _ in range(2)]

    assert all("Idempotency-Replayed" not in answer.headers for answer in answers)


async def test_a_repeat_while_the_first_is_under_way_is_a_conflict() -> None:
    app = make_app(SandboxSettings(slow_s=0.05))
    headers = {
        "Authorization": "sandbox-monday-token",
        "API-Version": "2026-10",
        "Idempotency-Key": "k-1",
    }
    body = {"query": CREATE, "variables": {"name": "One"}}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        fault = {"system": "monday", "operation": "create_item", "fault": "slow"}
        await client.post("/faults", json=fault)

        answers = await asyncio.gather(
            *(client.post("/monday/v2", json=body, headers=headers) for _ in range(2))
        )

        effects = (await client.get("/ledger?effect=true")).json()["items"]
    done, conflict = sorted(answers, key=lambda answer: answer.status_code)
    assert (done.status_code, conflict.status_code) == (200, 409)
    assert conflict.headers["Retry-After"] == "2"
    assert conflict.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_CONFLICT"
    assert len(effects) == 1
