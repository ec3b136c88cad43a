"""The address at which users of a client's site are set."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..automation.signing import SignatureWrong, verify
from ..gate import FaultAnswers, VendorCall
from ..ledger import Outcome
from ..stage import Stage
from ..strict import BodyRefused, is_json, parse_json, read_body

SYSTEM = "provisioning"
LOOK, APPLY = "sites.look", "sites.apply"
OPERATIONS = {"look": LOOK, "apply": APPLY}
MOVED = "moved-"
"""Sites whose id begins so are found in another database than the one that is asked for."""


@dataclass(slots=True)
class _Site:
    limit: int | None = None
    recurring: Any = None
    notes: list[str] = field(default_factory=list)


class _Refusal(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class ProvisioningEndpoint:
    """Answers `POST /provisioning/sites`: looks at a site, or changes it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sites: dict[tuple[str, str], _Site] = {}
        self._taken: set[str] = set()
        self._answers = FaultAnswers(
            rate_limited=lambda seconds: JSONResponse(
                {"error": "slow down"}, status_code=429, headers={"Retry-After": str(seconds)}
            ),
            server_error=lambda: JSONResponse({"error": "internal"}, status_code=500),
        )

    def routes(self) -> list[Route]:
        """The routes of the clients' system."""
        return [Route("/provisioning/sites", self.sites, methods=["POST"])]

    async def sites(self, request: Request) -> Response:
        """Verify, then look or change."""
        try:
            raw = await read_body(request)
            secret = self._stage.settings.provisioning_secret
            now = self._stage.clock.real_now()
            message_id = verify(secret, request.headers, raw, now=now)
            body = _asked(request, raw)
        except (BodyRefused, _Refusal) as refused:
            return self._refuse(refused.status, refused.reason)
        except SignatureWrong as wrong:
            return self._refuse(401, str(wrong))
        operation = OPERATIONS[body["action"]]
        call = VendorCall(request, SYSTEM, (operation,), message_id, body)
        gate = self._stage.gate
        fault = gate.fault_for(call)
        if (stopped := await gate.stop(call, fault, self._answers)) is not None:
            return stopped
        await gate.linger(fault)
        answer = JSONResponse(self._answer(body, message_id))
        return await gate.leave(call, fault, answer)

    def _answer(self, body: dict[str, Any], message_id: str) -> dict[str, Any]:
        database, site_id = body["database"], body["site_id"]
        if site_id.startswith(MOVED):
            database = "db-elsewhere"
        site = self._sites.setdefault((database, site_id), _Site())
        outcome = Outcome.READ
        if body["action"] == "apply":
            outcome = Outcome.REPLAY if message_id in self._taken else Outcome.EFFECT
            if outcome is Outcome.EFFECT:
                self._taken.add(message_id)
                site.limit, site.recurring = body["limit"], body["recurring"]
                site.notes.append(body["note"])
        operation = OPERATIONS[body["action"]]
        self._stage.ledger.write(SYSTEM, operation, outcome, body, key=message_id)
        return {"database": database, "site_id": site_id, "limit": site.limit}

    def _refuse(self, status: int, reason: str) -> Response:
        self._stage.ledger.write(SYSTEM, LOOK, Outcome.REFUSED, {"status": status})
        return JSONResponse({"error": reason}, status_code=status)


def _asked(request: Request, raw: bytes) -> dict[str, Any]:
    if not is_json(request):
        raise _Refusal(415, "The content type must be application/json.")
    body = parse_json(raw)
    if not isinstance(body, dict) or body.get("action") not in OPERATIONS:
        raise _Refusal(400, "action must be look or apply.")
    if not all(isinstance(body.get(name), str) for name in ("database", "site_id")):
        raise _Refusal(400, "database and site_id must be text.")
    if body["action"] == "apply":
        recurring = body.get("recurring")
        whole = isinstance(recurring, dict) and {"amount", "currency", "description"} <= set(
            recurring
        )
        if type(body.get("limit")) is not int or not whole or not isinstance(body.get("note"), str):
            raise _Refusal(400, "limit, recurring or note is missing.")
    return body
