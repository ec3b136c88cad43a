"""Scripted faults: each looks to the caller as the vendor's own failure would."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from app.sandbox.vendors import SandboxSettings, make_app

CREATE = 'mutation Add { create_item(board_id: "7700000001", item_name: "One") { id } }'
MONDAY = {"Authorization": "sandbox-monday-token", "API-Version": "2026-10"}


@asynccontextmanager
async def served(settings: SandboxSettings) -> AsyncIterator[httpx.AsyncClient]:
    """The stand-ins behind a real server and a real socket."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        config = uvicorn.Config(make_app(settings), log_level="error", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=address) as client:
            # The socket is bound already: a request waits in it until the server takes it.
            door.listen()
            yield client
        server.should_exit = True
        await serving


def post_fault(system: str, operation: str, fault: str, times: int = 1) -> dict[str, Any]:
    return {"system": system, "operation": operation, "fault": fault, "times": times}


async def test_a_dropped_answer_is_a_cut_connection_after_the_effect() -> None:
    async with served(SandboxSettings()) as client:
        await client.post("/faults", json=post_fault("monday", "create_item", "drop_after_effect"))
        headers = {**MONDAY, "Idempotency-Key": "k-1"}

        with pytest.raises(httpx.TransportError):
            await client.post("/monday/v2", json={"query": CREATE}, headers=headers)
        again = await client.post("/monday/v2", json={"query": CREATE}, headers=headers)

        ledger = (await client.get("/ledger?operation=create_item")).json()["items"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert [line["effect"] for line in ledger] == [True, False]


async def test_a_key_that_is_forgotten_with_its_answer_lets_a_repeat_take_effect() -> None:
    async with served(SandboxSettings()) as client:
        await client.post("/faults", json=post_fault("monday", "create_item", "forget"))
        headers = {**MONDAY, "Idempotency-Key": "k-1"}

        with pytest.raises(httpx.TransportError):
            await client.post("/monday/v2", json={"query": CREATE}, headers=headers)
        for _ in range(2):
            await client.post("/monday/v2", json={"query": CREATE}, headers=headers)

        ledger = (await client.get("/ledger?operation=create_item")).json()["items"]
    assert [line["outcome"] for line in ledger] == ["effect", "effect", "replay"]


async def test_half_an_answer_ends_in_the_middle_of_its_body_after_the_effect() -> None:
    async with served(SandboxSettings()) as client:
        await client.post("/faults", json=post_fault("monday", "create_item", "half"))

        with pytest.raises(
            httpx.RemoteProtocolError, match="without sending complete message body"
        ):
            await client.post("/monday/v2", json={"query": CREATE}, headers=MONDAY)

        ledger = (await client.get("/ledger?operation=create_item")).json()["items"]
    assert [line["effect"] for line in ledger] == [True]


async def test_a_held_request_times_out_without_effect() -> None:
    async with served(SandboxSettings(hold_s=20)) as client:
        await client.post("/faults", json=post_fault("google-chat", "messages.create", "timeout"))
        path = "/google-chat/v1/spaces/SALES/messages?key=sandbox-key&token=sandbox-token"

        with pytest.raises(httpx.ReadTimeout):
            await client.post(path, json={"text": "x"}, timeout=0.05)

        ledger = (await client.get("/ledger?system=google_chat")).json()["items"]
    assert [(line["outcome"], line["effect"]) for line in ledger] == [("fault", False)]


@pytest.mark.parametrize("operation", ["create_item", "Add", "*"])
def test_a_fault_is_found_by_root_field_operation_name_or_star(
    vendors: Any, operation: str
) -> None:
    vendors.fault("monday", operation, "500")

    answers = [vendors.monday(CREATE).status_code for _ in range(2)]

    assert answers == [500, 200]
    assert vendors.effects() == ["create_item"]


def test_a_fault_lasts_as_often_as_it_says(vendors: Any) -> None:
    vendors.fault("helpscout", "conversations.list", "429", times=3)
    waiting = vendors.client.get("/faults").json()["items"]

    answers = [vendors.helpscout("GET", "/conversations") for _ in range(4)]

    assert (waiting[0]["times"], waiting[0]["left"]) == (3, 3)
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert answers[0].headers["X-RateLimit-Retry-After"] == "1"
    assert "Retry-After" not in answers[0].headers
    assert vendors.client.get("/faults").json()["items"] == []


def test_a_fault_of_one_vendor_leaves_the_others_alone(vendors: Any) -> None:
    vendors.fault("google_chat", "*", "500")

    assert vendors.monday(CREATE).status_code == 200
    assert vendors.say({"text": "x"}).json()["error"]["status"] == "INTERNAL"


def test_faults_can_be_forgotten(vendors: Any) -> None:
    vendors.fault("monday", "*", "500", times=9)

    gone = vendors.client.delete("/faults")

    assert gone.status_code == 204
    assert vendors.monday(CREATE).status_code == 200


def test_garbage_is_a_200_that_no_parser_takes(vendors: Any) -> None:
    vendors.fault("monday", "create_item", "garbage", times=2)

    answers = [vendors.monday(CREATE) for _ in range(2)]

    for answer in answers:
        assert answer.status_code == 200
        with pytest.raises(ValueError, match=r".+"):
            answer.json()
    assert vendors.effects() == []


def test_a_limit_of_monday_says_when_to_come_back(vendors: Any) -> None:
    vendors.client.put("/settings", json={"retry_after_s": 7})
    vendors.fault("monday", "create_item", "429")

    answer = vendors.monday(CREATE)

    assert answer.headers["Retry-After"] == "7"
    extensions = answer.json()["errors"][0]["extensions"]
    assert extensions["code"] == "COMPLEXITY_BUDGET_EXHAUSTED"
    assert extensions["retry_in_seconds"] == 7


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        post_fault("pandadoc", "*", "500"),
        post_fault("helpscout", "conversation.create", "500"),
        post_fault("monday", "not a name", "500"),
        post_fault("monday", "*", "503"),
        post_fault("monday", "*", "500", times=0),
        post_fault("monday", "*", "500", times=True),
        {**post_fault("monday", "*", "500"), "more": 1},
    ],
)
def test_a_false_script_is_refused_with_a_reason(vendors: Any, body: Any) -> None:
    answer = vendors.client.post("/faults", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert vendors.client.get("/faults").json()["items"] == []
