"""Events that end their worker each time are set aside; the others, and the unlucky ones, go on."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from app.db.engine import went_away
from app.scheduler.queue import inbound
from app.services.intake import MOST_TRIES, SUSPECT_AFTER, begin_try, replay_event, the_only_suspect
from tests.builders import TESTER, signed_document
from tests.world import World


async def killed(world: World, event_id: UUID) -> None:
    """A worker takes the event up and ends without a word."""
    async with world.sessions.begin() as session:
        await begin_try(session, event_id, alone=True)


async def stored(world: World, number: int) -> UUID:
    event_id = await world.store_event(
        signed_document(
            event_id=f"zap-{number}",
            agreement__ref=f"PROP-{number}",
            client__ref=f"C-{number}",
            client__name=f"Client {number}",
            client__email=f"owner{number}@client.example",
        )
    )
    await world.change("DELETE FROM jobs.pgqueuer")
    return event_id


async def test_an_event_that_ends_its_worker_each_time_is_set_aside_with_the_reason(
    world: World,
) -> None:
    # given an event whose worker ended each time, and another one
    poison, other = await stored(world, 1), await stored(world, 2)
    for _ in range(MOST_TRIES):
        await killed(world, poison)

    # when both are taken up
    await inbound(world.work, {"event_id": str(poison)})
    await inbound(world.work, {"event_id": str(other)})

    # then one is a person's, and the other is a plan
    event = await world.event(poison)
    assert event.status == "quarantined"
    assert (event.reason or "").startswith("poison: 5 times its worker ended without a word")
    assert (await world.event(other)).status == "processed"


async def test_an_event_that_was_unlucky_a_few_times_is_understood(world: World) -> None:
    event_id = await stored(world, 1)
    for _ in range(MOST_TRIES - 1):
        await killed(world, event_id)

    await inbound(world.work, {"event_id": str(event_id)})

    assert (await world.event(event_id)).status == "processed"


async def test_an_unlucky_event_is_not_tried_beside_one_that_may_be_the_poison(
    world: World,
) -> None:
    # given two events of which one kills the worker that has both in hand
    unlucky, poison = await stored(world, 1), await stored(world, 2)
    for _ in range(SUSPECT_AFTER):
        await killed(world, unlucky)
        await killed(world, poison)

    # when the unlucky one is taken up while the poison is tried, and once more after that
    async with world.sessions.begin() as alone:
        assert await the_only_suspect(alone)
        await inbound(world.work, {"event_id": str(unlucky)})
        beside = await world.event(unlucky)
    jobs = await world.rows("SELECT 1 FROM jobs.pgqueuer WHERE entrypoint = 'inbound'")
    await inbound(world.work, {"event_id": str(unlucky)})

    # then it was not counted with it, came back by itself, and is understood
    assert (beside.status, beside.tries) == ("received", SUSPECT_AFTER)
    assert len(jobs) == 1
    assert (await world.event(unlucky)).status == "processed"


async def test_a_database_that_was_away_makes_no_poison(world: World) -> None:
    # given a database that goes away in the middle, each time
    event_id = await stored(world, 1)
    await world.change(
        "CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'gone' USING ERRCODE = '57P01'; END $$"
    )
    await world.change("CREATE TRIGGER away BEFORE INSERT ON plans EXECUTE FUNCTION away()")
    failure: Any = None
    for _ in range(MOST_TRIES + 2):
        with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever the driver calls it
            await inbound(world.work, {"event_id": str(event_id)})
        failure = raised.value
    assert not isinstance(failure, AssertionError | OperationalError)

    # when it is there again
    await world.change("DROP TRIGGER away ON plans")
    await inbound(world.work, {"event_id": str(event_id)})

    # then the event is understood
    assert (await world.event(event_id)).status == "processed"


async def test_a_job_that_cannot_be_enqueued_while_the_database_is_full_makes_no_poison(
    world: World,
) -> None:
    # given a database that has no room for what follows from an event
    event_id = await stored(world, 1)
    await world.change(
        "CREATE FUNCTION full_up() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$"
    )
    await world.change(
        "CREATE TRIGGER full_up BEFORE INSERT ON jobs.pgqueuer EXECUTE FUNCTION full_up()"
    )
    with pytest.raises(DBAPIError) as raised:
        await inbound(world.work, {"event_id": str(event_id)})
    assert went_away(raised.value)

    # when there is room again
    await world.change("DROP TRIGGER full_up ON jobs.pgqueuer")
    await inbound(world.work, {"event_id": str(event_id)})

    # then the event is understood
    assert (await world.event(event_id)).status == "processed"


async def test_a_poison_that_is_replayed_is_given_its_tries_again(world: World) -> None:
    event_id = await stored(world, 1)
    for _ in range(MOST_TRIES):
        await killed(world, event_id)
    await inbound(world.work, {"event_id": str(event_id)})

    async with world.sessions.begin() as session:
        await replay_event(session, event_id, actor=TESTER, now=world.now)
    await world.run_until_idle()

    assert (await world.event(event_id)).status == "processed"
