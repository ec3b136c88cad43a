"""The addresses that are the sandbox's own: ledger, faults, settings."""

import re
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .faults import Fault, FaultKind
from .stage import Stage
from .strict import BodyRefused, is_json, parse_json, read_body

SYSTEMS = {
    "monday": "monday",
    "helpscout": "helpscout",
    "google_chat": "google_chat",
    "google-chat": "google_chat",
    "automation": "automation",
    "stripe": "stripe",
    "provisioning": "provisioning",
}
HELPSCOUT_OPERATIONS = {
    *("oauth2.token", "users.me", "mailboxes.list", "mailboxes.get"),
    *("conversations.create", "conversations.list", "conversations.get", "conversations.update"),
    *("conversations.delete", "conversations.tags", "threads.create", "threads.list"),
    *("threads.delete", "threads.schedule", "threads.publish", "threads.unschedule"),
}
CHAT_OPERATIONS = {"messages.create"}
AUTOMATION_OPERATIONS = {"billing.change_requested", "billing.call_back"}
STRIPE_OPERATIONS = {
    *("payment_intents.create", "payment_intents.search", "payment_intents.list", "events.tell"),
}
PROVISIONING_OPERATIONS = {"sites.look", "sites.apply"}
MAX_TIMES = 1_000_000
MAX_SECONDS = 600

_GRAPHQL_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,99}")


class Control:
    """Answers what a test, a demo and the page ask of the stand-ins."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def routes(self) -> list[Route]:
        """The routes of the sandbox itself."""
        return [
            Route("/healthz", self.health, methods=["GET"]),
            Route("/ledger", self.ledger, methods=["GET"]),
            Route("/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/settings", self.settings, methods=["GET", "PUT"]),
        ]

    async def health(self, _request: Request) -> Response:
        """Say that the stand-ins are up, and in which time they live."""
        now = self._stage.clock.now().isoformat(timespec="milliseconds")
        return JSONResponse({"status": "ok", "now": now.replace("+00:00", "Z")})

    async def ledger(self, request: Request) -> Response:
        """List the ledger, oldest first; filters `system`, `operation`, `effect`, `after`."""
        query = request.query_params
        system, effect, after = query.get("system"), query.get("effect"), query.get("after", "0")
        if system is not None and system not in SYSTEMS:
            return _problem(400, "system", f"system must be one of {', '.join(SYSTEMS)}")
        if effect not in (None, "true", "false"):
            return _problem(400, "effect", "effect must be true or false")
        if not re.fullmatch(r"[0-9]{1,12}", after):
            return _problem(400, "after", "after must be the n of a line")
        lines = self._stage.ledger.lines(
            system=SYSTEMS[system] if system is not None else None,
            operation=query.get("operation"),
            effect=None if effect is None else effect == "true",
            after=int(after),
        )
        return JSONResponse({"items": [asdict(line) for line in lines], "next_cursor": None})

    async def faults(self, request: Request) -> Response:
        """List the faults still to come, script one, or forget them all."""
        if request.method == "DELETE":
            self._stage.faults.clear()
            return Response(status_code=204)
        if request.method != "POST":
            waiting = [_fault_view(fault) for fault in self._stage.faults.waiting()]
            return JSONResponse({"items": waiting, "next_cursor": None})
        try:
            given = await _object(request, {"system", "operation", "fault", "times"})
            fault = self._script(given)
        except _Wrong as wrong:
            return _problem(wrong.status, wrong.field, wrong.reason)
        return JSONResponse(_fault_view(fault), status_code=201)

    async def settings(self, request: Request) -> Response:
        """Show the paces, or change those that are named."""
        if request.method == "PUT":
            try:
                given = await _object(request, set(asdict(self._stage.tuning)))
                values = {name: _pace(name, value) for name, value in given.items()}
            except _Wrong as wrong:
                return _problem(wrong.status, wrong.field, wrong.reason)
            for name, value in values.items():
                setattr(self._stage.tuning, name, value)
        return JSONResponse(asdict(self._stage.tuning))

    def _script(self, given: dict[str, Any]) -> Fault:
        system = given.get("system")
        if not isinstance(system, str) or system not in SYSTEMS:
            raise _Wrong("system", f"system must be one of {', '.join(SYSTEMS)}")
        operation = given.get("operation")
        if not isinstance(operation, str) or not _may_fail(SYSTEMS[system], operation):
            raise _Wrong("operation", "operation must be one that the system has, or *")
        kinds = [kind.value for kind in FaultKind]
        if given.get("fault") not in kinds:
            raise _Wrong("fault", f"fault must be one of {', '.join(kinds)}")
        times = given.get("times", 1)
        if type(times) is not int or not 1 <= times <= MAX_TIMES:
            raise _Wrong("times", f"times must be a whole number from 1 to {MAX_TIMES}")
        kind = FaultKind(given["fault"])
        fault = self._stage.faults.add(SYSTEMS[system], operation, kind, times)
        if fault is None:
            raise _Wrong("fault", "too many faults are waiting; delete them first", 409)
        return fault


class _Wrong(Exception):
    """A field of a control request is not as it must be."""

    def __init__(self, field: str, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.status = status


async def _object(request: Request, known: set[str]) -> dict[str, Any]:
    try:
        raw = await read_body(request, limit=10_000)
        if not is_json(request):
            raise BodyRefused(415, "the content type must be application/json")
        given = parse_json(raw)
    except BodyRefused as refused:
        raise _Wrong("", refused.reason, refused.status) from refused
    if not isinstance(given, dict):
        raise _Wrong("", "the body must be a JSON object")
    if set(given) - known:
        raise _Wrong("", f"the only fields are {', '.join(sorted(known))}")
    return given


def _pace(name: str, value: object) -> float | int | bool:
    if name == "enforce_limits":
        if not isinstance(value, bool):
            raise _Wrong(name, f"{name} must be true or false")
        return value
    whole = name == "retry_after_s"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise _Wrong(name, f"{name} must be a {'whole ' if whole else ''}number of seconds")
    if not 0 <= value <= MAX_SECONDS:
        raise _Wrong(name, f"{name} must lie between 0 and {MAX_SECONDS}")
    return value


def _may_fail(system: str, operation: str) -> bool:
    if operation == "*":
        return True
    named = {
        "helpscout": HELPSCOUT_OPERATIONS,
        "google_chat": CHAT_OPERATIONS,
        "automation": AUTOMATION_OPERATIONS,
        "stripe": STRIPE_OPERATIONS,
        "provisioning": PROVISIONING_OPERATIONS,
    }
    if system in named:
        return operation in named[system]
    # A root field, or the name that the caller gave to the whole operation.
    return bool(_GRAPHQL_NAME.fullmatch(operation))


def _fault_view(fault: Fault) -> dict[str, Any]:
    return {**asdict(fault), "fault": fault.fault.value}


def _problem(status: int, field: str, reason: str) -> Response:
    return JSONResponse({"error": reason, "field": field or None}, status_code=status)
