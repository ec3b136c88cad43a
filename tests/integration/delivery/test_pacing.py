"""Budgets that all workers share: who goes, who waits for a promised token, who comes back."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import URL

from app.db.clock import real_now
from app.delivery import budgets
from app.delivery.admission import buckets_of
from app.delivery.asking import NotNow, asking
from app.delivery.attempts import Outcome
from app.domain.delivery import DeliveryKind, DeliveryState, System
from app.domain.pacing import LONGEST_QUEUE, limits_of
from app.ports.errors import RateLimited
from app.ports.exchange import Exchange, note_exchange
from tests.integration.delivery.waiting import claimed, delivery, intended, jobs_of, posts
from tests.world import World, together

LIMITS = limits_of()


@pytest.fixture
async def paced(world: World) -> World:
    """The same world, with a plan, kept within the vendors' limits."""
    await world.receive()
    world.work = replace(world.work, limits=LIMITS)
    return world


async def level(world: World, name: str) -> float:
    (found,) = await world.rows("SELECT level FROM vendor_budgets WHERE name = :name", name=name)
    return float(found[0])


def said(method: str = "POST", status: int = 200) -> Exchange:
    return Exchange(method, "https://vendor.example", "", status, "", 5)


async def test_a_space_gets_one_message_a_second_and_the_others_wait_in_a_queue(
    paced: World,
) -> None:
    ids = await posts(paced, 4)

    first, *others = [await claimed(paced, one) for one in ids]

    # one goes; the others are promised a place each, without an attempt, and have a job for it
    assert first is not None
    assert others == [None, None, None]
    waiting = [await delivery(paced, one) for one in ids[1:]]
    assert [one.attempts for one in waiting] == [0, 0, 0]
    assert [await jobs_of(paced, one.id) for one in waiting] == [1, 1, 1]
    places = [one.paced_at for one in waiting if one.paced_at is not None]
    apart = [(b - a).total_seconds() for a, b in pairwise(places)]
    assert len(places) == 3
    assert all(0.9 < gap < 1.2 for gap in apart), apart


async def test_another_space_is_not_waited_for(paced: World) -> None:
    (here,) = await posts(paced, 1)
    (there,) = await posts(paced, 1, "sales")

    assert await claimed(paced, here) is not None
    assert await claimed(paced, there) is not None


async def test_rooms_in_one_space_share_its_budget(paced: World) -> None:
    (support,) = await posts(paced, 1, "support")
    (lead,) = await posts(paced, 1, "lead")

    assert await claimed(paced, support) is not None
    assert await claimed(paced, lead) is None


async def test_whoever_comes_for_its_promised_token_takes_none_again(paced: World) -> None:
    first, second = await posts(paced, 2)
    await claimed(paced, first)
    await claimed(paced, second)
    before = await level(paced, "google_chat/spaces/SUPPORT")

    # too early it is sent away, in time it goes
    assert await claimed(paced, second) is None
    await paced.change(
        "UPDATE deliveries SET paced_at = clock_timestamp() - interval '1 second',"
        " next_attempt_at = clock_timestamp() - interval '1 second' WHERE id = :id",
        id=second,
    )
    assert await claimed(paced, second) is not None

    assert await level(paced, "google_chat/spaces/SUPPORT") == before


async def test_a_promised_token_that_is_not_called_for_in_time_is_lost(paced: World) -> None:
    first, second = await posts(paced, 2)
    await claimed(paced, first)
    await claimed(paced, second)
    await paced.change(
        "UPDATE deliveries SET paced_at = clock_timestamp() - interval '1 minute',"
        " next_attempt_at = NULL WHERE id = :id",
        id=second,
    )

    assert await claimed(paced, second) is None


async def test_where_the_queue_is_full_a_delivery_comes_back_later(paced: World) -> None:
    (one,) = await posts(paced, 1)
    async with paced.sessions.begin() as session:
        await budgets.spend(session, paced.work.courier.buckets(await delivery(paced, one)), 500)

    assert await claimed(paced, one) is None

    later = await delivery(paced, one)
    assert (later.paced_at, later.attempts) == (None, 0)
    assert later.next_attempt_at is not None
    async with paced.sessions.begin() as session:
        wait = later.next_attempt_at - await real_now(session)
    assert LONGEST_QUEUE * 0.4 < wait < LONGEST_QUEUE * 1.6


async def test_of_two_buckets_both_are_taken_from_or_neither(paced: World) -> None:
    # given an account whose day is used up
    (board,) = await intended(paced, DeliveryKind.BOARD_CREATE, 1, {"name": "Board UPG-1"})
    day = [one for one in buckets_of(LIMITS, System.BOARD) if one[0] == "monday/day"]
    async with paced.sessions.begin() as session:
        await budgets.spend(session, day, 1000)
        await budgets.spend(session, buckets_of(LIMITS, System.BOARD)[:1], 1)
    before = await level(paced, "monday/minute")

    assert await claimed(paced, board) is None

    assert before <= await level(paced, "monday/minute") < before + 20
    assert await level(paced, "monday/day") == 0


async def test_a_used_up_day_is_whole_again_at_midnight_utc(paced: World) -> None:
    (board,) = await intended(paced, DeliveryKind.BOARD_CREATE, 1, {"name": "Board UPG-1"})
    async with paced.sessions.begin() as session:
        await budgets.spend(session, buckets_of(LIMITS, System.BOARD)[1:], 1000)
    await paced.change("UPDATE vendor_budgets SET filled_at = filled_at - interval '1 day'")

    assert await claimed(paced, board) is not None

    assert await level(paced, "monday/day") == 999


async def test_many_workers_never_take_more_than_there_is(paced: World) -> None:
    ids = await posts(paced, 8)

    taken = await together(*[lambda one=one: claimed(paced, one) for one in ids])

    assert sum(one is not None for one in taken) == 1
    assert not any(isinstance(one, BaseException) for one in taken)


async def test_an_attempt_that_cost_more_than_was_taken_is_charged_for_it(paced: World) -> None:
    # given a message that was taken for one call
    (one,) = await posts(paced, 1)
    taken = await claimed(paced, one)
    assert taken is not None
    assert taken.tokens == 1
    before = await level(paced, "google_chat/spaces/SUPPORT")

    # when it made three
    done = Outcome(DeliveryState.DELIVERED, "delivered", result={"ref": "1"}, answered=True)
    await paced.work.courier._settle(taken, done, [said(), said(), said()])

    assert await level(paced, "google_chat/spaces/SUPPORT") <= before - 2 + 1


async def test_a_vendor_that_is_asked_too_much_is_left_alone_by_everybody(paced: World) -> None:
    # given a message that the vendor turns away for half a minute
    first, second = await posts(paced, 2)
    taken = await claimed(paced, first)
    assert taken is not None
    wait = timedelta(seconds=30)
    turned_away = Outcome(
        DeliveryState.RETRYING, "transient", "429", retry_in=wait, answered=True, pause=wait
    )
    await paced.work.courier._settle(taken, turned_away, [said(status=429)])

    # when another one comes
    assert await claimed(paced, second) is None

    # then it waits as long
    waiting = await delivery(paced, second)
    assert waiting.paced_at is not None
    async with paced.sessions.begin() as session:
        assert waiting.paced_at - await real_now(session) > timedelta(seconds=28)


async def test_a_429_of_the_vendor_itself_drains_the_budget(paced: World) -> None:
    (one,) = await posts(paced, 1)
    paced.fault("google_chat", "messages.create", "429")

    await paced.work.courier.deliver(one)

    assert (await delivery(paced, one)).state == "retrying"
    # The budget of one a second fills again while this asks.
    assert await level(paced, "google_chat/spaces/SUPPORT") < 0


async def test_a_reading_is_counted_and_not_waited_for(paced: World) -> None:
    plan = await paced.plan()
    assert plan.board_ref is not None
    await paced.change("UPDATE plans SET board_state = 'filling'")

    await paced.work.board_reader.read_board(plan.id, 1)

    assert await level(paced, "monday/day") <= 999


async def test_a_reading_is_held_off_while_the_system_wants_to_be_left_alone(paced: World) -> None:
    buckets = buckets_of(LIMITS, System.BOARD)

    async def turned_away() -> None:
        async with asking(paced.sessions, System.BOARD, buckets):
            note_exchange(said(status=429))
            raise RateLimited("Slow down.", retry_after_s=20.0)

    with pytest.raises(RateLimited):
        await turned_away()

    with pytest.raises(NotNow):
        async with asking(paced.sessions, System.BOARD, buckets):
            raise AssertionError("It was asked.")


async def test_without_limits_nothing_is_counted(world: World, database_url: URL) -> None:
    await world.receive()

    assert await world.rows("SELECT * FROM vendor_budgets") == []


async def test_whoever_has_a_promised_token_leaves_a_vendor_alone_as_well(paced: World) -> None:
    # given a token that is there by now, and a vendor that wants to be left alone
    first, second = await posts(paced, 2)
    await claimed(paced, first)
    await claimed(paced, second)
    buckets = paced.work.courier.buckets(await delivery(paced, second))
    async with paced.sessions.begin() as session:
        await budgets.drain(session, buckets, timedelta(seconds=30))
    await paced.change(
        "UPDATE deliveries SET paced_at = clock_timestamp() - interval '1 second',"
        " next_attempt_at = NULL WHERE id = :id",
        id=second,
    )

    assert await claimed(paced, second) is None
