"""The page that shows what the stand-ins hold, for people to look at."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from .chat.rooms import Room
from .helpscout.mailbox import Conversation, Mailbox, Thread
from .ledger import LedgerLine
from .monday.boards import Board, Boards, Item
from .monday.columns import value_view
from .stage import Stage

MAX_SHOWN = 30
LEDGER_SHOWN = 40

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
# In text that is escaped already.
_LINK = re.compile(r"&lt;(https?://[^\s|]{1,2000}?)\|([^|\n]{1,500}?)&gt;")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]{1,500})\*(?![\w*])")
# Nothing may be loaded from anywhere else, and mail bodies run no scripts of their own.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
    " connect-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'self'"
)


class Page:
    """Renders boards, mailbox, rooms and the end of the ledger."""

    def __init__(
        self, stage: Stage, boards: Boards, mailbox: Mailbox, rooms: dict[str, Room]
    ) -> None:
        self._stage = stage
        self._boards = boards
        self._mailbox = mailbox
        self._rooms = rooms
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).with_name("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["chat_markup"] = chat_markup

    def routes(self) -> list[Route]:
        """The page, and the part of it that it fetches anew."""
        return [
            Route("/", self.whole, methods=["GET"]),
            Route("/fragment", self.fragment, methods=["GET"]),
        ]

    async def whole(self, _request: Request) -> Response:
        """The page."""
        return self._render("page.html")

    async def fragment(self, _request: Request) -> Response:
        """What changes on the page."""
        return self._render("fragment.html")

    def _render(self, name: str) -> Response:
        now = self._boards.clock.real_now()
        boards = sorted(self._boards.boards.values(), key=lambda one: int(one.id), reverse=True)
        text = self._templates.get_template(name).render(
            now=_when(self._stage.clock.now()),
            boards=[self._board(board, now) for board in boards[:MAX_SHOWN]],
            mails=self._mails(),
            rooms=[_room(room) for room in self._rooms.values()],
            lines=[_line(line) for line in self._stage.ledger.latest(LEDGER_SHOWN)],
        )
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(text, headers=headers)

    def _board(self, board: Board, now: datetime) -> dict[str, Any]:
        items = board.seen_items(now)
        done = [item for item in items if self._item(board, item)["done"]]
        groups = [
            {
                "title": group.title,
                "color": group.color if _COLOR.fullmatch(group.color) else "#888888",
                "items": [self._item(board, item) for item in items if item.group_id == group.id],
            }
            for group in board.seen_groups(now)
        ]
        return {
            "id": board.id,
            "name": board.name,
            "is_template": board.is_template,
            "groups": groups,
            "total": len(items),
            "done": len(done),
        }

    def _item(self, board: Board, item: Item) -> dict[str, Any]:
        texts: dict[str, str] = {"people": "", "date": "", "status": ""}
        done = False
        for column in board.columns:
            view = value_view(column, item.values.get(column.id, {}), self._boards.users)
            if column.type in texts:
                texts[column.type] = str(view["text"])
            done = done or bool(view.get("is_done"))
        day = texts["date"][:10]
        return {"id": item.id, "name": item.name, **texts, "day": day, "done": done}

    def _mails(self) -> list[dict[str, Any]]:
        mails = [
            _mail(conversation, thread)
            for conversation in self._mailbox.newest_first()
            for thread in reversed(conversation.threads)
        ]
        return mails[:MAX_SHOWN]


def chat_markup(text: str) -> Markup:
    """Show Google Chat's bold text and links; everything else is escaped."""
    safe = str(escape(text))
    safe = _LINK.sub(r'<a href="\1" rel="noreferrer">\2</a>', safe)
    return Markup(_BOLD.sub(r"<b>\1</b>", safe))  # noqa: S704 - escaped above


def _mail(conversation: Conversation, thread: Thread) -> dict[str, Any]:
    if thread.sent_at is not None:
        state, at = "sent", thread.sent_at
    elif thread.scheduled_for is not None:
        state, at = "scheduled", thread.scheduled_for
    else:
        state = "draft" if thread.state == "draft" else "note"
        at = thread.created_at
    return {
        "id": thread.id,
        "conversation_id": conversation.id,
        "subject": conversation.subject,
        "to": conversation.customer.email,
        "cc": ", ".join(thread.cc),
        "tags": conversation.tags,
        "state": state,
        "at": _when(at),
        "body": thread.body,
    }


def _room(room: Room) -> dict[str, Any]:
    threads: dict[str, list[dict[str, str]]] = {}
    for message in room.messages[-200:]:
        shown = {"text": message.text or f"({message.cards} cards)", "at": _when(message.at)}
        threads.setdefault(message.thread, []).append(shown)
    return {"space": room.space, "threads": list(reversed(threads.values()))[:MAX_SHOWN]}


def _line(line: LedgerLine) -> dict[str, Any]:
    body = json.dumps(line.body, ensure_ascii=False)
    return {
        "n": line.n,
        "system": line.system,
        "operation": line.operation,
        "outcome": line.outcome,
        "at": line.at.replace("T", " ")[:19],
        "body": body[:160] + ("…" if len(body) > 160 else ""),
    }


def _when(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%a %d %b %Y, %H:%M:%S UTC")
