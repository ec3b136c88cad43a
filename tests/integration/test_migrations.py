"""The database: what the migrations make is what the models say, and what the rules say."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.base import Base
from app.db.engine import make_engine
from app.db.ids import new_id
from app.db.migrating import is_migrated, migrate, newest
from app.db.models import Agreement, Client, Plan
from app.domain.calendar import first_instant_of, window_opens_on, zone_of
from app.domain.plan import PlanState, TransitionRefused, Trigger, transition
from app.domain.refs import plan_ref
from app.services import sweeps
from tests.builders import SIGNED_AT, Sessions, office
from tests.postgres import ROOT, administer
from tests.world import day, together

CONSTRAINTS = """
    SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
    FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
    WHERE n.nspname = 'public' AND c.conrelid::regclass::text <> 'alembic_version'
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public'
"""


@pytest.fixture
async def empty(postgres_server: URL) -> AsyncIterator[URL]:
    """A database with nothing in it."""
    url = postgres_server.set(database=f"empty_{uuid4().hex}")
    await administer(postgres_server, f"CREATE DATABASE {url.database}")
    yield url
    await administer(postgres_server, f"DROP DATABASE {url.database} WITH (FORCE)")


def alembic(url: URL, what: str, *revision: str) -> None:
    """Run an alembic command in a thread: the migrations begin an event loop of their own."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url.render_as_string(hide_password=False)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(getattr(command, what), config, *revision).result()


async def seen(engine: AsyncEngine, query: str) -> set[tuple[object, ...]]:
    async with engine.connect() as connection:
        rows = await connection.execute(text(query))
        return {tuple(row) for row in rows if "alembic_version" not in row}


async def test_up_down_and_up_again_leaves_the_same_database(empty: URL) -> None:
    # given a database that was migrated
    migrate(empty)
    engine = make_engine(empty)
    before = [await seen(engine, query) for query in (CONSTRAINTS, INDEXES, COLUMNS)]

    # when everything is taken down
    alembic(empty, "downgrade", "base")

    # then nothing of ours is left, and it can be built again, and alembic sees no difference
    assert await seen(engine, COLUMNS) == set()
    left = "SELECT proname FROM pg_proc WHERE proname LIKE 'changeover%'"
    assert await seen(engine, left) == set()
    assert await seen(engine, "SELECT 1 FROM pg_namespace WHERE nspname = 'jobs'") == set()
    alembic(empty, "upgrade", "head")
    after = [await seen(engine, query) for query in (CONSTRAINTS, INDEXES, COLUMNS)]
    assert after == before
    alembic(empty, "check")
    await engine.dispose()


async def test_the_migrations_make_every_constraint_and_index_of_the_models(
    empty: URL, engine: AsyncEngine
) -> None:
    # given the models' tables, made without migrations
    models = make_engine(empty)
    async with models.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)

    # then the migrated database has the same, CHECK and partial indexes among them
    for query in (CONSTRAINTS, INDEXES, COLUMNS):
        made, meant = await seen(engine, query), await seen(models, query)
        assert made == meant
    await models.dispose()


def command_on(address: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**os.environ, "CHANGEOVER_DATABASE_URL": address, "CHANGEOVER_ENV": "sandbox"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def migrated_by_command(address: str) -> subprocess.CompletedProcess[str]:
    return command_on(address, "app.cli", "migrate")


async def test_two_processes_that_migrate_at_once_take_turns(empty: URL) -> None:
    # given the command in two processes
    address = empty.render_as_string(hide_password=False)
    with ThreadPoolExecutor(2) as threads:
        ended = list(threads.map(migrated_by_command, [address, address]))

    # then both end well
    assert [(one.returncode, one.stderr) for one in ended] == [(0, ""), (0, "")]
    engine = make_engine(empty)
    assert await seen(engine, "SELECT count(*) FROM plans") == {(0,)}
    await engine.dispose()


def test_alembic_s_own_commands_work_on_the_database_of_the_settings(database_url: URL) -> None:
    # given a migrated database, named by the settings alone
    asked = command_on(database_url.render_as_string(hide_password=False), "alembic", "check")

    # then a migration could be written by what the models say beside it
    assert (asked.returncode, "No new upgrade operations" in asked.stdout) == (0, True), asked


async def test_a_database_knows_whether_it_is_migrated(sessions: Sessions) -> None:
    async with sessions() as session:
        assert await is_migrated(session)
        await session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        assert not await is_migrated(session)
        assert newest() != "0000"


def test_the_queue_s_tables_are_those_of_its_library(database_template: URL) -> None:
    # given the migrated template, as the library's own tool sees it
    plain = database_template.set(drivername="postgresql")
    address = plain.render_as_string(hide_password=False)
    environment = {**os.environ, "PGQUEUER_SCHEMA": "jobs", "PGDSN": address}

    # when it is asked what an upgrade would change
    asked = subprocess.run(
        [sys.executable, "-m", "pgqueuer", "--pg-dsn", address, "upgrade", "--plan"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    # then there is nothing
    assert asked.returncode == 0, asked.stderr
    assert "already up to date" in (asked.stdout + asked.stderr).lower()


# The sweeps' SQL against the rules ------------------------------------------------------------

ZONE = zone_of("Australia/Brisbane")
LIVE_ON = day("2026-12-07")
LIVE_AT = first_instant_of(LIVE_ON, ZONE)
OPENS_AT = first_instant_of(window_opens_on(LIVE_ON), ZONE)
MOMENTS = [
    OPENS_AT - timedelta(seconds=1),
    OPENS_AT,
    LIVE_AT - timedelta(microseconds=1),
    LIVE_AT,
    LIVE_AT + timedelta(days=30),
]
DATED = [state for state in PlanState if state not in (PlanState.LIVE, PlanState.COMPLETED)]


async def stored(sessions: Sessions, state: PlanState, blockers: int) -> Plan:
    """A plan in any state, as the sweeps see it."""
    client = Client(
        id=new_id(), name="Sample", email="s@client.example", timezone=ZONE.key, package="sprint"
    )
    agreement = Agreement(
        id=new_id(),
        ref=str(new_id()),
        kind="upgrade",
        client_id=client.id,
        from_package="sprint",
        to_package="scale",
        signed_at=SIGNED_AT,
    )
    plan_id = new_id()
    plan = Plan(
        id=plan_id,
        version=1,
        ref=plan_ref(str(plan_id)),
        agreement_id=agreement.id,
        client_id=client.id,
        playbook_key="client-upgrade",
        playbook_version=1,
        state=str(state),
        from_package="sprint",
        to_package="scale",
        timezone=ZONE.key,
        signed_at=SIGNED_AT,
        live_on=LIVE_ON,
        live_at=LIVE_AT,
        window_opens_at=OPENS_AT,
        blockers=blockers,
        created_at=SIGNED_AT,
        updated_at=SIGNED_AT,
    )
    async with sessions.begin() as session:
        session.add(client)
        await session.flush()
        session.add(agreement)
        await session.flush()
        session.add(plan)
    return plan


def lawful(trigger: Trigger, state: PlanState, blockers: int, now: datetime) -> bool:
    """The same in Python: the table of transitions, and what readiness and the date say."""
    try:
        transition(state, trigger)
    except TransitionRefused:
        return False
    if trigger is Trigger.OPEN_WINDOW:
        return now >= OPENS_AT
    ready = blockers == 0
    return now >= LIVE_AT and (ready if trigger is Trigger.GO_LIVE else not ready)


async def test_the_sweeps_conditions_agree_with_the_table_of_transitions(
    sessions: Sessions,
) -> None:
    # given a plan of every state, blocked and ready
    facts = {
        (await stored(sessions, state, blockers)).id: (state, blockers)
        for state, blockers in product(DATED, (0, 1, 7))
    }

    # then at every moment SQL finds those that the rules let move, and nothing else
    triggers = (Trigger.OPEN_WINDOW, Trigger.GO_LIVE, Trigger.MISS)
    for trigger, now in product(triggers, MOMENTS):
        async with sessions() as session:
            found = set(await session.scalars(select(Plan.id).where(sweeps.due(trigger, now))))
        expected = {
            plan_id
            for plan_id, (state, blockers) in facts.items()
            if lawful(trigger, state, blockers, now)
        }
        assert found == expected, (trigger, now)


async def test_two_sweepers_at_once_move_each_plan_once(sessions: Sessions) -> None:
    # given forty plans whose window has come
    for _ in range(40):
        await stored(sessions, PlanState.SCHEDULED, 1)
    at = office(connected=frozenset())

    async def sweep() -> int:
        total = 0
        for _ in range(6):
            async with sessions.begin() as session:
                total += await sweeps.open_windows(session, office=at, now=OPENS_AT, limit=10)
        return total

    # when three sweep at once
    moved = await together(sweep, sweep, sweep)

    # then each plan was moved once, and each is in its window
    assert sum(moved) == 40
    async with sessions() as session:
        states = set(await session.scalars(text("SELECT state FROM plans")))
        noted = await session.scalar(
            text("SELECT count(*) FROM audit WHERE action = 'plan.window_opened'")
        )
    assert (states, noted) == ({"in_window"}, 40)


async def test_a_due_plan_that_somebody_holds_is_left_for_the_next_sweep(
    sessions: Sessions,
) -> None:
    # given a ready plan whose row a person's request holds
    plan = await stored(sessions, PlanState.IN_WINDOW, 0)
    at = office(connected=frozenset())
    async with sessions.begin() as request:
        await request.get_one(Plan, plan.id, with_for_update=True)

        # then a sweep passes it by instead of waiting
        async with sessions.begin() as session:
            assert await sweeps.go_live(session, office=at, now=LIVE_AT) == 0

    # and the next one finds it
    async with sessions.begin() as session:
        assert await sweeps.go_live(session, office=at, now=LIVE_AT) == 1
    async with sessions() as session:
        went = await session.get_one(Plan, plan.id)
    assert went.went_live_at == LIVE_AT.astimezone(UTC)
