"""A board that is awaited outlives lost jobs, doubled ones, and a vendor that is away."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import URL
from sqlalchemy.exc import IntegrityError

from app.db.clock import real_now
from app.delivery.recovery import ORPHANED_AFTER, enqueue_orphans
from app.delivery.systems import Systems
from app.domain.board_search import EXPECTED_WITHIN, LONGEST_PAUSE
from app.domain.delivery import System
from app.services.board_pointing import PointAtBoard, point_at_board
from app.services.board_search import tell_missing_boards
from tests.boarded import zapped_on
from tests.wired_vendors import ask_monday
from tests.world import World, local, refusal, together

NAME = "Harbour Dental (PROP-1042)"
OTHER = {
    "agreement__ref": "PROP-7",
    "client__ref": "C-78",
    "client__name": "Bay Physio",
    "client__email": "owner@bayphysio.example",
}
ADD = """mutation ($board: ID!, $group: String!, $name: String!) {
    create_item(board_id: $board, group_id: $group, item_name: $name) { id } }"""
GROUPS = "query ($board: ID!) { boards(ids: [$board]) { groups { id title } } }"


@pytest.fixture
async def zapped(database_url: URL) -> AsyncIterator[World]:
    """An installation whose boards an automation makes."""
    async with zapped_on(database_url) as world:
        yield world


async def group_of(world: World, board: str, title: str) -> str:
    """The id of a board's group."""
    (shown,) = (await ask_monday(world.http, GROUPS, board=board))["boards"]
    return next(str(each["id"]) for each in shown["groups"] if each["title"] == title)


async def looks(world: World) -> list[tuple[UUID, str]]:
    """The looks that are still to come."""
    rows = await world.rows("SELECT id, entrypoint FROM jobs.pgqueuer ORDER BY id")
    return [(job_id, entrypoint) for job_id, entrypoint in rows]


async def grow_old(world: World, by: timedelta) -> None:
    await world.change(
        "UPDATE plans SET board_read_at = board_read_at - CAST(:by AS interval)", by=by
    )


async def recovered(world: World) -> int:
    async with world.sessions.begin() as session:
        return await enqueue_orphans(session, real_now=await real_now(session))


async def test_a_plan_whose_look_was_lost_is_given_a_new_one(zapped: World) -> None:
    # Given a plan that awaits its board, and a queue that has lost its jobs
    await zapped.receive()
    await zapped.change("DELETE FROM jobs.pgqueuer")
    await zapped.zap_makes_board(NAME)

    # When a look is only late, then nothing is done; when it must be lost, it is asked for again
    await grow_old(zapped, LONGEST_PAUSE)
    assert await recovered(zapped) == 0
    await grow_old(zapped, ORPHANED_AFTER + timedelta(seconds=1))
    assert await recovered(zapped) == 1
    assert await recovered(zapped) == 0
    await zapped.run_until_idle()

    assert (await zapped.plan()).board_state == "ready"


async def test_a_reading_that_was_lost_is_given_a_new_one(zapped: World) -> None:
    # Given a board that was found, and a worker that died before it read it
    await zapped.receive()
    await zapped.zap_makes_board(NAME)
    await zapped.change("UPDATE jobs.pgqueuer SET execute_after = now()")
    await zapped.run_jobs()
    assert (await zapped.plan()).board_state == "filling"
    await zapped.change("DELETE FROM jobs.pgqueuer")

    await grow_old(zapped, ORPHANED_AFTER + timedelta(seconds=1))
    await zapped.run_until_idle()

    assert (await zapped.plan()).board_state == "ready"


async def test_a_look_that_another_has_overtaken_comes_to_nothing(zapped: World) -> None:
    # Given two jobs for one plan: one that was thought lost, and the one in its place
    await zapped.receive()
    await grow_old(zapped, LONGEST_PAUSE + 2 * ORPHANED_AFTER)
    await recovered(zapped)
    assert len(await looks(zapped)) == 2

    # When both have run
    await zapped.look_for_boards()

    # Then one look is left, not two for ever
    assert len(await looks(zapped)) == 1


async def test_looks_come_ever_more_slowly(zapped: World) -> None:
    await zapped.receive()

    waits = []
    for _ in range(12):
        ((wait,),) = await zapped.rows("SELECT execute_after - created FROM jobs.pgqueuer")
        waits.append(wait.total_seconds())
        await zapped.look_for_boards()

    assert waits[:3] == pytest.approx([5, 10, 20], abs=1)
    assert waits[-1] == pytest.approx(LONGEST_PAUSE.total_seconds(), abs=1)


async def test_while_boards_cannot_be_listed_the_plan_waits_and_support_is_told(
    zapped: World,
) -> None:
    # Given monday, which is away for hours
    zapped.fault("monday", "BoardsNewestFirst", "500", 100)
    await zapped.receive()
    await zapped.zap_makes_board(NAME)

    await zapped.at(zapped.now + EXPECTED_WITHIN)
    await zapped.look_for_boards()

    assert (await zapped.plan()).board_state == "awaited"
    assert any("*Needs its board" in line for _, line in zapped.said())

    # When it is back
    zapped.vendors.stage.faults.clear()
    await zapped.look_for_boards()

    assert (await zapped.plan()).board_state == "ready"


async def test_a_system_that_lost_its_settings_is_waited_for(zapped: World) -> None:
    await zapped.receive()
    connected = zapped.work
    zapped.work = replace(connected, systems=Systems())

    await zapped.look_for_boards()

    assert (await zapped.plan()).board_state == "awaited"
    assert len(await looks(zapped)) == 1


async def test_two_plans_never_have_one_board(zapped: World) -> None:
    # Given a board that names two agreements
    await zapped.receive()
    await zapped.receive(**OTHER)
    await zapped.zap_makes_board("PROP-1042 PROP-7")

    # When both plans look for theirs at the same moment
    zapped.at_once = True
    await zapped.look_for_boards()

    held = [plan.board_ref for plan in await zapped.plans()]
    assert sorted(ref is None for ref in held) == [False, True]


async def test_the_database_holds_that_a_board_is_one_plans(zapped: World) -> None:
    await zapped.receive()
    await zapped.receive(**OTHER)

    with pytest.raises(IntegrityError):
        await zapped.change("UPDATE plans SET board_ref = '4711'")


async def test_of_two_people_who_name_a_board_the_second_is_refused(zapped: World) -> None:
    await zapped.receive()
    plan = await zapped.plan()
    numbers = [await zapped.zap_makes_board(f"Harbour {n}") for n in (1, 2)]

    results = await together(
        *[lambda n=n: zapped.only(point_at_board, PointAtBoard(plan.id, n)) for n in numbers]
    )

    assert sorted(getattr(one, "code", "done") for one in results) == ["board_there", "done"]


async def test_a_missing_board_is_told_once_by_many_sweeps(zapped: World) -> None:
    await zapped.receive()
    zapped.clock.at += EXPECTED_WITHIN

    async def sweep() -> int:
        async with zapped.sessions.begin() as session:
            return await tell_missing_boards(session, office=zapped.office, now=zapped.now)

    counts = await together(*[sweep] * 4)

    assert sorted(counts) == [0, 0, 0, 1]


async def test_without_the_boards_system_a_person_fits_what_the_automation_makes(
    database_url: URL,
) -> None:
    async with zapped_on(database_url, connected=False) as world:
        await world.receive()

        plan = await world.plan()
        (task,) = [one for one in await world.tasks() if "board" in one.title]
        assert (plan.board_state, task.title) == ("by_hand", "Fit the upgrade board by hand")
        assert "PROP-1042" in task.instructions
        assert "Groups to remove: Google Business." in task.instructions
        named = world.do(point_at_board, PointAtBoard(plan.id, "4711"))
        assert await refusal(named) == "board_not_connected"
        assert System.BOARD not in world.office.connected


async def test_an_item_that_is_to_be_done_takes_the_complete_email_back(zapped: World) -> None:
    # Given a plan whose Complete e-mail the helpdesk has scheduled before the board is there
    await zapped.at(local("2026-12-01 09:00"))
    await zapped.receive()
    await zapped.set_up()
    await zapped.confirm()
    await zapped.send_complete()
    assert (await zapped.plan()).complete_email == "delivered"

    # When the board comes with an item in a stage of the playbook that is no step of it
    number = await zapped.zap_makes_board(NAME)
    group = {"board": number, "group": await group_of(zapped, number, "SMS")}
    await ask_monday(zapped.http, ADD, **group, name="Order a short code")
    await zapped.look_for_boards()

    # Then the e-mail, which says that all is done, does not leave, and the trail says why
    plan = await zapped.plan()
    assert (plan.complete_email, plan.blockers) == ("not_sent", 2)
    (entry,) = [one for one in await zapped.audit() if one.action == "complete_email.withdrawn"]
    assert entry.reason == "'Order a short code' is on the board, and is to be done."
    await zapped.at(local("2026-12-01 10:00"))
    assert [mail["subject"].split(":")[0] for mail in zapped.mails()] == ["Upgrade Begun"]

    # and once that is done it is sent
    await zapped.set_up()
    await zapped.send_complete()
    await zapped.at(local("2026-12-01 11:00"))
    assert len(zapped.mails()) == 2


async def test_that_nobody_looks_for_a_board_any_more_is_told(zapped: World) -> None:
    # Given a plan that is over while its board is awaited
    await zapped.receive()
    plan = await zapped.plan()
    await zapped.change(
        "UPDATE plans SET state = 'completed', went_live_at = live_at, completed_at = live_at"
    )

    # When it is looked for once more
    await zapped.work.board_reader.find_board(plan.id, 0, None)

    # Then that ends, and the trail says so
    assert (await zapped.plan()).board_state == "none"
    (told,) = [one for one in await zapped.audit() if one.action == "board.not_awaited"]
    assert (told.before, told.after) == ({"board_state": "awaited"}, {"board_state": "none"})
