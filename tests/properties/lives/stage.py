"""Where lives are lived: one database and one connection for many; none leaves a trace.

A life runs in a transaction that is rolled back at its end, and the transactions of the services
in it are savepoints. So the sweeps, which see every plan, see those of one life only, and ten
thousand lives fit into one database.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from uuid import UUID

import uvloop
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker

from app.db.engine import make_engine, make_sessions
from app.domain.actor import Actor, ActorKind
from app.services.staff import AddStaff, add_staff
from tests import postgres
from tests.builders import SIGNED_AT, TESTER, Sessions

PEOPLE = (
    ("Sam Sales", "sales"),
    ("Sue Support", "support"),
    ("Sid Support", "support"),
    ("Mia Marketing", "marketing"),
    ("Bo Billing", "billing"),
    ("Max Manager", "manager"),
    ("Lea Lead", "lead"),
)


@dataclass
class Stage:
    """What lives share: a loop, a connection, and the agency's people by name."""

    url: URL
    runner: asyncio.Runner
    connection: AsyncConnection
    people: dict[str, Actor]

    @asynccontextmanager
    async def untraced(self) -> AsyncIterator[Sessions]:
        """Sessions whose commits last until the end of this block."""
        outer = await self.connection.begin()
        try:
            yield async_sessionmaker(
                self.connection,
                class_=AsyncSession,
                expire_on_commit=False,
                join_transaction_mode="create_savepoint",
            )
        finally:
            await outer.rollback()


@contextmanager
def stage_on(template: URL) -> Iterator[Stage]:
    """A stage on a copy of the migrated template."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        url = runner.run(postgres.clone(template))
        engine = make_engine(url, pool_size=2, application_name="lives")
        try:
            people = runner.run(_people(make_sessions(engine)))
            connection = runner.run(_connected(engine.connect()))
            yield Stage(url, runner, connection, people)
            runner.run(connection.close())
        finally:
            runner.run(engine.dispose())
            runner.run(postgres.drop(url))


async def _connected(connecting: AsyncConnection) -> AsyncConnection:
    return await connecting


async def _people(sessions: Sessions) -> dict[str, Actor]:
    people: dict[str, Actor] = {}
    async with sessions.begin() as session:
        for name, role in PEOPLE:
            email = f"{name.split()[0].lower()}@agency.example"
            command = AddStaff(name, email, role, active=True, refs={})
            person = await add_staff(session, command, actor=TESTER, now=SIGNED_AT)
            people[name] = _actor(name, role, person.id)
    return people


def _actor(name: str, role: str, staff_id: UUID) -> Actor:
    return Actor(ActorKind.KEY, f"key of {name}", name, role, staff_id)
