"""Idempotency keys: one effect, whatever is repeated, and however fast."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.answers import drop_outlived
from tests.unit.web.toy_app import (
    NOW,
    Gate,
    StandingClock,
    calling,
    in_bytes,
    stored_key,
    toy_app,
)

Sessions = async_sessionmaker[AsyncSession]
KEY = {"Idempotency-Key": "zap 81723"}


async def test_a_repeat_gets_the_stored_answer_and_does_nothing(sessions: Sessions) -> None:
    # when
    async with calling(toy_app(sessions)) as client:
        first = await client.post("/toys", json={"name": "Rocket"}, headers=KEY)
        again = await client.post("/toys", json={"name": "Rocket"}, headers=KEY)
        count = await client.get("/toys/count")

    # then
    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    for name in ("location", "etag", "content-type"):
        assert again.headers.get_list(name) == first.headers.get_list(name)
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert count.json() == 1


async def test_another_request_with_the_same_key_is_refused(sessions: Sessions) -> None:
    # when
    async with calling(toy_app(sessions)) as client:
        await client.post("/toys", json={"name": "Rocket"}, headers=KEY)
        other_body = await client.post("/toys", json={"name": "Robot"}, headers=KEY)
        other_path = await client.post("/toys/act", headers=KEY)
        count = await client.get("/toys/count")

    # then
    for answer in (other_body, other_path):
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_mismatch"
    assert count.json() == 1


async def test_two_callers_may_use_the_same_key(sessions: Sessions) -> None:
    # given
    one, other = await stored_key(sessions, "support"), await stored_key(sessions, "support")
    app = toy_app(sessions)

    # when
    async with calling(app, one.plain) as client:
        first = await client.post("/toys", json={"name": "Rocket"}, headers=KEY)
    async with calling(app, other.plain) as client:
        second = await client.post("/toys", json={"name": "Rocket"}, headers=KEY)

    # then
    assert first.status_code == second.status_code == 201
    assert first.json()["id"] != second.json()["id"]


async def test_a_repeat_while_the_first_is_carried_out_is_told_so(sessions: Sessions) -> None:
    # given
    app = toy_app(sessions)
    gate: Gate = app.state.gate

    # when
    async with calling(app) as client:
        first = asyncio.create_task(client.post("/toys/slow", headers=KEY))
        await gate.entered.wait()
        meanwhile = await client.post("/toys/slow", headers=KEY)
        gate.opened.set()
        done = await first
        after = await client.post("/toys/slow", headers=KEY)
        count = await client.get("/toys/count")

    # then
    assert meanwhile.status_code == 409
    assert meanwhile.json()["code"] == "idempotency_in_flight"
    assert meanwhile.headers["retry-after"] == "1"
    assert done.status_code == 201
    assert after.json() == done.json()
    assert after.headers["idempotency-replayed"] == "true"
    assert count.json() == 1


async def test_many_at_once_make_one_effect(sessions: Sessions) -> None:
    # when
    async with calling(toy_app(sessions)) as client:
        answers = await asyncio.gather(
            *(client.post("/toys", json={"name": "Rocket"}, headers=KEY) for _ in range(8))
        )
        count = await client.get("/toys/count")

    # then
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert count.json() == 1


async def test_an_answer_without_an_effect_is_not_kept(sessions: Sessions) -> None:
    # when
    async with calling(toy_app(sessions)) as client:
        refused = await client.post("/toys", json={"name": ""}, headers=KEY)
        corrected = await client.post("/toys", json={"name": "Rocket"}, headers=KEY)

    # then
    assert (refused.status_code, corrected.status_code) == (422, 201)


@pytest.mark.parametrize("key", ["", "x" * 256, b"\xff", b"a\tb", "Ж"])
async def test_a_key_of_a_wrong_form_is_refused(sessions: Sessions, key: str | bytes) -> None:
    # when
    async with calling(toy_app(sessions)) as client:
        answer = await client.post(
            "/toys", json={"name": "Rocket"}, headers=in_bytes({"Idempotency-Key": key})
        )

    # then
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_invalid"


async def test_two_keys_are_refused(sessions: Sessions) -> None:
    # when
    async with calling(toy_app(sessions)) as client:
        answer = await client.post(
            "/toys/act", headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
        )

    # then
    assert answer.json()["code"] == "idempotency_key_invalid"


async def test_a_key_is_free_again_after_seven_days(sessions: Sessions) -> None:
    # given
    clock = StandingClock()
    body = {"name": "Rocket"}

    # when
    async with calling(toy_app(sessions, clock)) as client:
        first = await client.post("/toys", json=body, headers=KEY)
        clock.at = NOW + timedelta(days=7, seconds=-1)
        replayed = await client.post("/toys", json=body, headers=KEY)
        clock.at = NOW + timedelta(days=7)
        anew = await client.post("/toys", json=body, headers=KEY)

    # then
    assert replayed.json() == first.json()
    assert anew.json()["id"] != first.json()["id"]


async def test_old_answers_are_dropped_and_young_ones_stay(sessions: Sessions) -> None:
    # given
    clock = StandingClock()
    async with calling(toy_app(sessions, clock)) as client:
        await client.post("/toys/act", headers={"Idempotency-Key": "old"})
        clock.at = NOW + timedelta(days=1)
        await client.post("/toys/act", headers={"Idempotency-Key": "young"})

    # when
    async with sessions() as session, session.begin():
        gone = await drop_outlived(session, NOW + timedelta(days=7))

    # then
    assert gone == 1
