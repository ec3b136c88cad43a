"""The stand-in automation takes signed requests only, changes a bill once, and calls back."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from app.sandbox.vendors import SandboxSettings, make_app
from app.sandbox.vendors.app import StandIns
from app.sandbox.vendors.automation.signing import SignatureWrong, signature, verify
from app.sandbox.vendors.posting import NotReached
from tests.sandbox.conftest import STARTED_AT, InProcess, RealTime

ADDRESS = "https://upgrades.example/webhooks/agreement"
SETTINGS = SandboxSettings()
CHANGE: dict[str, Any] = {
    "event": "billing.change_requested",
    "adjustment_id": "0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11",
    "kind": "cancel_service",
    "service": "sms",
    "agreement": {"ref": "PROP-1042"},
    "client": {"ref": "C-77", "name": "Harbour Dental"},
    "call_back": {"event": "billing.service_cancelled", "url": ADDRESS},
}


@dataclass
class Automation:
    """The stand-in, with the address that it calls back."""

    app: StandIns
    client: httpx.Client
    real: RealTime
    told: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    failing: int = 0
    reached: bool = True

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        assert url == ADDRESS
        if not self.reached:
            raise NotReached
        if self.failing:
            self.failing -= 1
            return 503, b""
        self.told.append(json.loads(body))
        self.bodies.append(body)
        self.headers.append(headers)
        return 202, b"{}"

    def ask(
        self,
        change: Any = None,
        *,
        key: str = "UPG-1/billing.submit/1#1",
        secret: str = SETTINGS.automation_secret,
        at: datetime | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        body = json.dumps(CHANGE if change is None else change).encode()
        written = int((at or self.real.now).timestamp())
        usual = {
            "content-type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(written),
            "webhook-signature": signature(secret, key, written, body),
        }
        sent = {**usual, **(headers or {})}
        return self.client.post("/automation/billing", content=body, headers=sent)

    def call(self) -> int:
        self.real.advance(seconds=2)
        return asyncio.run(self.app.call_webhooks())

    def ledger(self) -> list[tuple[str, str]]:
        lines = self.client.get("/ledger", params={"system": "automation"}).json()["items"]
        return [(line["operation"], line["outcome"]) for line in lines]

    def fault(self, operation: str, fault: str) -> int:
        body = {"system": "automation", "operation": operation, "fault": fault}
        return self.client.post("/faults", json=body).status_code


def make_automation(**settings: Any) -> Automation:
    real = RealTime()
    made = Automation(make_app(), httpx.Client(), real)
    made.app = make_app(SandboxSettings(**settings), real_now=real.read, post=made.post)
    made.client = httpx.Client(transport=InProcess(made.app), base_url="http://testserver")
    return made


@pytest.fixture
def automation() -> Automation:
    return make_automation()


def test_a_change_is_made_and_called_back_signed(automation: Automation) -> None:
    answer = automation.ask()

    assert (answer.status_code, answer.text) == (200, "Accepted")
    assert automation.told == []
    assert automation.call() == 1
    (told,) = automation.told
    assert told["event"] == "billing.service_cancelled"
    assert told["adjustment_id"] == CHANGE["adjustment_id"]
    assert (told["agreement"], told["client"]) == ({"ref": "PROP-1042"}, {"ref": "C-77"})
    assert told["evidence"]["reference"].startswith("AUTO-")
    (body,), (headers,) = automation.bodies, automation.headers
    verified = verify(SETTINGS.agreement_secret, headers, body, now=automation.real.now)
    assert verified == told["event_id"]
    assert automation.ledger() == [
        ("billing.change_requested", "effect"),
        ("billing.call_back", "unchanged"),
    ]


def test_its_own_signature_is_the_one_of_a_foreign_library() -> None:
    body, at = b'{"test": 2432232314}', int(STARTED_AT.timestamp())

    ours = signature(SETTINGS.automation_secret, "msg_1", at, body)

    theirs = Webhook(SETTINGS.automation_secret).sign("msg_1", STARTED_AT, body.decode())
    assert ours == theirs


def test_the_same_message_again_changes_nothing_and_is_not_called_back_again(
    automation: Automation,
) -> None:
    automation.ask()
    again = automation.ask()

    assert again.status_code == 200
    assert automation.call() == 1
    assert [outcome for _, outcome in automation.ledger()] == ["effect", "replay", "unchanged"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": SETTINGS.agreement_secret},
        {"headers": {"webhook-signature": ""}},
        {"headers": {"webhook-signature": "v1,é".encode()}},
        {"headers": {"webhook-timestamp": "soon"}},
        {"headers": {"webhook-id": ""}},
        {"headers": {"webhook-id": "another"}},
        {"at": datetime.fromisoformat("2026-11-20T02:54:00+00:00")},
    ],
    ids=["secret", "none", "not ascii", "no time", "no id", "another id", "old"],
)
def test_an_unproven_request_changes_nothing(automation: Automation, wrong: Any) -> None:
    assert automation.ask(**wrong).status_code == 401
    assert automation.ledger() == [("billing.change_requested", "refused")]


@pytest.mark.parametrize(
    "change",
    [
        [],
        "text",
        {**CHANGE, "event": "plan.live"},
        {**CHANGE, "kind": "refund"},
        {**CHANGE, "service": None},
        {**CHANGE, "adjustment_id": 7},
        {**CHANGE, "call_back": None},
        {**CHANGE, "call_back": {"event": "x"}},
    ],
)
def test_a_request_that_says_too_little_is_refused(automation: Automation, change: Any) -> None:
    answer = automation.ask(change)

    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert automation.call() == 0


def test_makes_key_is_asked_for_where_one_is_set() -> None:
    automation = make_automation(automation_api_key="make-key")

    assert automation.ask().text == "Invalid API key."
    assert automation.ask(headers={"x-make-apikey": "make-key"}).status_code == 200


def test_a_call_back_that_is_not_taken_is_made_again_and_then_given_up(
    automation: Automation,
) -> None:
    automation.failing = 2
    automation.ask()
    assert [automation.call() for _ in range(4)] == [0, 0, 1, 0]

    automation.reached = False
    automation.ask(key="another")
    for _ in range(7):
        automation.call()
    automation.reached = True
    assert automation.call() == 0


def test_a_swallowed_call_back_is_never_made(automation: Automation) -> None:
    assert automation.fault("billing.call_back", "timeout") == 201
    automation.ask()

    assert [automation.call() for _ in range(3)] == [0, 0, 0]
    assert automation.ledger()[-1] == ("billing.call_back", "fault")


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ("429", 429, "Too many requests."),
        ("500", 500, "Scenario failed to complete."),
        ("garbage", 200, "<!doctype html>"),
    ],
)
def test_a_scripted_fault_answers_without_a_change(
    automation: Automation, fault: str, status: int, text: str
) -> None:
    automation.fault("billing.change_requested", fault)

    answer = automation.ask()

    assert (answer.status_code, answer.text.startswith(text)) == (status, True)
    assert automation.call() == 0
    assert automation.ask().status_code == 200


def test_other_operations_cannot_fail(automation: Automation) -> None:
    assert automation.fault("messages.create", "500") == 400
    assert automation.fault("*", "500") == 201


def test_a_secret_without_its_mark_proves_nothing() -> None:
    with pytest.raises(SignatureWrong):
        verify(SETTINGS.automation_secret, {}, b"", now=STARTED_AT)


def test_what_to_set_is_said_whole() -> None:
    said = SETTINGS.of_billing("http://127.0.0.1:8100")

    assert said == {
        "CHANGEOVER_BILLING_MODE": "hook",
        "CHANGEOVER_BILLING_HOOK_URL": "http://127.0.0.1:8100/automation/billing",
        "CHANGEOVER_BILLING_HOOK_SECRET": SETTINGS.automation_secret,
        "CHANGEOVER_AGREEMENT_SECRET": SETTINGS.agreement_secret,
    }
