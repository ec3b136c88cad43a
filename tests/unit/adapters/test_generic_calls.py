"""A call is known again by its id, and passes only with a right signature."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.adapters.generic.inbound import GenericAgreements
from app.adapters.generic.signature import sign
from app.ports.inbound import InboundCall, SignatureInvalid

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SENDER = GenericAgreements()

OURS: dict[str, Any] = {
    "event": "agreement.signed",
    "event_id": "zap-81723",
    "agreement": {"ref": "PROP-1042", "live_on": "2026-12-07"},
    "client": {"ref": "C-77", "name": "Harbour Dental", "email": "owner@harbourdental.example"},
    "movement": {"from": "sprint", "to": "scale"},
}


def call(body: bytes, content_type: str | None = "application/json", **headers: str) -> InboundCall:
    held = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type is not None:
        held["content-type"] = content_type
    return InboundCall("agreement", held, {}, body)


@pytest.mark.parametrize(
    ("document", "headers", "index", "key"),
    [
        ({"event_id": "zap-1"}, {"webhook_id": "msg_1"}, 0, "zap-1"),
        ({"event_id": " zap-1 "}, {}, 3, "zap-1"),
        ({"event_id": 81723}, {}, 0, "81723"),
        ({}, {"webhook_id": "msg_1"}, 0, "msg_1"),
        ({}, {"webhook_id": "msg_1"}, 2, "msg_1#2"),
        ({"event_id": True}, {"webhook_id": "msg_1"}, 0, "msg_1"),
        ({"event_id": {"a": 1}}, {"webhook_id": "msg_1"}, 0, "msg_1"),
    ],
)
def test_a_repeat_is_recognised_by_event_id_then_by_the_calls_own_id(
    document: dict[str, object], headers: dict[str, str], index: int, key: str
) -> None:
    assert SENDER.dedupe_key(call(b"{}", **headers), document, index) == key


def test_without_any_id_the_body_is_its_own() -> None:
    first, same, other = (call(body) for body in (b"{}", b"{}", b"{ }"))

    assert SENDER.dedupe_key(first, {}, 0) == SENDER.dedupe_key(same, {}, 0)
    assert SENDER.dedupe_key(first, {}, 0) != SENDER.dedupe_key(other, {}, 0)
    assert SENDER.dedupe_key(first, {}, 1) == SENDER.dedupe_key(first, {}, 0) + "#1"


def test_an_endless_id_is_kept_as_its_hash() -> None:
    key = SENDER.dedupe_key(call(b"{}"), {"event_id": "x" * 10_000}, 0)

    assert key.startswith("sha256:")
    assert len(key) == 71


SECRET = "whsec_" + base64.b64encode(b"sample key of thirty-two bytes!!").decode()


def test_a_signed_call_passes_and_an_unsigned_one_does_not() -> None:
    sender = GenericAgreements(secrets=[SECRET])
    body = json.dumps(OURS).encode()
    signed = call(
        body,
        webhook_id="msg_1",
        webhook_timestamp=str(int(NOW.timestamp())),
        webhook_signature=sign(SECRET, message_id="msg_1", at=NOW, body=body),
    )

    sender.verify(signed, now=NOW)
    with pytest.raises(SignatureInvalid):
        sender.verify(call(body), now=NOW)
    with pytest.raises(SignatureInvalid):
        GenericAgreements().verify(signed, now=NOW)


def test_a_secret_that_is_none_is_noticed_at_the_start() -> None:
    with pytest.raises(ValueError, match="webhook secret"):
        GenericAgreements(secrets=["whsec_"])


def test_the_acknowledgement_is_our_own() -> None:
    assert SENDER.ack().status == 202
    assert SENDER.ack().body is None
    assert SENDER.accepts_api_key
    assert SENDER.max_body_bytes == 1024 * 1024
