"""What every test may ask for: a database of its own, an engine on it, sessions from it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from app.db import guard_pgqueuer_environment
from app.db.engine import make_engine, make_sessions
from app.worker import spare_collector
from tests import postgres
from tests.lending import Lender

guard_pgqueuer_environment()
# The library's own way renders the local variables of every traceback: seconds, where a catalog is
# among them.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)
# How long an example takes says how busy the machine is, and nothing else.
settings.register_profile("usual", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("usual")
# `make test-deep`: properties are tried ten times as often, and ten thousand lives are lived.
settings.register_profile("deep", settings.get_profile("usual"), max_examples=1000)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A Postgres server for this session (under xdist: for this worker)."""
    with postgres.postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def database_template(postgres_server: URL) -> Iterator[URL]:
    """A migrated database that nobody connects to."""
    with postgres.migrated_template(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def lender(database_template: URL) -> Iterator[Lender]:
    """Lends copies of that to one test after another."""
    lender = Lender(database_template)
    yield lender
    asyncio.run(lender.close())


@pytest.fixture
async def database_url(lender: Lender) -> AsyncIterator[URL]:
    """A migrated, empty database of the test's own."""
    url = await lender.borrow()
    yield url
    await lender.give_back(url)


@pytest.fixture
async def engine(database_url: URL) -> AsyncIterator[AsyncEngine]:
    """An engine on the test's own database."""
    engine = make_engine(database_url, pool_size=5, application_name="test")
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions on the test's own database."""
    return make_sessions(engine)


def pytest_collection_finish() -> None:
    """Have the garbage collector leave alone what was collected: it stays to the end."""
    spare_collector()
