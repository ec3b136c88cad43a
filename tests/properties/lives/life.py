"""A life being lived: it lets things happen one by one, and looks at everything after each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from structlog.testing import capture_logs
from structlog.typing import EventDict

from app.delivery.systems import Systems
from app.domain.actor import Actor
from app.domain.adjustment import BillingMode
from app.domain.board_search import BoardBy
from app.domain.calendar import zone_of
from app.domain.delivery import System
from app.domain.errors import DomainError
from app.domain.playbook.model import Sender
from app.scheduler.ticks import TICKS
from app.scheduler.work import Work
from app.services.office import Office
from tests.builders import FixedClock, Sessions, catalog
from tests.builders import office as make_office
from tests.properties.lives.boards import Boards
from tests.properties.lives.diary import Broken, Diary
from tests.properties.lives.drawn import Facts, Step
from tests.properties.lives.helpdesk import Helpdesk
from tests.properties.lives.hook import BillingHook
from tests.properties.lives.outside import (
    Effect,
    Meanwhile,
    Outside,
    Rooms,
    Trouble,
    WorkerDied,
)
from tests.properties.lives.past import Past, first_instant
from tests.properties.lives.reading import Row, Seen, read_all
from tests.properties.lives.stage import Stage

T = TypeVar("T")
MOVING = ("windows", "live", "reminders", "boards", "complete_mails", "submissions")
"""The ticks that move plans; the others look after deliveries."""


class NothingToDo(Exception):
    """There is nothing here to which this could happen."""


@dataclass
class Pick:
    """Picks by the numbers of a step, in their order; used up, it picks what comes first."""

    numbers: Sequence[int] = ()
    _used: int = 0

    def number(self, below: int) -> int:
        """A number from 0."""
        number = self.numbers[self._used] if self._used < len(self.numbers) else 0
        self._used += 1
        return number % below

    def of(self, things: Sequence[T]) -> T:
        """One of these; where there are none, nothing happens."""
        if not things:
            raise NothingToDo
        return things[self.number(len(things))]


Happening = Callable[["Life", Pick], Awaitable[None]]


@dataclass(frozen=True)
class Moment:
    """What a check looks at: what was and what is, and what happened between the two.

    Attributes:
        dated: Plans whose live date is new.
        new_effects: What took effect outside.
        since: When it was looked at before.
        refused: With what it was refused, if it was.
    """

    life: "Life"
    before: Seen
    after: Seen
    dated: Sequence[Row]
    new_effects: Sequence[Effect]
    since: datetime
    refused: DomainError | None

    @property
    def now(self) -> datetime:
        """When it is looked at."""
        return self.life.now

    @property
    def new_plans(self) -> set[UUID]:
        """The plans that are new."""
        return {plan.id for plan in self.after.plans} - {plan.id for plan in self.before.plans}


Check = Callable[[Moment], Iterable[str]]
"""Whatever is wrong, in sentences; named after its invariant."""


@dataclass
class Life:
    """One client with its agreements, in an installation of its own, from which all is seen."""

    stage: Stage
    facts: Facts
    sessions: Sessions
    clock: FixedClock
    office: Office
    outside: Outside
    rooms: Rooms
    helpdesk: Helpdesk
    boards: Boards
    hook: BillingHook
    logged: list[EventDict]
    checks: Sequence[Check]
    diary: Diary
    past: Past = field(default_factory=Past)
    seen: Seen = field(default_factory=Seen)
    events: list[dict[str, Any]] = field(default_factory=list)
    taken_over: dict[UUID, int] = field(default_factory=dict)
    """The version that the worker left which had taken a delivery over from a slow one."""

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.clock.at

    @property
    def work(self) -> Work:
        """What jobs and ticks work with."""
        connected = self.facts.connected
        systems = Systems(
            board=self.boards if System.BOARD in connected else None,
            mail=self.helpdesk if System.MAIL in connected else None,
            chat=self.rooms if System.CHAT in connected else None,
            billing=self.hook if self.facts.billed_by_hook else None,
        )
        return Work(self.stage.url, self.sessions, self.clock, self.office, systems)

    # What happens -------------------------------------------------------------------------

    async def take(self, step: Step, happenings: dict[str, Happening]) -> None:
        """Let a step of the story happen."""
        await self.happen(happenings[step.what], Pick(step.numbers))

    async def happen(self, happening: Happening, pick: Pick | None = None) -> None:
        """Let something happen, note it, and look whether everything still holds."""
        written, since, refused = len(self.diary.lines), self.now, None
        try:
            await happening(self, pick or Pick())
        except NothingToDo:
            return
        except DomainError as refusal:
            refused = refusal
            self.diary.add(f"refused, {refusal.code}")
        except Broken:
            raise
        except Exception as fault:
            raise Broken(self.diary, "No fault of ours", repr(fault)) from fault
        if len(self.diary.lines) > written:
            await self.look(since, refused)

    async def beside(self, happening: Happening, pick: Pick) -> None:
        """Let something happen while something else is under way; it is looked at afterwards."""
        try:
            await happening(self, pick)
        except NothingToDo:
            return
        except DomainError as refusal:
            self.diary.add(f"refused, {refusal.code}")

    def write(self, sentence: str) -> None:
        """Note what is about to happen."""
        self.diary.write(self.now, sentence)

    async def look(self, since: datetime, refused: DomainError | None) -> None:
        """Read everything anew and let every check look at it."""
        faults = [line for line in self.logged if line["log_level"] in ("error", "critical")]
        if faults:
            raise Broken(self.diary, "No fault of ours", str(faults))
        before, self.seen = self.seen, await read_all(self.stage.connection, self.seen)
        dated = self.past.learn(before, self.seen, self.now)
        effects = self.outside.ledger[self.past.sent :]
        self.past.sent = len(self.outside.ledger)
        moment = Moment(self, before, self.seen, dated, effects, since, refused)
        for check in self.checks:
            for complaint in check(moment):
                raise Broken(self.diary, check.__name__.partition("_")[0].upper(), complaint)

    async def do(
        self, service: Callable[..., Awaitable[T]], *args: Any, by: str = "Sue Support", **more: Any
    ) -> T:
        """Call a service as one of the agency's people, in a transaction of its own."""
        given = {"office": self.office, "actor": self.person(by), "now": self.now, **more}
        async with self.sessions.begin() as session:
            return await service(session, *args, **given)

    def person(self, name: str) -> Actor:
        """Somebody of the agency."""
        return self.stage.people[name]

    async def tick(self, *names: str) -> None:
        """Run ticks of the clock."""
        for name in names:
            await TICKS[name].run(self.work)

    def move_clock(self, instant: datetime) -> None:
        """Let it be later; what the helpdesk has scheduled leaves meanwhile."""
        self.clock.at = max(instant, self.now)
        self.helpdesk.let_time_pass(self.now)

    async def deliver(
        self,
        delivery: Row,
        trouble: Trouble = Trouble.NONE,
        *,
        at_call: int = 0,
        meanwhile: Meanwhile | None = None,
    ) -> None:
        """Let a worker make one attempt; whatever waits for real time is ripe."""
        await self.change("UPDATE deliveries SET next_attempt_at = NULL")
        self.outside.meet(trouble, at_call=at_call, meanwhile=meanwhile)
        with suppress(WorkerDied):
            await self.work.courier.deliver(delivery.id)
        self.outside.meet(Trouble.NONE)  # what did not befall this attempt befalls no other

    async def sending(self) -> list[UUID]:
        """The deliveries that workers have in hand at this moment, the newest attempt first."""
        raw = await self.stage.connection.get_raw_connection()
        driver: Any = raw.driver_connection
        rows = await driver.fetch(
            "SELECT id FROM deliveries WHERE state = 'sending' ORDER BY lease_until DESC"
        )
        return [row["id"] for row in rows]

    async def version_of(self, delivery_id: UUID) -> int:
        """The present version of a delivery."""
        raw = await self.stage.connection.get_raw_connection()
        driver: Any = raw.driver_connection
        query = "SELECT version FROM deliveries WHERE id = $1"
        version: int = await driver.fetchval(query, delivery_id)
        return version

    async def change(self, statement: str) -> None:
        """Let real time do something to the rows."""
        raw = await self.stage.connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.execute(statement)


@asynccontextmanager
async def begun_life(stage: Stage, facts: Facts, checks: Sequence[Check]) -> AsyncIterator[Life]:
    """A life before anything has happened."""
    now = first_instant(facts.monday, facts.zone) - facts.lead
    outside = Outside(now)
    with capture_logs() as logged:
        async with stage.untraced() as sessions:
            life = Life(
                stage,
                facts,
                sessions,
                FixedClock(now),
                office_of(facts),
                outside,
                Rooms(outside),
                Helpdesk(outside),
                Boards(outside),
                BillingHook(outside),
                logged,
                checks,
                Diary(zone_of(facts.zone)),
            )
            life.seen = await read_all(stage.connection, life.seen)
            yield life


def office_of(facts: Facts) -> Office:
    """An installation as it was drawn."""
    connected = facts.connected | ({System.BILLING} if facts.billed_by_hook else set())
    office = make_office(connected=connected, timezone=facts.office_zone)
    book = office.playbook
    sender = Sender.SERVICE if facts.mailed_by_service else Sender.PERSON
    book = replace(
        book,
        billing=replace(book.billing, prefer=facts.prefer),
        complete_email=replace(book.complete_email, sent_by=sender),
    )
    return replace(
        office,
        catalog=replace(catalog(), playbooks={book.key: book}),
        billing_mode=BillingMode.HOOK if facts.billed_by_hook else BillingMode.MANUAL,
        board_by=BoardBy.AUTOMATION if facts.boards_by_automation else BoardBy.US,
    )
