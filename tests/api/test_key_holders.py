"""Whose key it is, and until when it opens anything."""

from app.domain.actor import Actor
from app.services.keys import KeyRefused, keys_in_force, revoke_key
from app.services.staff import amend_staff
from tests.builders import (
    SIGNED_AT,
    TESTER,
    FixedClock,
    Sessions,
    calling,
    make_service,
    stored_key,
    stored_staff,
)

OPERATOR = Actor.service("operator")


async def test_a_persons_key_signs_with_the_persons_name(sessions: Sessions) -> None:
    # given
    staff = await stored_staff(sessions)
    key = await stored_key(sessions, "marketing", staff_id=staff["marketing"])

    # when
    async with calling(make_service(sessions, FixedClock()), key) as client:
        me = (await client.get("/v1/me")).json()

    # then
    assert me["name"] == "Mia Marketing"
    assert me["staff_id"] == str(staff["marketing"])


async def test_the_key_of_somebody_inactive_opens_nothing(sessions: Sessions) -> None:
    # given
    staff = await stored_staff(sessions)
    key = await stored_key(sessions, "marketing", staff_id=staff["marketing"])
    changes = {"active": False}
    async with sessions.begin() as session:
        await amend_staff(session, staff["marketing"], changes, actor=TESTER, now=SIGNED_AT)

    # when
    async with calling(make_service(sessions, FixedClock()), key) as client:
        answer = await client.get("/v1/me")

    # then
    assert answer.status_code == 401


async def test_a_revoked_key_opens_nothing_and_is_no_longer_listed(sessions: Sessions) -> None:
    # given
    key = await stored_key(sessions, "support")
    kept = await stored_key(sessions, "billing")
    prefix = key[: len("cov_sandbox_") + 6]

    # when
    async with sessions.begin() as session:
        await revoke_key(session, prefix, actor=OPERATOR, now=SIGNED_AT)

    # then
    service = make_service(sessions, FixedClock())
    async with calling(service, key) as client:
        assert (await client.get("/v1/me")).status_code == 401
    async with calling(service, kept) as client:
        assert (await client.get("/v1/me")).status_code == 200
    async with sessions() as session:
        assert [one.role for one in await keys_in_force(session)] == ["billing"]


async def test_only_one_key_that_is_in_force_can_be_meant(sessions: Sessions) -> None:
    # given
    await stored_key(sessions, "support")

    # when
    refusal = None
    try:
        async with sessions.begin() as session:
            await revoke_key(session, "cov_sandbox_", actor=OPERATOR, now=SIGNED_AT)
    except KeyRefused as refused:
        refusal = refused

    # then
    assert refusal is not None
