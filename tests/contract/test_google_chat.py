"""A chat message is posted once for its key, in its thread, and its address stays secret."""

import json
import re
import uuid

import httpx
import pytest
import respx

from app.adapters.google_chat.room import GoogleChat, message_id
from app.adapters.http import VendorHttp
from app.ports.errors import (
    OutcomeUnknown,
    RateLimited,
    Refused,
    Transient,
    Unauthorized,
    VendorError,
)
from app.ports.exchange import recording
from tests.contract.golden import golden

SPACE = "https://chat.googleapis.example/v1/spaces/AAAA/messages"
ADDRESS = f"{SPACE}?key=topsecret-key&token=topsecret-token"
TEXT = "Upgrade signed: *Harbour Dental*"


def chat(http: VendorHttp) -> GoogleChat:
    return GoogleChat(http, rooms={"support": ADDRESS, "sales": ""})


async def post(http: VendorHttp, text: str = TEXT) -> str:
    return await chat(http).post("support", text, thread="UPG-01JD", key="delivery-7")


async def test_a_message_is_posted_in_its_thread_with_ids_of_its_own(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    message = golden("google_chat", "message")
    route = router.post(url__startswith=SPACE).mock(return_value=message.response())

    ref = await post(http)

    sent: httpx.Request = route.calls.last.request
    assert ref == "spaces/AAAA/messages/BBBB.CCCC"
    assert message.request is not None
    assert json.loads(sent.content) == message.request["body"]
    assert sent.headers["content-type"] == "application/json; charset=UTF-8"
    assert dict(sent.url.params) == {
        "key": "topsecret-key",
        "token": "topsecret-token",
        "messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
        "requestId": sent.url.params["requestId"],
        "messageId": message_id("delivery-7"),
    }
    assert uuid.UUID(sent.url.params["requestId"]).version == 5


async def test_a_repeat_is_the_same_request_to_the_byte(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    route = router.post(url__startswith=SPACE).mock(
        side_effect=lambda _request: golden("google_chat", "message").response()
    )

    await post(http)
    await post(http)

    first, second = (made.request for made in route.calls)
    assert (first.url, first.content) == (second.url, second.content)


@pytest.mark.parametrize("key", ["a", "delivery-7", "ключ", "x" * 5000])
def test_a_message_id_is_one_that_google_takes(key: str) -> None:
    assert re.fullmatch(r"client-[a-z0-9-]{1,56}", message_id(key))


async def test_a_message_that_is_there_already_counts_as_posted(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    router.post(url__startswith=SPACE).mock(
        return_value=golden("google_chat", "error_exists_409").response()
    )

    assert await post(http) == f"spaces/AAAA/messages/{message_id('delivery-7')}"


@pytest.mark.parametrize(
    ("answer", "expected", "code"),
    [
        ("error_aborted_409", Transient, "ABORTED"),
        ("error_exhausted_429", RateLimited, "RESOURCE_EXHAUSTED"),
        ("error_permission_403", Unauthorized, "PERMISSION_DENIED"),
        ("error_unauthenticated_401", Unauthorized, "UNAUTHENTICATED"),
        ("error_not_found_404", Refused, "NOT_FOUND"),
        ("error_argument_400", Refused, "INVALID_ARGUMENT"),
        ("error_unavailable_503", OutcomeUnknown, "UNAVAILABLE"),
    ],
)
async def test_googles_words_for_failures_are_told_apart(
    router: respx.MockRouter,
    http: VendorHttp,
    answer: str,
    expected: type[VendorError],
    code: str,
) -> None:
    router.post(url__startswith=SPACE).mock(return_value=golden("google_chat", answer).response())

    with pytest.raises(VendorError) as caught:
        await post(http)

    assert type(caught.value) is expected
    assert caught.value.code == code
    assert "Harbour Dental" not in caught.value.detail


async def test_the_waiting_time_is_read_from_the_details(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    router.post(url__startswith=SPACE).mock(
        return_value=golden("google_chat", "error_exhausted_429").response()
    )

    with pytest.raises(RateLimited) as caught:
        await post(http)

    assert caught.value.retry_after_s == 17.0


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (httpx.Response(200, text="<html>"), OutcomeUnknown),
        (httpx.Response(200, json={"text": "…"}), OutcomeUnknown),
        (httpx.Response(429), RateLimited),
        (httpx.Response(409), Transient),
        (httpx.Response(403, text="<html>"), Unauthorized),
        (httpx.Response(302), Refused),
        (httpx.Response(500, text="<html>"), OutcomeUnknown),
        (httpx.Response(400, json={"error": []}), Refused),
    ],
    ids=["garbage", "unnamed", "bare 429", "bare 409", "bare 403", "redirect", "500", "odd 400"],
)
async def test_an_answer_that_is_not_googles_is_judged_by_its_status(
    router: respx.MockRouter,
    http: VendorHttp,
    response: httpx.Response,
    expected: type[VendorError],
) -> None:
    router.post(url__startswith=SPACE).mock(return_value=response)

    with pytest.raises(VendorError) as caught:
        await post(http)

    assert type(caught.value) is expected


@pytest.mark.parametrize("room", ["sales", "marketing"])
async def test_a_room_that_is_not_set_is_refused(http: VendorHttp, room: str) -> None:
    with pytest.raises(Refused) as caught:
        await chat(http).post(room, TEXT, thread="UPG-01JD", key="delivery-7")

    assert caught.value.code == "room_unknown"


@pytest.mark.parametrize("character", ["a", "ü", "🦷", '"', "\n"])
async def test_a_long_text_is_cut_so_that_the_whole_stays_within_googles_bound(
    router: respx.MockRouter, http: VendorHttp, character: str
) -> None:
    route = router.post(url__startswith=SPACE).mock(
        return_value=golden("google_chat", "message").response()
    )

    await post(http, character * 40_000)

    content = route.calls.last.request.content
    assert 31_990 <= len(content) <= 32_000
    assert json.loads(content)["text"].endswith(f"{character}…")


async def test_the_address_is_in_no_record_and_no_error(
    router: respx.MockRouter, http: VendorHttp, caplog: pytest.LogCaptureFixture
) -> None:
    router.post(url__startswith=SPACE).mock(side_effect=httpx.ReadError(ADDRESS))

    with recording() as exchanges, caplog.at_level("DEBUG"), pytest.raises(VendorError) as caught:
        await post(http)

    shown = f"{exchanges} {caplog.text} {caught.value!r} {caught.value.__cause__!r}"
    assert "topsecret" not in shown
    assert "spaces/AAAA" in exchanges[0].url


async def test_the_probe_names_rooms_and_posts_nothing(http: VendorHttp) -> None:
    assert await chat(http).probe() == "Google Chat has webhooks for: support (not tried)."
    assert await GoogleChat(http, rooms={}).probe() == "Google Chat has no rooms configured."
