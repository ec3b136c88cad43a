"""Messages to the rooms of Google Chat's stand-in."""

from typing import Any

import pytest

THREADED = {"messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"}


def in_thread(text: str, key: str = "UPG-1") -> dict[str, Any]:
    return {"text": text, "thread": {"threadKey": key}}


def test_a_message_is_answered_with_its_name_and_thread(vendors: Any) -> None:
    answer = vendors.say({"text": "Proceed."})

    assert answer.status_code == 200
    assert answer.json()["name"].startswith("spaces/SUPPORT/messages/")
    assert answer.json()["thread"]["name"].startswith("spaces/SUPPORT/threads/")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"key": "wrong"}, 403),
        ({"token": "wrong"}, 401),
        ({"path": "/google-chat/v1/spaces/KITCHEN/messages"}, 404),
        ({"messageReplyOption": "REPLY"}, 400),
        ({"messageId": "Client-1"}, 400),
        ({"messageId": "client-" + "a" * 57}, 400),
        ({"unknown": "1"}, 400),
    ],
)
def test_a_false_address_is_refused(vendors: Any, changes: dict[str, str], status: int) -> None:
    answer = vendors.say({"text": "Proceed."}, **changes)

    assert answer.status_code == answer.json()["error"]["code"] == status
    assert vendors.effects() == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": 5},
        {"text": "x", "threadKey": "UPG-1"},
        {"text": "x", "thread": {"threadKey": "k" * 4001}},
        {"text": "x", "thread": "UPG-1"},
        {"cardsV2": {"card": {}}},
        {"cardsV2": [{"cardId": "a"}]},
        {"text": "x" * 32_000},
        [],
    ],
)
def test_a_false_message_is_an_invalid_argument(vendors: Any, body: Any) -> None:
    answer = vendors.say(body)

    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert vendors.effects() == []


def test_a_thread_key_counts_only_with_the_reply_option(vendors: Any) -> None:
    apart = [vendors.say(in_thread("x")).json()["thread"]["name"] for _ in range(2)]
    together = [vendors.say(in_thread("x"), **THREADED).json()["thread"]["name"] for _ in range(2)]

    assert len(set(apart)) == 2
    assert len(set(together)) == 1


def test_replying_or_failing_fails_without_a_thread(vendors: Any) -> None:
    answer = vendors.say(in_thread("x"), messageReplyOption="REPLY_MESSAGE_OR_FAIL")

    assert answer.status_code == 404


def test_the_same_request_id_posts_once_whatever_the_message_says(vendors: Any) -> None:
    first = vendors.say(in_thread("Proceed."), requestId="r-1", **THREADED)
    again = vendors.say(in_thread("Proceed."), requestId="r-1", **THREADED)
    other = vendors.say(in_thread("Stop."), requestId="r-1", **THREADED)

    assert again.json() == other.json() == first.json()
    lines = vendors.ledger(operation="messages.create")
    assert [(line["outcome"], line["effect"], line["idempotency_key"]) for line in lines] == [
        ("effect", True, "r-1"),
        ("replay", False, "r-1"),
        ("replay", False, "r-1"),
    ]
    assert [line["body"].get("differs") for line in lines] == [None, None, True]


def test_a_used_message_id_is_a_conflict(vendors: Any) -> None:
    vendors.say({"text": "One"}, messageId="client-a")

    answer = vendors.say({"text": "Two"}, messageId="client-a")

    assert answer.status_code == 409
    assert answer.json()["error"]["status"] == "ALREADY_EXISTS"


def test_a_card_without_text_is_a_message(vendors: Any) -> None:
    card = {"cardId": "a", "card": {"header": {"title": "Upgrade signed"}}}

    assert vendors.say({"cardsV2": [card]}).status_code == 200
