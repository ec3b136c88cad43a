"""The application over ASGI, as its bootstrap would build it, on the test's own database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.api.tier_asking import BY_HAND, NOW
from tests.builders import (
    FixedClock,
    Sessions,
    calling,
    make_service,
    stored_key,
)


@dataclass
class Service:
    """The application with its clock and its database, and callers of any role."""

    app: Any
    clock: FixedClock
    sessions: Sessions

    async def key(self, role: str) -> str:
        return await stored_key(self.sessions, role)


@pytest.fixture
def service(sessions: Sessions) -> Service:
    """The service with every outside system connected; its clock stands."""
    clock = FixedClock()
    return Service(make_service(sessions, clock), clock, sessions)


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A caller with the bootstrap key, which may do everything."""
    async with calling(service.app) as caller:
        yield caller


@pytest.fixture
async def stranger(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A caller without a key."""
    async with calling(service.app, None) as caller:
        yield caller


@pytest.fixture
def by_hand(sessions: Sessions) -> Service:
    """The service with no outside system connected: everything is a person's."""
    clock = FixedClock(NOW)
    return Service(make_service(sessions, clock, at=BY_HAND), clock, sessions)


@pytest.fixture
async def caller(by_hand: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(by_hand.app) as client:
        yield client
