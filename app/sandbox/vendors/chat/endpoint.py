"""The address of a room's incoming webhook."""

import hmac
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..gate import FaultAnswers, VendorCall
from ..ledger import Outcome
from ..limits import MinuteLimit
from ..stage import Stage
from ..strict import BodyRefused, is_json, parse_json, read_body
from .rooms import Message, Room, fingerprint_of

SYSTEM = "google_chat"
OPERATION = "messages.create"
MAX_MESSAGE_BYTES = 32_000
MAX_THREAD_KEY = 4000
SPACE_RATE = 60
OR_FAIL = "REPLY_MESSAGE_OR_FAIL"
REPLY_OPTIONS = (
    "MESSAGE_REPLY_OPTION_UNSPECIFIED",
    "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
    OR_FAIL,
)
PARAMETERS = {
    *("key", "token", "requestId", "messageId", "messageReplyOption", "threadKey"),
    *("alt", "fields", "prettyPrint", "quotaUser"),
}
FIELDS = {"text", "thread", "cardsV2", "fallbackText", "accessoryWidgets"}

_MESSAGE_ID = re.compile(r"client-[a-z0-9-]{1,56}")
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
}


class Refusal(Exception):
    """The request is answered with an error in the form of Google's services."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def answer(self) -> Response:
        """The answer; Google Chat promises no `Retry-After`."""
        word = _STATUS[self.status]
        error = {"code": self.status, "message": self.message, "status": word}
        return JSONResponse({"error": error}, status_code=self.status)


class ChatEndpoint:
    """Answers `POST /google-chat/v1/spaces/{space}/messages`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.rooms = {space: Room(space) for space in stage.settings.chat_spaces}
        self._limits = {space: MinuteLimit(SPACE_RATE) for space in self.rooms}
        exhausted = "Resource has been exhausted (e.g. check quota)."
        self._answers = FaultAnswers(
            rate_limited=lambda _seconds: Refusal(429, exhausted).answer(),
            server_error=lambda: Refusal(500, "Internal error encountered.").answer(),
        )

    def routes(self) -> list[Route]:
        """The routes of this vendor."""
        path = "/google-chat/v1/spaces/{space}/messages"
        return [Route(path, self.post, methods=["POST"])]

    async def post(self, request: Request) -> Response:
        """Take one message."""
        key = request.query_params.get("requestId")
        try:
            return await self._pass(request, key)
        except BodyRefused as refused:
            # An oversized message is an invalid argument to Google, not a 413.
            return self._refuse(Refusal(400, refused.reason), key)
        except Refusal as refused:
            return self._refuse(refused, key)

    async def _pass(self, request: Request, key: str | None) -> Response:
        raw = await read_body(request, MAX_MESSAGE_BYTES)
        room = self._room(request)
        body = _message_of(request, raw)
        _check_query(request)
        call = VendorCall(request, SYSTEM, (OPERATION,), key, {**body, "space": room.space})
        gate = self._stage.gate
        fault = gate.fault_for(call)
        if (stopped := await gate.stop(call, fault, self._answers)) is not None:
            return stopped
        self._spend(room)
        await gate.linger(fault)
        response = self._post(call, room, body, raw)
        return await gate.leave(call, fault, response)

    def _room(self, request: Request) -> Room:
        settings = self._stage.settings
        query = request.query_params
        if not _same(query.get("key", ""), settings.chat_key):
            raise Refusal(403, "The request is missing a valid API key.")
        if not _same(query.get("token", ""), settings.chat_token):
            raise Refusal(401, "Request had invalid authentication credentials.")
        room = self.rooms.get(request.path_params["space"])
        if room is None:
            raise Refusal(404, "Space not found.")
        return room

    def _spend(self, room: Room) -> None:
        now = self._stage.clock.real_now()
        limit = self._limits[room.space]
        if self._stage.tuning.enforce_limits and limit.left(now) < 1:
            raise Refusal(429, "Resource has been exhausted (e.g. check quota).")
        limit.spend(1, now)

    def _post(self, call: VendorCall, room: Room, body: dict[str, Any], raw: bytes) -> Response:
        query = call.request.query_params
        fingerprint = fingerprint_of(raw)
        known = room.by_request.get(call.key) if call.key else None
        if known is not None:
            # Google returns the message that it has, whatever the body says; the ledger tells.
            differs = {"differs": True} if known.fingerprint != fingerprint else {}
            noted = {**body, **differs, "space": room.space}
            self._stage.ledger.write(SYSTEM, OPERATION, Outcome.REPLAY, noted, key=call.key)
            return JSONResponse(_view(known))
        client_id = query.get("messageId")
        if client_id is not None and client_id in room.by_client_id:
            raise Refusal(409, "Requested entity already exists")
        thread = self._thread(room, body, query.get("threadKey"), query.get("messageReplyOption"))
        message = room.post(
            body,
            thread,
            numbers=self._stage.numbers,
            at=self._stage.clock.now(),
            request_id=call.key or None,
            client_id=client_id,
            fingerprint=fingerprint,
        )
        noted = {**body, "space": room.space, "message": message.name, "thread_name": thread}
        self._stage.ledger.write(SYSTEM, OPERATION, Outcome.EFFECT, noted, key=call.key)
        return JSONResponse(_view(message))

    def _thread(
        self, room: Room, body: dict[str, Any], query_key: str | None, option: str | None
    ) -> str:
        given = body.get("thread") or {}
        key = given.get("threadKey") or query_key
        # The default ignores the thread and starts another one every time.
        if option in (None, REPLY_OPTIONS[0]):
            return room.new_thread(self._stage.numbers, None)
        known = room.thread_keys.get(key) if key else room.thread_named(given.get("name", ""))
        if known is None and option == OR_FAIL:
            raise Refusal(404, "Thread not found.")
        return known or room.new_thread(self._stage.numbers, key)

    def _refuse(self, refused: Refusal, key: str | None) -> Response:
        body = {"status": refused.status}
        self._stage.ledger.write(SYSTEM, OPERATION, Outcome.REFUSED, body, key=key)
        return refused.answer()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _check_query(request: Request) -> None:
    query = request.query_params
    if unknown := set(query) - PARAMETERS:
        raise Refusal(400, f"Invalid request: {len(unknown)} unknown query parameters.")
    if query.get("messageReplyOption", REPLY_OPTIONS[0]) not in REPLY_OPTIONS:
        raise Refusal(400, "Invalid value at 'message_reply_option'.")
    if "messageId" in query and not _MESSAGE_ID.fullmatch(query["messageId"]):
        raise Refusal(400, "Custom message ids begin with 'client-', 63 characters at most.")
    if len(query.get("requestId", "")) > 255:
        raise Refusal(400, "Invalid value at 'request_id'.")


def _message_of(request: Request, raw: bytes) -> dict[str, Any]:
    if not is_json(request):
        raise Refusal(400, "The content type must be application/json.")
    body = parse_json(raw)
    if not isinstance(body, dict):
        raise Refusal(400, "Invalid JSON payload received. Root element must be a message.")
    if set(body) - FIELDS:
        raise Refusal(400, "Invalid JSON payload received. Unknown name: Cannot find field.")
    text, cards, thread = body.get("text"), body.get("cardsV2"), body.get("thread")
    if text is not None and not isinstance(text, str):
        raise Refusal(400, "Invalid value at 'message.text'.")
    if cards is not None and not _are_cards(cards):
        raise Refusal(400, "Invalid value at 'message.cards_v2'.")
    if not (text or "").strip() and not cards:
        raise Refusal(400, "Message cannot be empty.")
    if thread is not None and not _is_thread(thread):
        raise Refusal(400, "Invalid value at 'message.thread'.")
    return body


def _are_cards(cards: object) -> bool:
    return isinstance(cards, list) and all(
        isinstance(card, dict)
        and set(card) <= {"cardId", "card"}
        and isinstance(card.get("cardId", ""), str)
        and isinstance(card.get("card"), dict)
        for card in cards
    )


def _is_thread(thread: object) -> bool:
    if not isinstance(thread, dict) or set(thread) - {"name", "threadKey"}:
        return False
    return all(
        isinstance(part, str) and 0 < len(part) <= MAX_THREAD_KEY for part in thread.values()
    )


def _view(message: Message) -> dict[str, Any]:
    view: dict[str, Any] = {"name": message.name, "thread": {"name": message.thread}}
    if message.text:
        view["text"] = message.text
    if message.client_id is not None:
        view["clientAssignedMessageId"] = message.client_id
    return view
