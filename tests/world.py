"""A whole installation inside a test: real database, real adapters, stand-in vendors, no waiting.

The clock stands where a test puts it. Retries and filling boards are not waited for: whatever
waits for real time is taken as ripe. Jobs are run by their entrypoints, straight off the queue.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

import httpx
from sqlalchemy import URL, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.http import VendorHttp
from app.db.engine import make_engine, make_sessions
from app.db.ids import new_id
from app.db.jobs import Job, enqueue
from app.db.models import Adjustment, AuditEntry, Delivery, InboundEvent, Plan, Task
from app.delivery.systems import Systems
from app.domain.calendar import zone_of
from app.domain.carrying_out import Evidence
from app.domain.errors import DomainError
from app.sandbox.vendors.app import StandIns, make_app
from app.sandbox.vendors.faults import FaultKind
from app.sandbox.vendors.posting import Post, post_over_http
from app.scheduler.queue import ENTRYPOINTS
from app.scheduler.ticks import TICKS, run_tick
from app.scheduler.work import Work
from app.services.adjustments import Confirm, confirm_adjustment
from app.services.client_mail import send_complete_email
from app.services.office import Office
from app.services.tasks import Complete, complete_task
from tests.builders import SIGNED_AT, TESTER, FixedClock, Sessions, signed_document
from tests.builders import office as make_office
from tests.wired_vendors import (
    BASE,
    SETTINGS,
    SeenBoard,
    Wire,
    make_board,
    make_systems,
    read_board,
)

MOST_ROUNDS = 200
SILENT = ("audit", "retention")
"""Ticks of which nothing follows."""

T = TypeVar("T")


class NeverIdle(AssertionError):
    """Work makes new work for ever."""


@dataclass
class World:
    """What a story is told with: it moves the clock, brings events, and looks at everything.

    Attributes:
        at_once: Whether jobs run side by side, as in a worker; one by one makes a story readable.
    """

    work: Work
    vendors: StandIns
    clock: FixedClock
    http: httpx.AsyncClient
    at_once: bool = False
    _seen: int = field(default=0)

    @property
    def sessions(self) -> Sessions:
        """Sessions on the world's database."""
        return self.work.sessions

    @property
    def office(self) -> Office:
        """The installation."""
        return self.work.office

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.clock.at

    # What happens -------------------------------------------------------------------------

    async def at(self, instant: datetime) -> None:
        """Let the time be this, and everything happen that is due then."""
        self.clock.at = instant
        await self.run_until_idle()

    async def receive(self, **changes: Any) -> UUID:
        """Store a signed agreement's event, as intake does, and let it be worked off."""
        event_id = await self.store_event(signed_document(**changes))
        await self.run_until_idle()
        return event_id

    async def store_event(self, document: Mapping[str, Any]) -> UUID:
        """Store an event with its job; nobody has worked it off yet."""
        row = InboundEvent(
            id=new_id(),
            source="agreement",
            event_id=f"{document.get('event_id', 'event')}-{new_id()}",
            status="received",
            document=dict(document),
            body=b"",
            received_at=self.now,
        )
        async with self.sessions.begin() as session:
            session.add(row)
            await enqueue(session, Job.INBOUND, {"event_id": str(row.id)})
        return row.id

    async def run_until_idle(self) -> None:
        """Run ticks and jobs until nothing is left; real time that something waits for is over."""
        for _ in range(MOST_ROUNDS):
            if not await self.run_jobs() and not await self._tick():
                await run_tick("audit", self.work)
                await self.tell_vendors_the_time()
                return
        raise NeverIdle(await self.rows("SELECT kind, state, reason FROM deliveries"))

    async def _tick(self) -> int:
        """Run every tick once that may set something off; return how much was done."""
        return sum([await run_tick(name, self.work) for name in TICKS if name not in SILENT])

    async def run_jobs(self) -> int:
        """Take every job off the queue and run it; return how many there were."""
        async with self.sessions.begin() as session:
            await session.execute(
                text("UPDATE deliveries SET next_attempt_at = NULL WHERE next_attempt_at > now()")
            )
            await session.execute(text("DELETE FROM outside_systems WHERE paused_at IS NULL"))
            taken = await session.execute(
                # A board that an automation makes is looked for for ever: in its time only.
                text(
                    "DELETE FROM jobs.pgqueuer WHERE entrypoint <> 'find_board'"
                    " OR execute_after <= now() RETURNING id, entrypoint, payload"
                )
            )
        jobs = [
            (ENTRYPOINTS[Job(entrypoint)], json.loads(payload or b"{}"))
            for _, entrypoint, payload in sorted(taken.all())
        ]
        if self.at_once:
            await asyncio.gather(*(run(self.work, payload) for run, payload in jobs))
        else:
            for run, payload in jobs:
                await run(self.work, payload)
        return len(jobs)

    async def do(self, service: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Call a service as a person, in a transaction of its own, and let follow what follows."""
        result = await self.only(service, *args, **more)
        await self.run_until_idle()
        return result

    async def only(self, service: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Call a service as a person; nothing of what follows is worked off yet."""
        given = {"office": self.office, "actor": TESTER, "now": self.now, **more}
        async with self.sessions.begin() as session:
            return await service(session, *args, **given)

    async def zap_makes_board(self, name: str, *, from_template: bool = True) -> str:
        """Make a board as an automation does, over monday.com's API; return its number."""
        return await make_board(self.http, name, from_template=from_template)

    async def look_for_boards(self) -> None:
        """Let the pause end after which boards are looked for again."""
        await self.change(
            "UPDATE jobs.pgqueuer SET execute_after = now() WHERE entrypoint = 'find_board'"
        )
        await self.run_until_idle()

    async def set_up(self) -> None:
        """Support ticks every open task that stands for no adjustment."""
        for task in await self.tasks():
            if task.adjustment_id is None and task.state == "open":
                await self.only(complete_task, Complete(task.id))
        await self.run_until_idle()

    async def confirm(self, *kinds_and_services: tuple[str, str]) -> None:
        """Support carries adjustments out, all that are open or those named."""
        client = (await self.rows("SELECT name FROM clients"))[0][0]
        for one in await self.adjustments():
            named = not kinds_and_services or (one.kind, one.service) in kinds_and_services
            if named and one.state in ("scheduled", "due", "failed"):
                command = Confirm(one.id, f"{client} / {one.service}", Evidence("IGN-1"))
                await self.only(confirm_adjustment, command)
        await self.run_until_idle()

    async def send_complete(self) -> None:
        """Support sends the Complete e-mail."""
        plan = await self.plan()
        await self.do(send_complete_email, plan.id)

    # What the database holds --------------------------------------------------------------

    async def plan(self) -> Plan:
        """The only plan."""
        (plan,) = await self.plans()
        return plan

    async def plans(self) -> Sequence[Plan]:
        """Every plan, oldest first."""
        return await self.all(select(Plan).order_by(Plan.id))

    async def tasks(self) -> Sequence[Task]:
        """Every task, in order."""
        return await self.all(select(Task).order_by(Task.position))

    async def adjustments(self) -> Sequence[Adjustment]:
        """Every adjustment, in order."""
        return await self.all(select(Adjustment).order_by(Adjustment.position))

    async def deliveries(self, kind: str | None = None) -> Sequence[Delivery]:
        """Every delivery, or those of a kind, oldest first."""
        query = select(Delivery).order_by(Delivery.created_at, Delivery.id)
        return await self.all(query if kind is None else query.where(Delivery.kind == kind))

    async def event(self, event_id: UUID) -> InboundEvent:
        """An inbound event."""
        async with self.sessions() as session:
            return await session.get_one(InboundEvent, event_id)

    async def audit(self) -> Sequence[AuditEntry]:
        """The audit trail, oldest first."""
        return await self.all(select(AuditEntry).order_by(AuditEntry.id))

    async def all(self, query: Any) -> Sequence[Any]:
        """The objects that a query finds."""
        async with self.sessions() as session:
            return list(await session.scalars(query))

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        """The rows of a statement, in a transaction of its own."""
        async with self.sessions.begin() as session:
            return list((await session.execute(text(statement), values)).all())

    async def change(self, statement: str, **values: Any) -> None:
        """Carry out a statement that returns nothing, in a transaction of its own."""
        async with self.sessions.begin() as session:
            await session.execute(text(statement), values)

    # What the outside sees ----------------------------------------------------------------

    async def tell_vendors_the_time(self) -> None:
        """Let the helpdesk send what has come due."""
        await self.http.get(f"{BASE}/healthz")

    def fault(self, system: str, operation: str, kind: str, times: int = 1) -> None:
        """Have the stand-ins fail the next requests of an operation."""
        added = self.vendors.stage.faults.add(system, operation, FaultKind(kind), times)
        assert added is not None

    def effects(self, system: str, operation: str | None = None) -> list[dict[str, Any]]:
        """What took effect at a vendor, oldest first."""
        lines = self.vendors.stage.ledger.lines(system=system, operation=operation, effect=True)
        return [line.body for line in lines if isinstance(line.body, dict)]

    def operations(self, system: str) -> list[str]:
        """The operations that took effect at a vendor, oldest first."""
        lines = self.vendors.stage.ledger.lines(system=system, effect=True)
        return [line.operation for line in lines]

    def mails(self) -> list[dict[str, Any]]:
        """The e-mails that have left, oldest first."""
        return self.effects("helpscout", "email.sent")

    def said(self) -> list[tuple[str, str]]:
        """What was said in the rooms since this was last asked: room and first line."""
        posts = self.effects("google_chat")
        new, self._seen = posts[self._seen :], len(posts)
        return [(post["space"].lower(), post["text"].split("\n", 1)[0]) for post in new]

    async def board(self) -> SeenBoard:
        """The plan's board, as monday.com shows it."""
        plan = await self.plan()
        assert plan.board_ref is not None
        return await read_board(self.http, plan.board_ref)


@asynccontextmanager
async def world_on(
    url: URL,
    *,
    connected: bool = True,
    office: Office | None = None,
    post: Post = post_over_http,
) -> AsyncIterator[World]:
    """A world on a migrated database of its own; without vendors where none is connected."""
    clock = FixedClock(SIGNED_AT)
    vendors = make_app(SETTINGS, post=post)

    async def tell_time(request: httpx.Request) -> None:
        request.headers["X-Sandbox-Now"] = clock.at.isoformat()

    engine = make_engine(url, pool_size=10, application_name="world", asks_first=False)
    try:
        async with httpx.AsyncClient(
            transport=Wire(vendors), event_hooks={"request": [tell_time]}
        ) as http:
            systems = make_systems(VendorHttp(http)) if connected else Systems()
            installation = replace(office or make_office(), connected=systems.connected)
            work = Work(url, make_sessions(engine), clock, installation, systems)
            yield World(work, vendors, clock, http)
    finally:
        await engine.dispose()


async def together(*calls: Callable[[], Any]) -> list[Any]:
    """Make calls at once; errors are among the results."""
    return await asyncio.gather(*(call() for call in calls), return_exceptions=True)


async def in_session(world: World, reader: Callable[[AsyncSession], Any]) -> Any:
    """Call a reader with a session of its own."""
    async with world.sessions() as session:
        return await reader(session)


def day(written: str) -> date:
    """A day, written short."""
    return date.fromisoformat(written)


def local(written: str, zone: str = "Australia/Brisbane") -> datetime:
    """The instant of a local time: `2026-12-07 00:00`, in Brisbane unless said otherwise."""
    return datetime.fromisoformat(written).replace(tzinfo=zone_of(zone)).astimezone(UTC)


async def refusal(call: Awaitable[Any]) -> str:
    """The code with which a service refuses; it must refuse."""
    try:
        await call
    except DomainError as refused:
        return refused.code
    raise AssertionError("It was not refused.")
