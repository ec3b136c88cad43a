"""The addresses of Stripe: PaymentIntents, their search, and where its events are told."""

import hmac
import json
import re
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..gate import FaultAnswers, VendorCall
from ..ledger import Outcome
from ..posting import NotReached, Post
from ..stage import Stage
from ..strict import BodyRefused, read_body
from .intents import Intents

SYSTEM = "stripe"
CREATE, SEARCH, LIST = "payment_intents.create", "payment_intents.search", "payment_intents.list"
ENDPOINTS, TELL = "webhook_endpoints.create", "events.tell"
NEEDED = ("amount", "currency", "customer", "payment_method")
MOST_TRIES = 5

_QUERY = re.compile(r"metadata\['([A-Za-z_]{1,40})'\]:'([^']{1,200})'")


class StripeEndpoint:
    """Answers everything under `/stripe/v1`."""

    def __init__(self, stage: Stage, post: Post) -> None:
        self._stage = stage
        self._post = post
        self.intents = Intents(stage)
        self._listeners: list[str] = []
        self._tries: dict[str, int] = {}
        self._answers = FaultAnswers(
            rate_limited=lambda seconds: JSONResponse(
                _error("rate_limit_error", "rate_limit"),
                status_code=429,
                headers={"Retry-After": str(seconds)},
            ),
            server_error=lambda: JSONResponse(_error("api_error", None), status_code=500),
        )

    def routes(self) -> list[Route]:
        """The routes of Stripe."""
        return [
            Route("/stripe/v1/payment_intents", self.create, methods=["POST"]),
            Route("/stripe/v1/payment_intents", self.list, methods=["GET"]),
            Route("/stripe/v1/payment_intents/search", self.search, methods=["GET"]),
            Route("/stripe/v1/webhook_endpoints", self.listen, methods=["POST"]),
        ]

    async def create(self, request: Request) -> Response:
        """Create and confirm a PaymentIntent, once a key."""
        try:
            form = _form(await read_body(request))
        except BodyRefused as refused:
            return JSONResponse(_error("invalid_request_error", None), status_code=refused.status)
        if (refusal := self._refused(request)) is not None:
            return refusal
        key = request.headers.get("idempotency-key")
        call = VendorCall(request, SYSTEM, (CREATE,), key, form)
        gate = self._stage.gate
        fault = gate.fault_for(call)
        if (stopped := await gate.stop(call, fault, self._answers)) is not None:
            return stopped
        await gate.linger(fault)
        answer = self._made(form, key)
        return await gate.leave(call, fault, answer)

    def _made(self, form: dict[str, str], key: str | None) -> Response:
        missing = [name for name in NEEDED if not form.get(name)]
        if missing or not form.get("amount", "").isdigit():
            return JSONResponse(_error("invalid_request_error", "parameter_missing"), 400)
        content = json.dumps(form, sort_keys=True)
        known = self.intents.by_key.get(key or "")
        if known is not None:
            if known[0] != content:
                return JSONResponse(_error("idempotency_error", None), status_code=400)
            self._note(CREATE, Outcome.REPLAY, form, key)
            return JSONResponse(known[2], known[1], headers={"Idempotent-Replayed": "true"})
        status, body = self.intents.make(form)
        if key:
            self.intents.by_key[key] = (content, status, body)
        charged = status == 200
        self._note(CREATE, Outcome.EFFECT if charged else Outcome.REFUSED, form, key)
        return JSONResponse(body, status_code=status)

    async def search(self, request: Request) -> Response:
        """Find PaymentIntents by one value of their metadata."""
        match = _QUERY.fullmatch(request.query_params.get("query", ""))
        if (refusal := self._refused(request)) is not None:
            return refusal
        if match is None:
            return JSONResponse(_error("invalid_request_error", None), status_code=400)
        call = VendorCall(request, SYSTEM, (SEARCH,), None, {"query": match[0]})
        fault = self._stage.gate.fault_for(call)
        stopped = await self._stage.gate.stop(call, fault, self._answers)
        if stopped is not None:
            return stopped
        self.intents.pay_late()
        found = [each.view() for each in self.intents.found(match[1], match[2])]
        self._note(SEARCH, Outcome.READ, {"query": match[0]}, None)
        return JSONResponse(_list("search_result", found))

    async def list(self, request: Request) -> Response:
        """List the newest PaymentIntents."""
        if (refusal := self._refused(request)) is not None:
            return refusal
        self._note(LIST, Outcome.READ, {}, None)
        return JSONResponse(_list("list", [each.view() for each in self.intents.made[-10:]]))

    async def listen(self, request: Request) -> Response:
        """Register an address that is told of what becomes of payments."""
        form = _form(await read_body(request))
        if (refusal := self._refused(request)) is not None:
            return refusal
        self._listeners.append(form.get("url", ""))
        self._note(ENDPOINTS, Outcome.EFFECT, form, None)
        secret = self._stage.settings.stripe_webhook_secret
        return JSONResponse({"id": "we_1", "object": "webhook_endpoint", "secret": secret})

    async def call_due(self) -> int:
        """Tell of the payments that succeeded; return how many were taken."""
        self.intents.pay_late()
        taken = 0
        for intent in self.intents.to_tell() if self._listeners else ():
            tries = self._tries[intent.id] = self._tries.get(intent.id, 0) + 1
            intent.told = tries >= MOST_TRIES
            event = {
                "id": f"evt_{intent.id[3:]}",
                "object": "event",
                "type": "payment_intent.succeeded",
                "data": {"object": {**intent.view(), "latest_charge": f"ch_{intent.id[3:]}"}},
            }
            if self._stage.faults.take(SYSTEM, {TELL}) is not None:
                self._note(TELL, Outcome.FAULT, {"id": event["id"]}, None)
                intent.told = True
            elif await self._told(event):
                intent.told = True
                taken += 1
        return taken

    async def _told(self, event: dict[str, Any]) -> bool:
        body = json.dumps(event).encode()
        stamp = str(int(self._stage.clock.real_now().timestamp()))
        secret = self._stage.settings.stripe_webhook_secret.encode()
        right = hmac.digest(secret, stamp.encode() + b"." + body, "sha256").hex()
        headers = {"content-type": "application/json", "Stripe-Signature": f"t={stamp},v1={right}"}
        try:
            answers = [await self._post(url, body, headers) for url in self._listeners]
        except NotReached:
            return False
        self._note(TELL, Outcome.UNCHANGED, {"id": event["id"], "type": event["type"]}, None)
        return all(200 <= status < 300 for status, _ in answers)

    def _refused(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(given.encode(), self._stage.settings.stripe_api_key.encode()):
            return None
        return JSONResponse(_error("invalid_request_error", None), status_code=401)

    def _note(self, operation: str, outcome: Outcome, body: object, key: str | None) -> None:
        self._stage.ledger.write(SYSTEM, operation, outcome, body, key=key)


def _form(raw: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}


def _error(kind: str, code: str | None) -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": "The request was not carried out."}}


def _list(kind: str, data: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": kind, "data": data, "has_more": False, "url": "/v1/payment_intents"}
