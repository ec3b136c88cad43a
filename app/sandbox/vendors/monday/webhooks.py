"""The boards' webhooks: the challenge before one is made, the signed calls about each change."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from ..clock import written
from ..posting import NotReached, Post, post_over_http
from ..stage import Stage
from .boards import Board, Boards, Change
from .errors import FieldRefused, argument_invalid, not_found

MAX_URL = 255
MAX_TRIES = 5
RETRY_AFTER = timedelta(seconds=1)
TOKEN_LIVES = timedelta(minutes=5)

# The payload has older names for the types of columns.
_COLUMN_TYPES = {"status": "color", "people": "multiple-person", "date": "date"}


@dataclass(frozen=True, slots=True)
class Webhook:
    """One event of one board, told to one address, which no query shows."""

    id: str
    board_id: str
    event: str
    config: str | None
    url: str


@dataclass(slots=True)
class _Call:
    webhook: Webhook
    body: bytes
    due_at: datetime
    tries: int = 0


@dataclass(slots=True)
class Webhooks:
    """All webhooks of the account, and the calls that are still to be made.

    Calls are made one after another; one that is not taken is made again a few times, a second
    apart, where monday takes a minute and half an hour.
    """

    stage: Stage
    boards: Boards
    post: Post = post_over_http
    made: dict[str, Webhook] = field(default_factory=dict)
    _calls: list[_Call] = field(default_factory=list)

    async def create(self, board: Board, url: str, event: str, config: str | None) -> Webhook:
        """Make a webhook, once the address has given a challenge back; raises FieldRefused."""
        if not url.startswith(("http://", "https://")) or len(url) > MAX_URL:
            raise argument_invalid(f"url must be a web address of at most {MAX_URL} characters")
        challenge = json.dumps({"challenge": uuid4().hex + uuid4().hex}).encode()
        try:
            status, body = await self.post(url, challenge, {"Content-Type": "application/json"})
        except NotReached:
            status, body = 0, b""
        if status != 200 or _object(body) != json.loads(challenge):
            raise FieldRefused(
                "INTERNAL_SERVER_ERROR", "Internal Server Error", status_code=500, http_status=500
            )
        webhook = Webhook(str(self.stage.numbers.next()), board.id, event, config, url)
        self.made[webhook.id] = webhook
        return webhook

    def of_board(self, board_id: str) -> list[Webhook]:
        """The webhooks of a board."""
        return [one for one in self.made.values() if one.board_id == board_id]

    def delete(self, webhook_id: str) -> Webhook:
        """Delete a webhook with the calls it still had to make; raises FieldRefused."""
        if (webhook := self.made.pop(webhook_id, None)) is None:
            raise not_found("Webhook", webhook_id)
        self._calls = [call for call in self._calls if call.webhook is not webhook]
        return webhook

    def note(self, change: Change) -> None:
        """Have everybody told who wants to know of a change."""
        for webhook in self.of_board(change.board.id):
            is_status = change.column.type == "status"
            if webhook.event == "change_column_value" or is_status:
                body = json.dumps({"event": self._event(webhook, change)}).encode()
                self._calls.append(_Call(webhook, body, self.stage.clock.real_now()))

    async def call_due(self) -> int:
        """Make the calls whose time has come; return how many were taken."""
        now = self.stage.clock.real_now()
        due = [call for call in self._calls if call.due_at <= now]
        self._calls = [call for call in self._calls if call.due_at > now]
        taken = 0
        for call in due:
            if await self._taken(call):
                taken += 1
            elif call.tries < MAX_TRIES and call.webhook.id in self.made:
                call.due_at = self.stage.clock.real_now() + RETRY_AFTER
                self._calls.append(call)
        return taken

    async def _taken(self, call: _Call) -> bool:
        call.tries += 1
        headers = {"Content-Type": "application/json"}
        if self.stage.settings.monday_signing_secret:
            headers["Authorization"] = self._token(call.webhook.url)
        try:
            status, _ = await self.post(call.webhook.url, call.body, headers)
        except NotReached:
            return False
        return 200 <= status < 300

    def _event(self, webhook: Webhook, change: Change) -> dict[str, Any]:
        column, item, group = change.column, change.item, change.group
        return {
            "userId": int(change.user_id),
            "originalTriggerUuid": None,
            "boardId": int(change.board.id),
            "groupId": group.id,
            "pulseId": int(item.id),
            "pulseName": item.name,
            "columnId": column.id,
            "columnType": _COLUMN_TYPES.get(column.type, column.type),
            "columnTitle": column.title,
            "value": change.shown(change.after),
            "previousValue": change.shown(change.before),
            "changedAt": self.stage.clock.now().timestamp(),
            "isTopGroup": change.board.groups[0] is group,
            "app": "monday",
            "type": "update_column_value",
            "triggerTime": written(self.stage.clock.now()),
            "subscriptionId": int(webhook.id),
            "triggerUuid": uuid4().hex,
        }

    def _token(self, url: str) -> str:
        now = self.stage.clock.real_now()
        claims = {
            "accountId": int(self.boards.account["id"]),
            "userId": int(self.boards.users[0]["id"]),
            "aud": url,
            "exp": int((now + TOKEN_LIVES).timestamp()),
            "iat": int(now.timestamp()),
        }
        parts = [
            _part(json.dumps(one).encode()) for one in ({"alg": "HS256", "typ": "JWT"}, claims)
        ]
        content = ".".join(parts)
        secret = self.stage.settings.monday_signing_secret.encode()
        signature = hmac.new(secret, content.encode(), hashlib.sha256).digest()
        return f"{content}.{_part(signature)}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _object(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
