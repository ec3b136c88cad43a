"""The middlewares at the edge: request ids, hang-ups, and the headers of every answer."""

import asyncio

import pytest
from starlette.types import Message, Scope
from structlog.testing import capture_logs

from tests.unit.web.toy_app import BOOTSTRAP, calling, in_bytes, toy_app

APP = toy_app()


@pytest.mark.parametrize("given", ["abc", "A.b_c-9", "x" * 128])
async def test_a_harmless_request_id_is_kept(given: str) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.get("/alive", headers={"X-Request-Id": given})

    # then
    assert answer.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", [b"", b"a b", b"x" * 129, b"\xff", b"a\tb", b"<script>", b"a,b"])
async def test_any_other_request_id_is_replaced(given: bytes) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.get("/alive", headers=in_bytes({"X-Request-Id": given}))

    # then
    (made,) = answer.headers.get_list("x-request-id")
    assert made.encode() != given
    assert len(made) == 36


async def test_two_request_ids_are_none() -> None:
    # when
    async with calling(APP) as client:
        answer = await client.get("/alive", headers=[("X-Request-Id", "a"), ("X-Request-Id", "b")])

    # then
    assert answer.headers["x-request-id"] not in ("a", "b", "a, b")


@pytest.mark.parametrize(
    "name",
    [
        "Authorization", "X-API-Key", "Idempotency-Key", "If-Match", "If-None-Match", "Accept",
        "Content-Type", "Cookie", "Host", "X-Request-Id",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", [b"\xff\xfe", b"\x80", "Ж".encode(), b"", b'"', b";;;=,,,", b"*"])
async def test_no_header_makes_a_500(name: str, value: str | bytes) -> None:
    # when
    async with calling(APP) as client:
        answer = await client.post(
            "/toys/echo",
            json={"name": "x"},
            headers=in_bytes({"X-API-Key": BOOTSTRAP, name: value}),
        )
        listed = await client.get("/toys/versioned", headers=in_bytes({name: value}))

    # then
    assert answer.status_code in (200, 401, 415, 422, 503)
    assert listed.status_code in (200, 304, 401)


def posting(path: str, key: str) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {key}".encode())],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("toys", 80),
        "root_path": "",
    }


async def test_not_a_byte_of_a_stranger_s_body_is_read() -> None:
    # given
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("the body was read")

    async def send(message: Message) -> None:
        sent.append(message)

    # when
    await APP(posting("/toys/echo", "a stranger's key"), receive, send)

    # then
    assert sent[0]["status"] == 401


async def test_a_caller_that_hangs_up_in_its_body_is_not_an_error() -> None:
    # given
    messages: asyncio.Queue[Message] = asyncio.Queue()
    messages.put_nowait({"type": "http.request", "body": b"{", "more_body": True})
    messages.put_nowait({"type": "http.disconnect"})
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    # when
    with capture_logs() as logs:
        await APP(posting("/toys/echo", BOOTSTRAP), messages.get, send)

    # then
    assert sent == []
    assert logs == []


async def test_every_answer_is_kept_from_shared_caches_and_from_sniffing() -> None:
    # when
    async with calling(APP) as client:
        answer = await client.get("/alive")
        page = await client.get("/docs")

    # then
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" not in answer.headers
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
