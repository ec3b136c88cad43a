"""The gate of every vendor call: where scripted faults stop it, delay it, or cut its answer off."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from .faults import FaultKind, Faults
from .ledger import Ledger, Outcome
from .settings import Tuning

RAW_SEND = "sandbox.send"

_PROXY_PAGE = """<!doctype html><html><head><title>502 Bad Gateway</title></head>
<body><h1>Bad Gateway</h1><p>The upstream answer was not understood.</p></body></html>
"""

_CUT_OFF = (FaultKind.DROP_AFTER_EFFECT, FaultKind.FORGET)
_AFTER_EFFECT = (FaultKind.SLOW, FaultKind.HALF, *_CUT_OFF)


class ConnectionCut(ConnectionAbortedError):
    """No connection could be cut, because the request came from within the process."""


@dataclass(frozen=True, slots=True)
class VendorCall:
    """A request that passed the vendor's door: who is called, for what, with which body."""

    request: Request
    system: str
    operations: tuple[str, ...]
    key: str | None
    body: object

    @property
    def operation(self) -> str:
        """The name under which the ledger knows the whole request."""
        return self.operations[0] if self.operations else "unknown"


@dataclass(frozen=True, slots=True)
class FaultAnswers:
    """How one vendor words the two failures that it answers itself."""

    rate_limited: Callable[[int], Response]
    server_error: Callable[[], Response]


class Gate:
    """Carries out the faults that were scripted for a call."""

    def __init__(self, faults: Faults, ledger: Ledger, tuning: Tuning) -> None:
        self._faults = faults
        self._ledger = ledger
        self._tuning = tuning
        self._garbage = itertools.cycle((_proxy_page, _truncated_json))

    def fault_for(self, call: VendorCall, *aliases: str) -> FaultKind | None:
        """Use up the fault scripted for this call, if there is one."""
        return self._faults.take(call.system, {*call.operations, *aliases})

    async def stop(
        self, call: VendorCall, fault: FaultKind | None, answers: FaultAnswers
    ) -> Response | None:
        """Answer in the vendor's place, without effect; None lets the call pass."""
        if fault is None or fault in _AFTER_EFFECT:
            return None
        body = {"fault": fault.value, "request": call.body}
        self._ledger.write(call.system, call.operation, Outcome.FAULT, body, key=call.key)
        if fault is FaultKind.RATE_LIMITED:
            return answers.rate_limited(self._tuning.retry_after_s)
        if fault is FaultKind.SERVER_ERROR:
            return answers.server_error()
        if fault is FaultKind.TIMEOUT:
            await _hold(call.request, self._tuning.hold_s)
            return Response(status_code=504)
        return next(self._garbage)()

    async def linger(self, fault: FaultKind | None) -> None:
        """Let a slow vendor take its time."""
        if fault is FaultKind.SLOW:
            await asyncio.sleep(self._tuning.slow_s)

    async def leave(
        self, call: VendorCall, fault: FaultKind | None, response: Response
    ) -> Response:
        """Cut the connection where the answer is to be lost after the effect, or half of it."""
        if fault in _CUT_OFF:
            await cut(call.request)
        return HalfAnswer(call.request, response) if fault is FaultKind.HALF else response


class HalfAnswer(Response):
    """An answer whose connection ends in the middle of its body; its length promised more."""

    def __init__(self, request: Request, whole: Response) -> None:
        super().__init__(bytes(whole.body), whole.status_code)
        self.raw_headers = whole.raw_headers
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and half of the body, then cut the connection."""
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await cut(self._request)


def _proxy_page() -> Response:
    return HTMLResponse(_PROXY_PAGE)


def _truncated_json() -> Response:
    return Response(b'{"data": {"boards": [{"id": "77', media_type="application/json")


async def cut(request: Request) -> None:
    """Abort the connection, so that the caller sees it end without one byte of an answer.

    uvicorn hands its `send` as a method of the cycle that owns the transport; there is no
    other way in ASGI to end a connection unanswered.
    """
    cycle = getattr(request.scope.get(RAW_SEND), "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is None:
        raise ConnectionCut("the answer was dropped after the effect")
    transport.abort()
    # The server must have noticed before the endpoint returns, else it reports a lost answer.
    for _ in range(3):
        await asyncio.sleep(0)


async def _hold(request: Request, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return
