"""Worlds for the services: with every vendor connected, or with none."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL

from tests.automated import Automated, automated_on
from tests.builders import stored_staff
from tests.world import World, world_on


@pytest.fixture
async def world(database_url: URL) -> AsyncIterator[World]:
    """An installation with every vendor connected."""
    async with world_on(database_url) as world:
        await stored_staff(world.sessions)
        yield world


@pytest.fixture
async def plain(database_url: URL) -> AsyncIterator[World]:
    """One without vendors: quicker, where only the plan matters."""
    async with world_on(database_url, connected=False) as world:
        await stored_staff(world.sessions)
        yield world


@pytest.fixture
async def quiet_world(database_url: URL) -> AsyncIterator[World]:
    """The same with no vendor connected at all."""
    async with world_on(database_url, connected=False) as world:
        await stored_staff(world.sessions)
        yield world


@pytest.fixture
async def automated(database_url: URL) -> AsyncIterator[Automated]:
    """An installation whose bills an automation changes."""
    async with automated_on(database_url, whole=False) as automated:
        yield automated
