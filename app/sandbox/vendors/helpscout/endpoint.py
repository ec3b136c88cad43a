"""The addresses of Help Scout: tokens, the rate headers, and the way of every call to the desk."""

import hmac
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..addresses import base_url
from ..gate import FaultAnswers, VendorCall
from ..ledger import Outcome
from ..limits import MinuteLimit
from ..stage import Stage
from ..strict import BodyRefused, is_json, parse_json, read_body
from .desk import Desk, DeskCall
from .errors import Refusal, not_found, rate_limited
from .mailbox import SYSTEM, Mailbox

PREFIX = "/helpscout/v2"
MINUTE_BUDGET = 400
TOKEN_LIVES = timedelta(hours=48)
MAX_TOKENS = 1000

_CONVERSATION = "/conversations/{conversation}"
_THREAD = _CONVERSATION + "/threads/{thread}"
_ID = re.compile(r"[0-9]{1,16}")

Handler = Callable[[DeskCall], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


class HelpScoutEndpoint:
    """Answers everything under `/helpscout/v2`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.mailbox = Mailbox(stage)
        self._desk = Desk(stage, self.mailbox)
        self._minute = MinuteLimit(MINUTE_BUDGET)
        self._tokens: dict[str, datetime] = {}
        self._answers = FaultAnswers(
            rate_limited=lambda seconds: rate_limited(seconds, MINUTE_BUDGET).answer(),
            server_error=lambda: Refusal(500, "Internal error").answer(),
        )

    def routes(self) -> list[Route]:
        """The routes of this vendor."""
        desk = self._desk
        table: list[tuple[str, str, str, Handler]] = [
            ("POST", "/conversations", "conversations.create", desk.create_conversation),
            ("GET", "/conversations", "conversations.list", desk.list_conversations),
            ("GET", _CONVERSATION, "conversations.get", desk.get_conversation),
            ("PATCH", _CONVERSATION, "conversations.update", desk.update_conversation),
            ("DELETE", _CONVERSATION, "conversations.delete", desk.delete_conversation),
            ("PUT", _CONVERSATION + "/tags", "conversations.tags", desk.replace_tags),
            ("POST", _CONVERSATION + "/reply", "threads.create", desk.create_reply),
            ("GET", _CONVERSATION + "/threads", "threads.list", desk.list_threads),
            ("DELETE", _THREAD, "threads.delete", desk.delete_thread),
            ("PUT", _THREAD + "/schedule", "threads.schedule", desk.schedule),
            ("PATCH", _THREAD + "/schedule", "threads.publish", desk.publish),
            ("DELETE", _THREAD + "/schedule", "threads.unschedule", desk.unschedule),
            ("GET", "/mailboxes", "mailboxes.list", desk.list_mailboxes),
            ("GET", "/mailboxes/{mailbox}", "mailboxes.get", desk.get_mailbox),
            ("GET", "/users/me", "users.me", desk.get_me),
        ]
        by_path: dict[str, dict[str, tuple[str, Handler]]] = {}
        for method, path, operation, handler in table:
            by_path.setdefault(path, {})[method] = (operation, handler)
        routes = [
            Route(PREFIX + path, self._endpoint(methods), methods=list(methods))
            for path, methods in by_path.items()
        ]
        return [Route(PREFIX + "/oauth2/token", self.token, methods=["POST"]), *routes]

    async def token(self, request: Request) -> Response:
        """Give a bearer token for the app's credentials."""
        try:
            given = await _credentials(request)
        except BodyRefused as refused:
            return Refusal(refused.status, refused.reason).answer()
        call = VendorCall(request, SYSTEM, ("oauth2.token",), None, {})
        fault = self._stage.gate.fault_for(call)
        if (stopped := await self._stage.gate.stop(call, fault, self._answers)) is not None:
            return stopped
        await self._stage.gate.linger(fault)
        response = self._token_answer(given)
        return await self._stage.gate.leave(call, fault, response)

    def _token_answer(self, given: dict[str, str]) -> Response:
        settings = self._stage.settings
        wanted = (settings.helpscout_app_id, settings.helpscout_app_secret)
        offered = (given.get("client_id", ""), given.get("client_secret", ""))
        ours = zip(wanted, offered, strict=True)
        known = [hmac.compare_digest(one.encode(), other.encode()) for one, other in ours]
        if given.get("grant_type") != "client_credentials" or not all(known):
            self._stage.ledger.write(SYSTEM, "oauth2.token", Outcome.REFUSED, {})
            error = {"error": "invalid_client", "error_description": "Bad client credentials"}
            return JSONResponse(error, status_code=401)
        token = uuid4().hex
        self._tokens[token] = self._stage.clock.real_now() + TOKEN_LIVES
        while len(self._tokens) > MAX_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        self._stage.ledger.write(SYSTEM, "oauth2.token", Outcome.READ, {})
        lives_s = int(TOKEN_LIVES.total_seconds())
        return JSONResponse({"token_type": "bearer", "access_token": token, "expires_in": lives_s})

    def _endpoint(self, methods: dict[str, tuple[str, Handler]]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            # Starlette answers HEAD wherever GET is answered.
            method = "GET" if request.method == "HEAD" else request.method
            operation, handler = methods[method]
            try:
                response = await self._pass(request, method, operation, handler)
            except Refusal as refused:
                body = {"status": refused.status, "errors": refused.errors}
                self._stage.ledger.write(SYSTEM, operation, Outcome.REFUSED, body)
                response = refused.answer()
            left = self._minute.left(self._stage.clock.real_now())
            response.headers.setdefault("X-RateLimit-Limit-Minute", str(MINUTE_BUDGET))
            response.headers.setdefault("X-RateLimit-Remaining-Minute", str(left))
            return response

        return endpoint

    async def _pass(
        self, request: Request, method: str, operation: str, handler: Handler
    ) -> Response:
        body = await _body(request) if method in ("POST", "PUT", "PATCH") else None
        self._check_token(request)
        self._spend(1 if method == "GET" else 2)
        call = VendorCall(request, SYSTEM, (operation,), None, body)
        gate = self._stage.gate
        fault = gate.fault_for(call)
        if (stopped := await gate.stop(call, fault, self._answers)) is not None:
            return stopped
        await gate.linger(fault)
        ids = _ids(request)
        query = dict(request.query_params)
        response = handler(DeskCall(operation, ids, query, body, base_url(request)))
        return await gate.leave(call, fault, response)

    def _check_token(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        ends_at = self._tokens.get(token.strip())
        now = self._stage.clock.real_now()
        if scheme.lower() != "bearer" or ends_at is None or ends_at <= now:
            raise Refusal(401, "Unauthorized")

    def _spend(self, cost: int) -> None:
        now = self._stage.clock.real_now()
        if self._stage.tuning.enforce_limits and self._minute.left(now) < cost:
            raise rate_limited(self._minute.wait_s(now), MINUTE_BUDGET)
        self._minute.spend(cost, now)


def _ids(request: Request) -> dict[str, int]:
    texts: dict[str, str] = request.path_params
    if not all(_ID.fullmatch(text) for text in texts.values()):
        raise not_found()
    return {name: int(text) for name, text in texts.items()}


async def _body(request: Request) -> object:
    try:
        raw = await read_body(request)
        if not is_json(request):
            raise Refusal(415, "Unsupported Media Type")
        return parse_json(raw)
    except BodyRefused as refused:
        raise Refusal(refused.status, refused.reason) from refused


async def _credentials(request: Request) -> dict[str, str]:
    raw = await read_body(request, limit=10_000)
    if is_json(request):
        given = parse_json(raw)
        if not isinstance(given, dict):
            raise BodyRefused(400, "the body must be an object")
        return {name: value for name, value in given.items() if isinstance(value, str)}
    try:
        form = parse_qs(raw.decode("ascii"), max_num_fields=20, errors="replace")
    except ValueError as error:
        raise BodyRefused(400, "the body is no form") from error
    return {**dict(request.query_params), **{name: values[0] for name, values in form.items()}}
