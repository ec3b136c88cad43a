"""The address of the catch hook that changes bills."""

import hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..gate import FaultAnswers, VendorCall
from ..ledger import Outcome
from ..posting import Post
from ..stage import Stage
from ..strict import BodyRefused, is_json, parse_json, read_body
from .calls import SYSTEM, CallBacks
from .signing import SignatureWrong, verify

OPERATION = "billing.change_requested"
KINDS = ("cancel_service", "start_service", "charge", "credit")


class Refusal(Exception):
    """The request is answered in plain text, as automation platforms do."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class AutomationEndpoint:
    """Answers `POST /automation/billing`; `calls` are the call backs that follow."""

    def __init__(self, stage: Stage, post: Post) -> None:
        self._stage = stage
        self._taken: set[str] = set()
        self.calls = CallBacks(stage, post)
        self._answers = FaultAnswers(
            rate_limited=lambda seconds: PlainTextResponse(
                "Too many requests.", status_code=429, headers={"Retry-After": str(seconds)}
            ),
            server_error=lambda: PlainTextResponse("Scenario failed to complete.", 500),
        )

    def routes(self) -> list[Route]:
        """The routes of the automation."""
        return [Route("/automation/billing", self.catch, methods=["POST"])]

    async def catch(self, request: Request) -> Response:
        """Take one request for a change of a bill."""
        try:
            raw = await read_body(request)
            message_id = self._admitted(request, raw)
            call = VendorCall(request, SYSTEM, (OPERATION,), message_id, _change_of(request, raw))
        except BodyRefused as refused:
            return self._refuse(refused.status, refused.reason)
        except Refusal as refused:
            return self._refuse(refused.status, refused.text)
        gate = self._stage.gate
        fault = gate.fault_for(call)
        if (stopped := await gate.stop(call, fault, self._answers)) is not None:
            return stopped
        await gate.linger(fault)
        self._make(message_id, call.body)
        return await gate.leave(call, fault, PlainTextResponse("Accepted"))

    def _admitted(self, request: Request, raw: bytes) -> str:
        settings = self._stage.settings
        key = request.headers.get("x-make-apikey", "")
        wanted = settings.automation_api_key
        if wanted and not hmac.compare_digest(key.encode(), wanted.encode()):
            raise Refusal(401, "Invalid API key.")
        try:
            now = self._stage.clock.real_now()
            return verify(settings.automation_secret, request.headers, raw, now=now)
        except SignatureWrong as wrong:
            raise Refusal(401, str(wrong)) from wrong

    def _make(self, message_id: str, change: Any) -> None:
        """Change the bill, once a message; a Zap that looks at its id does the same."""
        repeated = message_id in self._taken
        outcome = Outcome.REPLAY if repeated else Outcome.EFFECT
        self._stage.ledger.write(SYSTEM, OPERATION, outcome, change, key=message_id)
        if not repeated:
            self._taken.add(message_id)
            self.calls.note(change)

    def _refuse(self, status: int, text: str) -> Response:
        self._stage.ledger.write(SYSTEM, OPERATION, Outcome.REFUSED, {"status": status})
        return PlainTextResponse(text, status_code=status)


def _change_of(request: Request, raw: bytes) -> dict[str, Any]:
    if not is_json(request):
        raise Refusal(400, "The content type must be application/json.")
    change = parse_json(raw)
    if not isinstance(change, dict) or change.get("event") != OPERATION:
        raise Refusal(400, f"The event must be {OPERATION}.")
    if change.get("kind") not in KINDS or not isinstance(change.get("service"), str):
        raise Refusal(400, "The kind or the service is missing.")
    back = change.get("call_back")
    told = back if isinstance(back, dict) else {}
    if not all(isinstance(told.get(name), str) for name in ("event", "url")):
        raise Refusal(400, "It does not say how to call back.")
    if not isinstance(change.get("adjustment_id"), str):
        raise Refusal(400, "The adjustment's id is missing.")
    return change
