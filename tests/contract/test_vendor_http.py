"""One way out: bounded, recorded without secrets, and clear about what a failure means."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from app.adapters.answers import read_json, retry_after_s, status_error
from app.adapters.http import Answer, Call, VendorHttp
from app.ports.errors import (
    OutcomeUnknown,
    RateLimited,
    Refused,
    Transient,
    Unauthorized,
    VendorError,
)
from app.ports.exchange import recording

URL = "https://vendor.example/v1/things?key=topsecret-key&page=2"


def call(*, effect: bool, payload: object | None = None) -> Call:
    return Call("The vendor", "POST", URL, effect=effect, payload=payload)


def vendor(
    handler: Callable[[httpx.Request], httpx.Response], **settings: float | int
) -> VendorHttp:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return VendorHttp(client, **settings)  # type: ignore[arg-type]


def failing(error: Exception) -> VendorHttp:
    def raise_it(_request: httpx.Request) -> httpx.Response:
        raise error

    return vendor(raise_it)


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")],
    ids=lambda error: type(error).__name__,
)
async def test_a_vendor_that_was_never_reached_did_nothing(
    error: httpx.HTTPError, effect: bool
) -> None:
    with pytest.raises(Transient) as caught:
        await failing(error).send(call(effect=effect))

    assert caught.value.code == type(error).__name__


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.WriteTimeout("x"),
        httpx.RemoteProtocolError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_broken_connection_leaves_an_effect_unknown_and_a_read_undone(
    error: httpx.HTTPError,
) -> None:
    with pytest.raises(OutcomeUnknown):
        await failing(error).send(call(effect=True))
    with pytest.raises(Transient):
        await failing(error).send(call(effect=False))


async def test_the_deadline_covers_an_answer_that_trickles() -> None:
    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    http = vendor(lambda _request: httpx.Response(200, content=trickle()), deadline_s=0.05)

    with pytest.raises(OutcomeUnknown) as unknown:
        await http.send(call(effect=True))
    with pytest.raises(Transient) as transient:
        await http.send(call(effect=False))

    assert {unknown.value.code, transient.value.code} == {"deadline"}


async def test_a_success_too_large_to_read_is_no_success() -> None:
    http = vendor(lambda _request: httpx.Response(200, content=b"x" * 101), max_answer_bytes=100)

    with pytest.raises(OutcomeUnknown):
        await http.send(call(effect=True))
    with pytest.raises(Transient):
        await http.send(call(effect=False))


async def test_a_small_answer_that_unpacks_to_a_large_one_is_not_read() -> None:
    packed = gzip.compress(b"x" * 1_000_000)
    http = vendor(
        lambda _request: httpx.Response(200, headers={"content-encoding": "gzip"}, content=packed),
        max_answer_bytes=10_000,
    )

    with pytest.raises(Transient):
        await http.send(call(effect=False))


async def test_a_failure_too_large_to_read_is_still_told_by_its_status() -> None:
    http = vendor(lambda _request: httpx.Response(400, content=b"x" * 101), max_answer_bytes=100)

    answer = await http.send(call(effect=True))

    assert (answer.status, len(answer.body), answer.cut) == (400, 100, True)


async def test_a_redirect_is_not_followed() -> None:
    seen: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(302, headers={"location": "https://elsewhere.example/"})

    answer = await vendor(redirect).send(call(effect=True))

    assert answer.status == 302
    assert len(seen) == 1


@pytest.mark.parametrize(
    "url",
    [
        "ftp://vendor.example/topsecret",
        "topsecret",
        "https://vendor.example:topsecret",
        "",
        "https://",
    ],
)
async def test_an_address_that_cannot_be_called_is_refused_without_being_quoted(url: str) -> None:
    http = vendor(lambda _request: httpx.Response(200))

    with pytest.raises(Refused) as caught:
        await http.send(Call("The vendor", "GET", url, effect=True))

    assert "topsecret" not in f"{caught.value!r} {caught.value.__cause__!r}"


async def test_a_token_with_a_line_break_is_refused_before_anything_leaves() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(Refused) as caught:
            await VendorHttp(client).send(
                Call(
                    "The vendor",
                    "GET",
                    "http://127.0.0.1:1/",
                    effect=True,
                    headers={"Authorization": "Bearer sécret-ü"},
                )
            )

    assert "cret" not in caught.value.detail


async def test_every_exchange_is_noted_without_secrets() -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, json={"you": request.headers["authorization"], "access_token": "brand-new-token"}
        )

    request = Call(
        "The vendor",
        "POST",
        URL,
        effect=True,
        headers={"Authorization": "Bearer topsecret-bearer"},
        payload={"name": "Harbour Dental", "note": "topsecret-key"},
    )
    with recording() as exchanges:
        await vendor(echo).send(request)

    (noted,) = exchanges
    assert noted.url == "https://vendor.example/v1/things?key=[redacted]&page=2"
    assert (noted.method, noted.status) == ("POST", 200)
    assert "Harbour Dental" in noted.request
    assert "topsecret" not in f"{noted}"
    assert "brand-new-token" not in noted.answer


async def test_a_form_is_noted_without_its_client_secret() -> None:
    request = Call(
        "The vendor",
        "POST",
        "https://vendor.example/token",
        effect=False,
        form={"client_id": "app-1", "client_secret": "topsecret/secret"},
    )
    with recording() as exchanges:
        await vendor(lambda _request: httpx.Response(200, text="topsecret/secret")).send(request)

    assert "topsecret" not in f"{exchanges[0]}"
    assert "client_id=app-1" in exchanges[0].request


async def test_a_failed_exchange_is_noted_too_and_long_bodies_are_cut() -> None:
    with recording() as exchanges, pytest.raises(OutcomeUnknown):
        await failing(httpx.ReadError("x")).send(call(effect=True, payload={"text": "ä" * 9000}))

    assert exchanges[0].status is None
    assert len(exchanges[0].request.encode()) <= 4096 + 3
    assert exchanges[0].request.endswith("…")


async def test_neither_logs_nor_errors_show_the_query(caplog: pytest.LogCaptureFixture) -> None:
    http = vendor(lambda _request: httpx.Response(200, json={}))

    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="httpx"):
        await http.send(call(effect=True))
        with pytest.raises(VendorError) as caught:
            await failing(httpx.ReadError(URL)).send(call(effect=True))

    assert "topsecret" not in caplog.text
    assert "topsecret" not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Mon, 01 Jan 99999999999 00:00:00 GMT"}, None),
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After": "0"}, 1.0),
        ({"Retry-After": "999999999"}, 3600.0),
        ({"X-RateLimit-Retry-After": "17"}, 17.0),
        ({"Retry-After": "soon", "X-RateLimit-Retry-After": "17"}, 17.0),
        (
            {
                "Date": "Sun, 22 Nov 2026 10:00:00 GMT",
                "Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT",
            },
            30.0,
        ),
        (
            {
                "Date": "Sun, 22 Nov 2026 10:00:00 GMT",
                "Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT",
            },
            1.0,
        ),
        ({"Retry-After": "Sun, 22 Nov 2026 10:00:30 GMT"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "Sun, 99 Nov 2026 10:00:30 GMT"}, None),
        ({}, None),
    ],
)
def test_the_vendors_waiting_time_is_read_in_its_spellings(
    headers: dict[str, str], seconds: float | None
) -> None:
    raw = httpx.Headers([(name.encode(), value.encode()) for name, value in headers.items()])

    assert retry_after_s(Answer(429, raw, b"")) == seconds


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": 1, "a": 2}', b"\xff", b"[" * 100])
def test_unreadable_json_is_a_lost_answer(body: bytes) -> None:
    answer = Answer(200, httpx.Headers(), body)

    with pytest.raises(OutcomeUnknown):
        read_json(call(effect=True), answer)
    with pytest.raises(Transient):
        read_json(call(effect=False), answer)


@pytest.mark.parametrize(
    ("status", "effect", "expected"),
    [
        (401, True, Unauthorized),
        (429, True, RateLimited),
        (423, True, Transient),
        (408, True, OutcomeUnknown),
        (408, False, Transient),
        (500, True, OutcomeUnknown),
        (503, False, Transient),
        (301, True, Refused),
        (400, True, Refused),
        (404, False, Refused),
    ],
)
def test_a_status_of_failure_says_what_may_be_done_next(
    status: int, effect: bool, expected: type[VendorError]
) -> None:
    error = status_error(call(effect=effect), Answer(status, httpx.Headers(), b""))

    assert type(error) is expected
    assert error.code == f"http_{status}"
