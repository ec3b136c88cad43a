"""A world for every story, with one active person of each role."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL

from tests.automated import Automated, automated_on
from tests.boarded import Boarded, boarded_on, zapped_on
from tests.builders import stored_staff
from tests.world import World, world_on


@pytest.fixture
async def world(database_url: URL) -> AsyncIterator[World]:
    """An installation with every vendor connected, on Friday 20 November 2026."""
    async with world_on(database_url) as world:
        await stored_staff(world.sessions)
        yield world


@pytest.fixture
async def quiet_world(database_url: URL) -> AsyncIterator[World]:
    """The same with no vendor connected at all."""
    async with world_on(database_url, connected=False) as world:
        await stored_staff(world.sessions)
        yield world


@pytest.fixture
async def boarded(database_url: URL) -> AsyncIterator[Boarded]:
    """A signed plan with its board, watched, on Friday 20 November 2026."""
    async with boarded_on(database_url) as boarded:
        yield boarded


@pytest.fixture
async def automated(database_url: URL) -> AsyncIterator[Automated]:
    """An installation whose bills an automation changes, on Friday 20 November 2026."""
    async with automated_on(database_url) as automated:
        yield automated


@pytest.fixture
async def zapped(database_url: URL) -> AsyncIterator[World]:
    """An installation whose boards an automation makes, on Friday 20 November 2026."""
    async with zapped_on(database_url) as world:
        yield world
