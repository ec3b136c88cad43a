"""Stored API keys on a real database: who is let in, and who is not any more."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.models.api_keys import ApiKey
from app.web.security import make_key
from tests.unit.web.toy_app import calling, stored_key, toy_app

Sessions = async_sessionmaker[AsyncSession]


async def last_use(sessions: Sessions) -> object:
    async with sessions() as session:
        return await session.scalar(select(ApiKey.last_used_at))


async def test_a_stored_key_is_known_by_its_hash(sessions: Sessions) -> None:
    # given
    key = await stored_key(sessions, "support")

    # when
    async with calling(toy_app(sessions), key.plain) as client:
        answer = await client.post("/toys/act")

    # then
    async with sessions() as session:
        key_id = await session.scalar(select(ApiKey.id).where(ApiKey.key_hash == key.hash))
    assert answer.json() == {"actor": str(key_id), "role": "support"}


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("admin", 200),
        ("manager", 200),
        ("support", 200),
        ("sales", 403),
        ("marketing", 403),
        ("billing", 403),
        ("integration", 403),
        ("read_only", 403),
    ],
)
async def test_a_role_may_do_what_the_route_allows_it(
    sessions: Sessions, role: str, status: int
) -> None:
    # given
    key = await stored_key(sessions, role)

    # when
    async with calling(toy_app(sessions), key.plain) as client:
        acted = await client.post("/toys/act")
        listed = await client.get("/toys")

    # then
    assert (acted.status_code, listed.status_code) == (status, 200)
    if status == 403:
        assert acted.json()["code"] == "role_not_allowed"
        assert acted.json()["facts"] == {"roles": ["admin", "manager", "support"]}


async def test_a_wrong_role_is_refused_before_the_body_is_looked_at(sessions: Sessions) -> None:
    # given
    key = await stored_key(sessions, "sales")

    # when
    async with calling(toy_app(sessions), key.plain) as client:
        answer = await client.post("/toys/echo", content=b"{", headers={"Content-Type": "x"})

    # then
    assert answer.status_code == 403


async def test_a_revoked_key_and_an_unknown_one_open_nothing(sessions: Sessions) -> None:
    # given
    key = await stored_key(sessions, "admin")
    async with sessions() as session, session.begin():
        await session.execute(update(ApiKey).values(revoked_at=func.now()))

    # when
    async with calling(toy_app(sessions), key.plain) as client:
        revoked = await client.get("/toys")
    async with calling(toy_app(sessions), make_key("sandbox").plain) as client:
        unknown = await client.get("/toys")

    # then
    assert (revoked.status_code, unknown.status_code) == (401, 401)


async def test_a_use_is_noted_and_not_again_for_five_minutes(sessions: Sessions) -> None:
    # given
    key = await stored_key(sessions, "read_only")

    # when
    async with calling(toy_app(sessions), key.plain) as client:
        await client.get("/toys/count")
        first = await last_use(sessions)
        await client.get("/toys/count")
        second = await last_use(sessions)
        async with sessions() as session, session.begin():
            earlier = ApiKey.last_used_at - timedelta(minutes=6)
            await session.execute(update(ApiKey).values(last_used_at=earlier))
        await client.get("/toys/count")

    # then
    assert first is not None
    assert second == first
    assert await last_use(sessions) != first


async def test_two_different_keys_are_refused_though_both_are_good(sessions: Sessions) -> None:
    # given
    one, other = await stored_key(sessions, "support"), await stored_key(sessions, "support")

    # when
    async with calling(toy_app(sessions), one.plain) as client:
        both = await client.get("/toys", headers={"X-API-Key": other.plain})
        same = await client.get("/toys", headers={"X-API-Key": one.plain})

    # then
    assert (both.status_code, same.status_code) == (401, 200)
