"""The automation's call backs: signed, a moment after the change, made again while not taken."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..clock import written
from ..ledger import Outcome
from ..posting import NotReached, Post
from ..stage import Stage
from .signing import signature

SYSTEM = "automation"
OPERATION = "billing.call_back"
MAX_TRIES = 5
RETRY_AFTER = timedelta(seconds=1)


@dataclass(slots=True)
class _Call:
    id: str
    url: str
    document: dict[str, Any]
    due_at: datetime
    tries: int = 0


@dataclass(slots=True)
class CallBacks:
    """The call backs that are still to be made; a scripted fault of theirs swallows one."""

    stage: Stage
    post: Post
    _calls: list[_Call] = field(default_factory=list)

    def note(self, change: dict[str, Any]) -> None:
        """Have the change called back about, in the words that its request asked for."""
        number = self.stage.numbers.next()
        document = {
            "event": change["call_back"]["event"],
            "event_id": f"automation-{number}",
            "occurred_at": written(self.stage.clock.now()),
            "agreement": change.get("agreement"),
            "client": {"ref": (change.get("client") or {}).get("ref")},
            "adjustment_id": change["adjustment_id"],
            "evidence": {"reference": f"AUTO-{number}", "note": "Made by the stand-in automation."},
        }
        due_at = self.stage.clock.real_now() + timedelta(
            seconds=self.stage.tuning.automation_answer_s
        )
        call = _Call(document["event_id"], change["call_back"]["url"], document, due_at)
        self._calls.append(call)

    async def call_due(self) -> int:
        """Make the calls whose time has come; return how many were taken."""
        now = self.stage.clock.real_now()
        due = [call for call in self._calls if call.due_at <= now]
        self._calls = [call for call in self._calls if call.due_at > now]
        taken = 0
        for call in due:
            if self.stage.faults.take(SYSTEM, {OPERATION}) is not None:
                self._write(call, Outcome.FAULT)
            elif await self._taken(call):
                self._write(call, Outcome.UNCHANGED)
                taken += 1
            elif call.tries < MAX_TRIES:
                call.due_at = self.stage.clock.real_now() + RETRY_AFTER
                self._calls.append(call)
        return taken

    def _write(self, call: _Call, outcome: Outcome) -> None:
        self.stage.ledger.write(SYSTEM, OPERATION, outcome, call.document, key=call.id)

    async def _taken(self, call: _Call) -> bool:
        call.tries += 1
        body, at = json.dumps(call.document).encode(), int(self.stage.clock.real_now().timestamp())
        secret = self.stage.settings.agreement_secret
        headers = {
            "Content-Type": "application/json",
            "webhook-id": call.id,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(secret, call.id, at, body),
        }
        try:
            status, _ = await self.post(call.url, body, headers)
        except NotReached:
            return False
        return 200 <= status < 300
