"""Keys at the door for events: asked once in seconds, and what is refused is never remembered."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from starlette.datastructures import Headers

from app.db.models import ApiKey
from app.web.refusals import RoleNotAllowed, Unauthenticated
from app.web.wired import Wired
from app.webhooks.key_checks import REMEMBERED_S, KeyChecks
from tests.builders import BOOTSTRAP, FixedClock, Sessions, office, stored_key


def wired(sessions: Sessions) -> Wired:
    return Wired(sessions, FixedClock(), "sandbox", "1.2.3", office(), bootstrap_key=BOOTSTRAP)


class Seconds:
    """A steady clock that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def key_of(plain: str) -> Headers:
    return Headers({"authorization": f"Bearer {plain}"})


async def test_a_revoked_key_brings_events_for_seconds_at_most(sessions: Sessions) -> None:
    # given a key that was just seen
    clock = Seconds()
    keys = KeyChecks(wired(sessions), clock)
    key = key_of(await stored_key(sessions, "integration"))
    await keys.check(key)

    # when
    async with sessions.begin() as session:
        await session.execute(update(ApiKey).values(revoked_at=func.now()))

    # then
    clock.at += REMEMBERED_S - 0.01
    await keys.check(key)
    clock.at += 0.01
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await keys.check(key)


async def test_what_is_refused_is_never_remembered(sessions: Sessions) -> None:
    # given
    keys = KeyChecks(wired(sessions), Seconds())
    other = key_of(await stored_key(sessions, "support"))
    with pytest.raises(RoleNotAllowed):
        await keys.check(other)

    # when
    async with sessions.begin() as session:
        await session.execute(update(ApiKey).values(role="integration"))

    # then
    await keys.check(other)
    with pytest.raises(Unauthenticated):
        await keys.check(Headers({**other, "x-api-key": "another"}))


class Counting(async_sessionmaker[AsyncSession]):
    """Counts the sessions that are asked for."""

    asked = 0

    def __call__(self, **local_kw: Any) -> AsyncSession:
        self.asked += 1
        return super().__call__(**local_kw)


async def test_a_key_that_all_ask_for_at_once_is_asked_once(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    # given
    counting = Counting(engine, expire_on_commit=False)
    keys = KeyChecks(wired(counting), Seconds())
    key = key_of(await stored_key(sessions, "integration"))

    # when
    await asyncio.gather(*(keys.check(key) for _ in range(20)))

    # then
    assert counting.asked == 1
