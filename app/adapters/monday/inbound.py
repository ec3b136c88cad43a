"""The source `monday`: a board's webhook tells that a column of an item has changed."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from app.adapters.monday.jwt import verify
from app.domain.strict_json import MalformedJson, parse
from app.ports.inbound import Acknowledgement, CallNotParseable, InboundCall

MOST_BODY_BYTES = 256 * 1024
MOST_CHALLENGE_BYTES = 1024

ITEM_CHANGED: Final = "board.item_changed"
# The payload uses older names than `create_webhook` does.
_COLUMN_CHANGED = frozenset({"update_column_value", "change_column_value"})
_STATUS_COLUMNS = frozenset({"color", "status"})
_DATE_COLUMNS = frozenset({"date"})
_TYPE = re.compile(r"[a-z_]{1,60}", re.ASCII)
_CHALLENGE = re.compile(r"[\x21-\x7e]{1,512}", re.ASCII)
_EVENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,200}", re.ASCII)


class MondayEvents:
    """Implements `AgreementSender` for the webhooks of monday.com's boards.

    What a call says is a hint and no more: the signature does not cover the body, so the item is
    read again before anything is done.

    Args:
        signing_secret: The app's signing secret; without one nobody passes.
        address: The address under which monday was given us, which every signature names.
        done_label: Status label that means done.
    """

    accepts_api_key: bool = False
    max_body_bytes: int = MOST_BODY_BYTES

    def __init__(
        self, *, signing_secret: str | None, address: str, done_label: str = "Done"
    ) -> None:
        self._secret = signing_secret
        self._address = address
        self._done_label = done_label

    def handshake(self, call: InboundCall) -> Acknowledgement | None:
        """Give a challenge back byte by byte, as `create_webhook` wants it before it succeeds.

        monday documents the signature for events, not for the challenge, so none is asked for. A
        body is answered only where it holds nothing but a short challenge in plain ASCII: whoever
        sends one learns what they have just said.

        Source: monday.com, "Webhooks", "URL verification".
        """
        if len(call.body) > MOST_CHALLENGE_BYTES:
            return None
        try:
            body = parse(call.body, max_depth=1)
        except MalformedJson:
            return None
        if not isinstance(body, dict) or set(body) != {"challenge"}:
            return None
        challenge = body["challenge"]
        if not isinstance(challenge, str) or not _CHALLENGE.fullmatch(challenge):
            return None
        return Acknowledgement(status=200, body=call.body)

    def verify(self, call: InboundCall, *, now: datetime) -> None:
        """Check the JWT in `Authorization`; it stands there alone, without `Bearer`."""
        token = call.headers.get("authorization", "")
        verify(token, secret=self._secret, audience=self._address, now=now)

    def parse(self, call: InboundCall) -> tuple[Mapping[str, object], ...]:
        """Read the one event of a call; other events than changed columns get a name of their own.

        Of a change, only the ids are told, and what the column is said to hold now.
        """
        event = _event_of(call)
        kind, column = event.get("type"), event.get("columnType")
        known = column is None or column in _STATUS_COLUMNS | _DATE_COLUMNS
        if kind not in _COLUMN_CHANGED or not known:
            named = kind if isinstance(kind, str) and _TYPE.fullmatch(kind) else "event"
            return ({"event": f"monday.{named}"},)
        return (
            {
                "event": ITEM_CHANGED,
                "board": {"ref": _ref(event.get("boardId"))},
                "item": {"ref": _ref(event.get("pulseId")), **self._told(column, event)},
                "occurred_at": event.get("triggerTime"),
            },
        )

    def _told(self, column: object, event: Mapping[str, object]) -> dict[str, object]:
        value = event.get("value")
        if column in _STATUS_COLUMNS:
            label = value.get("label") if isinstance(value, dict) else None
            shown = label.get("text") if isinstance(label, dict) else None
            return {"done": shown == self._done_label}
        if column in _DATE_COLUMNS and isinstance(value, dict):
            return {"due_on": value.get("date")}
        return {}

    def dedupe_key(self, call: InboundCall, document: Mapping[str, object], index: int) -> str:
        """Monday's `triggerUuid`, the same in every repeat; without one, a hash of the body."""
        uuid = _event_of(call).get("triggerUuid")
        if isinstance(uuid, str) and _EVENT_ID.fullmatch(uuid):
            return uuid
        return f"sha256:{hashlib.sha256(call.body).hexdigest()}"

    def ack(self) -> Acknowledgement:
        """Our own answer: monday looks at the status alone."""
        return Acknowledgement(status=200)


def _event_of(call: InboundCall) -> Mapping[str, object]:
    if call.headers.get("content-encoding", "").strip():
        raise CallNotParseable("A Content-Encoding is not taken; send the body plain.", status=415)
    media_type = call.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise CallNotParseable("Send application/json in UTF-8.", status=415)
    try:
        body = parse(call.body)
    except MalformedJson as error:
        raise CallNotParseable(error.detail) from None
    event = body.get("event") if isinstance(body, dict) else None
    if not isinstance(event, dict):
        raise CallNotParseable("The body must be a JSON object with the object 'event'.")
    return event


def _ref(value: object) -> object:
    """An id as text: monday writes it as a number here, and as text in its API."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
