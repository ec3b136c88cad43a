"""What monday.com's webhooks say becomes a hint in our words, and nothing more."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from app.adapters.monday.inbound import MondayEvents
from app.ports.inbound import CallNotParseable, InboundCall, SignatureInvalid
from tests.unit.adapters.test_monday_jwt import ADDRESS, SECRET, VECTOR

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SENDER = MondayEvents(signing_secret=SECRET, address=ADDRESS)
CHALLENGE = b'{"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}'

# As documented, with sample ids.
STATUS: dict[str, Any] = {
    "userId": 9603417,
    "originalTriggerUuid": None,
    "boardId": 1771812698,
    "groupId": "topics",
    "pulseId": 1772099344,
    "pulseName": "Import the SMS contacts",
    "columnId": "status",
    "columnType": "color",
    "columnTitle": "Status",
    "value": {"label": {"index": 1, "text": "Done", "style": {"color": "#0086c0"}}},
    "previousValue": None,
    "changedAt": 1633944017.473193,
    "isTopGroup": True,
    "app": "monday",
    "type": "update_column_value",
    "triggerTime": "2026-11-22T09:20:18.022Z",
    "subscriptionId": 73761176,
    "triggerUuid": "504b2eb76c80f672a18f892c0f700e41",
}


def call(body: Any, **headers: str) -> InboundCall:
    held = {"content-type": "application/json", **headers}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return InboundCall("monday", held, {}, raw)


def event(**changes: Any) -> InboundCall:
    whole = {**deepcopy(STATUS), **changes}
    return call({"event": {key: value for key, value in whole.items() if value is not ...}})


def test_a_tick_names_the_board_the_item_and_the_mark() -> None:
    (document,) = SENDER.parse(event())

    assert document == {
        "event": "board.item_changed",
        "board": {"ref": "1771812698"},
        "item": {"ref": "1772099344", "done": True},
        "occurred_at": "2026-11-22T09:20:18.022Z",
    }


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"value": {"label": {"text": "Stuck"}}}, {"done": False}),
        ({"value": None}, {"done": False}),
        ({"value": {"label": None}}, {"done": False}),
        ({"columnType": "date", "value": {"date": "2026-12-01"}}, {"due_on": "2026-12-01"}),
        ({"columnType": "date", "value": None}, {}),
        ({"columnType": ...}, {}),
    ],
)
def test_a_change_tells_what_its_column_is_said_to_hold(
    changes: dict[str, Any], told: dict[str, Any]
) -> None:
    (document,) = SENDER.parse(event(**changes))

    assert document["item"] == {"ref": "1772099344", **told}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"type": "create_pulse"}, "monday.create_pulse"),
        ({"type": "Robert'); --"}, "monday.event"),
        ({"type": ...}, "monday.event"),
        ({"columnType": "multiple-person"}, "monday.update_column_value"),
    ],
)
def test_other_events_get_a_name_that_nobody_listens_to(changes: dict[str, Any], name: str) -> None:
    assert SENDER.parse(event(**changes)) == ({"event": name},)


def test_a_repeat_is_known_by_its_trigger() -> None:
    assert SENDER.dedupe_key(event(), {}, 0) == STATUS["triggerUuid"]


@pytest.mark.parametrize("uuid", [..., None, 5, "", "x" * 201, "a b"])
def test_without_a_usable_trigger_the_body_is_its_own(uuid: Any) -> None:
    assert SENDER.dedupe_key(event(triggerUuid=uuid), {}, 0).startswith("sha256:")


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (call(b"{"), 400),
        (call([]), 400),
        (call({"event": "update"}), 400),
        (call({"challenge": "abc", "event": None}), 400),
        (call({"event": STATUS}, **{"content-type": "text/plain"}), 415),
        (call({"event": STATUS}, **{"content-encoding": "gzip"}), 415),
    ],
)
def test_what_is_no_event_is_refused(given: InboundCall, status: int) -> None:
    with pytest.raises(CallNotParseable) as caught:
        SENDER.parse(given)

    assert caught.value.status == status


def test_a_challenge_is_given_back_byte_by_byte() -> None:
    answer = SENDER.handshake(call(CHALLENGE))

    assert answer is not None
    assert (answer.status, answer.media_type) == (200, "application/json")
    assert answer.body == CHALLENGE


@pytest.mark.parametrize(
    "body",
    [
        {"event": STATUS},
        {"challenge": "abc", "event": STATUS},
        {"challenge": 5},
        {"challenge": ""},
        {"challenge": "with a blank"},
        {"challenge": "é"},
        {"challenge": "x" * 513},
        {"challenge": {"challenge": "abc"}},
        ["abc"],
        b"{",
        b" " * 2000 + CHALLENGE,
    ],
)
def test_nothing_but_a_short_plain_challenge_is_given_back(body: Any) -> None:
    assert SENDER.handshake(call(body)) is None


def test_only_a_signed_call_passes_and_no_key_of_ours_does() -> None:
    assert not SENDER.accepts_api_key
    SENDER.verify(call({"event": STATUS}, authorization=VECTOR), now=NOW)

    with pytest.raises(SignatureInvalid):
        SENDER.verify(call({"event": STATUS}), now=NOW)


def test_without_a_secret_nothing_passes() -> None:
    sender = MondayEvents(signing_secret=None, address=ADDRESS)

    with pytest.raises(SignatureInvalid):
        sender.verify(call({"event": STATUS}, authorization=VECTOR), now=NOW)


def test_a_stored_event_is_acknowledged_with_200() -> None:
    assert SENDER.ack().status == 200
