"""The one address of monday.com: what the door asks for, and how answers are worded."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from graphql import GraphQLSchema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..addresses import base_url
from ..faults import FaultKind
from ..gate import FaultAnswers, VendorCall
from ..ledger import Outcome
from ..limits import MinuteLimit
from ..posting import Post, post_over_http
from ..stage import Stage
from ..strict import BodyRefused, is_json, parse_json, read_body
from .boards import Boards
from .errors import RequestRefused, limit_reached
from .execution import SYSTEM, Execution, load_schema
from .idempotency import KeptAnswers
from .mutations import Mutations
from .nodes import Nodes
from .operation import Operation, read_operation
from .paging import Cursors
from .queries import API_VERSION, Queries
from .webhooks import Webhooks

MINUTE_RATE = 5000
BOARDS_RATE = {"duplicate_board": 40, "create_board": 40}
"""A minute, each for itself."""


class MondayEndpoint:
    """Answers `POST /monday/v2`."""

    def __init__(
        self, stage: Stage, post: Post = post_over_http, schema: GraphQLSchema | None = None
    ) -> None:
        self._stage = stage
        self._schema = schema or load_schema()
        self.boards = Boards(stage.settings, stage.tuning, stage.clock, stage.numbers)
        self._minute = MinuteLimit(MINUTE_RATE)
        self._made = {name: MinuteLimit(rate) for name, rate in BOARDS_RATE.items()}
        nodes = Nodes(self.boards, Cursors())
        self.webhooks = Webhooks(stage, self.boards, post)
        self.boards.on_change = self.webhooks.note
        queries = Queries(self.boards, nodes, self.webhooks, self._budget_left)
        mutations = Mutations(self.boards, nodes, self.webhooks)
        self._execution = Execution(self._schema, queries, mutations, stage.ledger)
        self._kept = KeptAnswers()
        self._answers = FaultAnswers(
            rate_limited=lambda seconds: self._refusal(limit_reached(seconds)),
            server_error=lambda: self._refusal(
                RequestRefused(500, "INTERNAL_SERVER_ERROR", "Internal server error")
            ),
        )

    def routes(self) -> list[Route]:
        """The routes of this vendor."""
        return [Route("/monday/v2", self.post, methods=["POST"])]

    async def post(self, request: Request) -> Response:
        """Take one request through the door, the gate and the execution."""
        try:
            raw = await read_body(request)
            self._check_door(request)
            operation = read_operation(_json_of(request, raw), self._schema)
            self._check_limits(operation)
            return await self._carry_out(request, raw, operation)
        except BodyRefused as refused:
            code = "JsonParseException" if refused.status == 400 else "PayloadTooLarge"
            return self._refuse(RequestRefused(refused.status, code, refused.reason))
        except RequestRefused as refused:
            return self._refuse(refused)

    def _check_door(self, request: Request) -> None:
        # The token stands alone: monday knows no "Bearer".
        if request.headers.get("authorization", "") != self._stage.settings.monday_token:
            raise RequestRefused(401, "NOT_AUTHENTICATED", "Not Authenticated")
        version = request.headers.get("api-version")
        if version != API_VERSION:
            raise RequestRefused(
                200,
                "InvalidVersionException",
                f"The stand-in speaks only API-Version {API_VERSION}, which must be named",
                extensions={"status_code": 400},
            )

    def _check_limits(self, operation: Operation) -> None:
        now = self._stage.clock.real_now()
        costs = [(self._minute, 1)]
        for name, limit in self._made.items():
            costs.append((limit, operation.root_fields.count(name)))
        if self._stage.tuning.enforce_limits:
            for limit, cost in costs:
                if limit.left(now) < cost:
                    raise limit_reached(limit.wait_s(now))
        for limit, cost in costs:
            limit.spend(cost, now)

    async def _carry_out(self, request: Request, raw: bytes, operation: Operation) -> Response:
        key = request.headers.get("idempotency-key") if operation.is_mutation else None
        call = VendorCall(request, SYSTEM, operation.root_fields, key, _bounded(operation))
        gate = self._stage.gate
        fault = gate.fault_for(call, operation.name or "")
        if (stopped := await gate.stop(call, fault, self._answers)) is not None:
            return stopped
        response = await self._execute(call, raw, operation, fault)
        return await gate.leave(call, fault, response)

    async def _execute(
        self, call: VendorCall, raw: bytes, operation: Operation, fault: FaultKind | None
    ) -> Response:
        key = call.key
        if key is not None:
            kept = self._kept.begin(key, raw, self._stage.clock.real_now())
            if kept is not None and kept.body is not None:
                self._stage.ledger.write(SYSTEM, call.operation, Outcome.REPLAY, call.body, key=key)
                return self._answer(kept.status, kept.body, {"Idempotency-Replayed": "true"})
        try:
            await self._stage.gate.linger(fault)
            url = base_url(call.request)
            status, body = await self._execution.run(operation, key=key, base_url=url)
        except BaseException:
            if key is not None:
                self._kept.give_up(key)
            raise
        text = self._worded(body)
        if key is not None and fault is FaultKind.FORGET:
            self._kept.give_up(key)
        elif key is not None:
            self._kept.finish(key, status, text)
        return self._answer(status, text)

    def _worded(self, body: Mapping[str, Any]) -> bytes:
        whole = dict(body)
        if "errors" in whole:
            whole["account_id"] = int(self.boards.account["id"])
        whole["extensions"] = {"request_id": str(uuid4())}
        return json.dumps(whole).encode()

    def _answer(
        self, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Response:
        return Response(
            body,
            status_code=status,
            media_type="application/json",
            headers={**self._usual_headers(), **(headers or {})},
        )

    def _refuse(self, refused: RequestRefused) -> Response:
        body = {"code": refused.code}
        self._stage.ledger.write(SYSTEM, "request", Outcome.REFUSED, body)
        return self._refusal(refused)

    def _refusal(self, refused: RequestRefused) -> Response:
        headers = {**self._usual_headers(), **refused.headers}
        body = {"errors": refused.errors, "extensions": {"request_id": headers["x-request-id"]}}
        return JSONResponse(body, status_code=refused.status, headers=headers)

    def _usual_headers(self) -> dict[str, str]:
        return {
            "api-version": API_VERSION,
            "x-request-id": str(uuid4()),
            "RateLimit-Policy": f'"minuteRate";q={MINUTE_RATE};w=60, "concurrency";q=250',
            "RateLimit": f'"minuteRate";r={self._budget_left()}, "concurrency";r=249',
        }

    def _budget_left(self) -> int:
        return self._minute.left(self._stage.clock.real_now())


def _json_of(request: Request, raw: bytes) -> object:
    if not is_json(request):
        raise BodyRefused(400, "the content type must be application/json")
    return parse_json(raw)


def _bounded(operation: Operation) -> dict[str, object]:
    return {"operationName": operation.name, "variables": operation.variables}
