"""A plan whose board tells the service of changes, with hands to work on it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
from sqlalchemy import URL

from app.adapters.monday.inbound import MondayEvents
from app.db.models import Task
from app.domain.board_search import BoardBy
from app.sandbox.vendors.posting import NotReached
from tests.builders import make_service, stored_staff
from tests.builders import office as make_office
from tests.wired_vendors import BASE, SETTINGS
from tests.world import World, world_on

ADDRESS = "https://changeover.example/webhooks/monday"
SENDER = MondayEvents(signing_secret=SETTINGS.monday_signing_secret, address=ADDRESS)
IMPORT = "Import the client's SMS contacts"
BILLING = "Start Priority Support of the new package"


class Door:
    """The service's door for webhooks; it may be closed."""

    def __init__(self) -> None:
        self.app: Any = None
        self.open = True

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if not self.open:
            raise NotReached
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
            answer = await client.post(url, content=body, headers=dict(headers))
        return answer.status_code, answer.content


@dataclass
class Boarded:
    """A world whose board tells the service of changes, with hands to work on it."""

    world: World
    door: Door

    async def settle(self) -> None:
        """Let everything happen, until the board has nothing more to tell."""
        await self.world.run_until_idle()
        while await self.world.vendors.call_webhooks():
            await self.world.run_until_idle()

    async def task(self, title: str = IMPORT) -> Task:
        (task,) = [task for task in await self.world.tasks() if task.title == title]
        return task

    async def hand(self, title: str = IMPORT, **form: str) -> None:
        """Change an item by the stand-in's page, as a person does; nothing follows yet."""
        task = await self.task(title)
        answer = await self.world.http.post(f"{BASE}/hands/items/{task.board_item_ref}", data=form)
        assert answer.status_code == 303

    async def on_board(self, title: str = IMPORT) -> tuple[bool, str]:
        """Whether the item is ticked, and its date."""
        (item,) = [item for item in (await self.world.board()).items if item.title == title]
        return item.status == "Done", item.due_on

    async def told(self) -> list[str]:
        """What the rooms heard of changes that were not taken over."""
        said = self.world.effects("google_chat")
        return [post["text"] for post in said if "Not taken over" in post["text"]]

    async def fits(self) -> int:
        return len(await self.world.deliveries("board.fit_items"))

    async def changes(self) -> list[tuple[str, str]]:
        """Actions upon tasks, with who did them."""
        return [
            (entry.action, entry.actor_name)
            for entry in await self.world.audit()
            if entry.subject_kind == "task"
        ]

    async def events(self) -> set[tuple[str, str | None]]:
        """What became of everything that monday told."""
        rows = await self.world.rows(
            "SELECT status, reason FROM inbound_events WHERE source = 'monday'"
        )
        return {(status, reason) for status, reason in rows}

    def reads(self) -> int:
        """How often an item was read again."""
        return len(self.world.vendors.stage.ledger.lines(system="monday", operation="items"))


@asynccontextmanager
async def boarded_on(database_url: URL) -> AsyncIterator[Boarded]:
    """A signed plan with its board, watched, on Friday 20 November 2026."""
    door = Door()
    office = replace(make_office(), board_events_url=ADDRESS)
    async with world_on(database_url, office=office, post=door.post) as world:
        door.app = make_service(
            world.sessions, world.clock, at=world.office, senders={"monday": SENDER}
        )
        await stored_staff(world.sessions)
        boarded = Boarded(world, door)
        await world.receive()
        await boarded.settle()
        yield boarded


@asynccontextmanager
async def zapped_on(database_url: URL, *, connected: bool = True) -> AsyncIterator[World]:
    """An installation whose boards an automation makes, on Friday 20 November 2026."""
    office = replace(make_office(), board_by=BoardBy.AUTOMATION)
    async with world_on(database_url, connected=connected, office=office) as world:
        await stored_staff(world.sessions)
        yield world
