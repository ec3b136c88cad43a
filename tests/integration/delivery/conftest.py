"""The same world as the stories have."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL

from tests.builders import stored_staff
from tests.world import World, world_on


@pytest.fixture
async def world(database_url: URL) -> AsyncIterator[World]:
    """An installation with every vendor connected, on Friday 20 November 2026."""
    async with world_on(database_url) as world:
        await stored_staff(world.sessions)
        yield world
