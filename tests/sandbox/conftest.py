"""The stand-ins as a test meets them: in the process, at a real time that only the test moves."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.sandbox.vendors import SandboxSettings, make_app
from app.sandbox.vendors.app import StandIns

STARTED_AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TEMPLATE = "7700000001"
SUPPORT = "/google-chat/v1/spaces/SUPPORT/messages"


class InProcess(httpx.BaseTransport):
    """Calls an ASGI application without a server; each request has an event loop of its own."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx.ASGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        content = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


@dataclass
class RealTime:
    """The machine's clock, moved by hand."""

    now: datetime = STARTED_AT
    asked: asyncio.Event | None = None

    def read(self) -> datetime:
        if self.asked is not None:
            self.asked.set()
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass
class Vendors:
    """Calls the stand-ins as a lawful caller would; each call may be made unlawful."""

    app: StandIns
    client: httpx.Client
    real: RealTime
    _token: dict[str, str] = field(default_factory=dict)

    def monday(
        self,
        query: str,
        variables: Any = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        name: str | None = None,
    ) -> Any:
        usual = {"Authorization": "sandbox-monday-token", "API-Version": "2026-10"}
        if key is not None:
            usual["Idempotency-Key"] = key
        body = {"query": query, "variables": variables or {}, "operationName": name}
        return self.client.post("/monday/v2", json=body, headers={**usual, **(headers or {})})

    def data(self, query: str, variables: Any = None, *, key: str | None = None) -> Any:
        answer = self.monday(query, variables, key=key).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def copied_board(self, name: str = "Upgrade UPG-1") -> str:
        query = """mutation ($name: String, $id: ID!) { duplicate_board(board_id: $id,
            board_name: $name, duplicate_type: duplicate_board_with_pulses) { board { id } } }"""
        answer = self.data(query, {"name": name, "id": TEMPLATE})
        return str(answer["duplicate_board"]["board"]["id"])

    def board(self, board_id: str) -> Any:
        query = """query ($id: ID!) { boards(ids: [$id]) { name items_count created_from_board_id
            description groups { id title } items_page(limit: 100) { items { id name group { title }
            column_values { id text value } } } } }"""
        return self.data(query, {"id": board_id})["boards"][0]

    def helpscout(self, method: str, path: str, **more: Any) -> Any:
        if not self._token:
            form = {
                "grant_type": "client_credentials",
                "client_id": "sandbox-app",
                "client_secret": "sandbox-secret",
            }
            answer = self.client.post("/helpscout/v2/oauth2/token", data=form).json()
            self._token["Authorization"] = f"Bearer {answer['access_token']}"
        headers = {**self._token, **more.pop("headers", {})}
        return self.client.request(method, f"/helpscout/v2{path}", headers=headers, **more)

    def drafted(self, **changes: Any) -> tuple[str, int]:
        """Draft a mail; returns the ids of its conversation and of its thread."""
        answer = self.helpscout("POST", "/conversations", json=conversation(**changes))
        assert answer.status_code == 201, answer.text
        conversation_id = answer.headers["Resource-ID"]
        threads = self.helpscout("GET", f"/conversations/{conversation_id}/threads").json()
        return conversation_id, threads["_embedded"]["threads"][0]["id"]

    def say(self, body: Any, path: str = SUPPORT, **query: str) -> Any:
        usual = {"key": "sandbox-key", "token": "sandbox-token"}
        return self.client.post(path, params={**usual, **query}, json=body)

    def fault(self, system: str, operation: str, fault: str, times: int = 1) -> None:
        body = {"system": system, "operation": operation, "fault": fault, "times": times}
        assert self.client.post("/faults", json=body).status_code == 201

    def ledger(self, **query: str) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = self.client.get("/ledger", params=query).json()["items"]
        return lines

    def effects(self) -> list[str]:
        return [line["operation"] for line in self.ledger(effect="true")]

    def tell_time(self, instant: str) -> None:
        """Let the application's time be this from now on."""
        answer = self.client.get("/healthz", headers={"X-Sandbox-Now": instant})
        assert answer.status_code == 200


def conversation(**changes: Any) -> dict[str, Any]:
    """A conversation with one draft to the client and a copy to a colleague."""
    thread = {
        "type": "reply",
        "customer": {"email": "owner@harbourdental.example"},
        "text": "<p>Your upgrade has begun.</p>",
        "cc": ["marketing@agency.example"],
        "draft": True,
        **changes.pop("thread", {}),
    }
    return {
        "subject": "Your upgrade has begun",
        "type": "email",
        "mailboxId": 85,
        "status": "pending",
        "customer": {"email": "owner@harbourdental.example", "firstName": "Jo"},
        "tags": ["upg-1"],
        "threads": [thread],
        **changes,
    }


Make = Callable[..., Vendors]


@pytest.fixture
def make_vendors() -> Make:
    def make(**settings: Any) -> Vendors:
        real = RealTime()
        app = make_app(SandboxSettings(**settings), real_now=real.read)
        client = httpx.Client(transport=InProcess(app), base_url="http://testserver")
        return Vendors(app, client, real)

    return make


@pytest.fixture
def vendors(make_vendors: Make) -> Vendors:
    return make_vendors(board_fill_s=0)
