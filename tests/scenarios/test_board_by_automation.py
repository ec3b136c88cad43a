"""A Zap makes the board: found by the agreement's number, fitted, and watched."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import URL

from app.domain.board_search import EXPECTED_WITHIN, BoardBy
from app.services.board_pointing import PointAtBoard, point_at_board
from app.services.endings import Because, cancel_plan, hold_plan, resume_plan
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.tasks import Complete, complete_task
from tests.boarded import ADDRESS, SENDER, Boarded, Door
from tests.builders import make_service, stored_staff
from tests.builders import office as make_office
from tests.scenarios.zapping import (
    ADD,
    AUDIENCE,
    NAME,
    RENAME,
    SMS,
    TICK,
    board_standing,
    id_of,
    needs_its_board,
    open_requests,
    wait,
    written_to_boards,
)
from tests.wired_vendors import ask_monday
from tests.world import World, day, world_on

# There before the plan ------------------------------------------------------------------------


async def test_a_board_that_was_there_before_the_plan_is_found_and_fitted(zapped: World) -> None:
    # Given a Zap that was faster than we, and that made a board for another agreement too
    await zapped.zap_makes_board("Bay Physio (PROP-10421)")
    number = await zapped.zap_makes_board(NAME)
    await ask_monday(zapped.http, ADD, board=number, name="Ask for the logo")

    # When the agreement comes in
    await zapped.receive()

    # Then there is that one board, under its own name, less what the movement removes
    assert await board_standing(zapped) == ("ready", number)
    assert "duplicate_board" not in zapped.operations("monday")
    board = await zapped.board()
    assert board.name == NAME
    assert "Google Business" not in board.groups
    # ... everything on it has its person and its date
    assert {item.person for item in board.items} == {"Sue Sample"}
    assert all(item.due_on for item in board.items)
    # ... what was on it and in no playbook is a task, and what it lacked is on it
    tasks = {task.title: task for task in await zapped.tasks()}
    assert tasks["Ask for the logo"].board_item_ref is not None
    assert {item.title for item in board.items} == set(tasks)
    assert needs_its_board(zapped) == []
    told = [entry.action for entry in await zapped.audit() if entry.action.startswith("board.")]
    assert told == ["board.found", "board.filled"]


async def test_a_board_whose_name_only_begins_like_it_is_left_alone(zapped: World) -> None:
    await zapped.zap_makes_board("Harbour Dental (PROP-10422)")
    await zapped.zap_makes_board("Harbour Dental PROP-1042-2")

    await zapped.receive()

    assert await board_standing(zapped) == ("awaited", None)
    assert written_to_boards(zapped) == []


async def test_what_was_ticked_before_we_came_is_ticked_here(zapped: World) -> None:
    # Given a board on which somebody has worked already
    number = await zapped.zap_makes_board(NAME)
    item = await id_of(zapped, number, SMS)
    values = '{"status": {"label": "Done"}, "date4": {"date": "2026-11-21"}}'
    await ask_monday(zapped.http, TICK, board=number, item=item, values=values)

    # When it becomes the plan's
    await zapped.receive()

    # Then the task is done, and is dated as the plan dates it
    task = next(task for task in await zapped.tasks() if task.title == SMS)
    assert (task.state, task.done_by, task.due_on) == ("done", "monday", day("2026-11-26"))
    assert {one.state for one in await zapped.tasks() if one is not task} >= {"open"}


# Late -----------------------------------------------------------------------------------------


async def test_a_late_board_is_waited_for_and_keeps_its_name_when_the_plan_moves(
    zapped: World,
) -> None:
    # Given a plan whose board is not there yet; it is moved meanwhile
    await zapped.receive()
    assert await board_standing(zapped) == ("awaited", None)
    assert zapped.operations("monday") == []
    plan = await zapped.plan()
    await zapped.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "The client is away."))

    # When the Zap has come round
    number = await zapped.zap_makes_board(NAME)
    await wait(zapped, timedelta(minutes=5))

    # Then the board is fitted to the new date, and moves with the next one, all but its name
    assert await board_standing(zapped) == ("ready", number)
    before = {item.title: item.due_on for item in (await zapped.board()).items}
    await zapped.do(set_live_date, SetLiveDate(plan.id, day("2026-12-21"), "Once more."))
    after = await zapped.board()
    assert after.name == NAME
    assert before[SMS] < next(item.due_on for item in after.items if item.title == SMS)
    assert needs_its_board(zapped) == []


async def test_a_board_that_is_found_while_the_plan_is_on_hold_is_fitted(zapped: World) -> None:
    await zapped.receive()
    plan = await zapped.plan()
    await zapped.do(hold_plan, Because(plan.id, "The client asked us to wait."))
    # Nobody is asked for the board of a plan that stands still.
    await wait(zapped, 2 * EXPECTED_WITHIN)
    assert needs_its_board(zapped) == []

    await zapped.zap_makes_board(NAME)
    await zapped.look_for_boards()
    await zapped.do(resume_plan, plan.id)

    assert (await zapped.plan()).board_state == "ready"
    assert needs_its_board(zapped) == []


async def test_the_late_board_of_a_cancelled_plan_is_left_alone(zapped: World) -> None:
    # Given a plan that is cancelled while its board is awaited
    await zapped.receive()
    plan = await zapped.plan()
    await zapped.do(cancel_plan, Because(plan.id, "Signed by mistake."))

    # When the Zap makes the board all the same
    await zapped.zap_makes_board(NAME)
    await wait(zapped, timedelta(hours=1))

    # Then nobody looks for it, writes to it or asks for it
    assert (await zapped.plan()).board_ref is None
    assert written_to_boards(zapped) == []
    assert needs_its_board(zapped) == []
    assert await zapped.rows("SELECT 1 FROM jobs.pgqueuer") == []


# Two boards -----------------------------------------------------------------------------------


async def test_of_two_boards_none_is_guessed_and_a_person_decides(zapped: World) -> None:
    # Given a Zap that ran twice
    first = await zapped.zap_makes_board(NAME)
    second = await zapped.zap_makes_board(f"{NAME} again")

    # When the agreement comes in, and the boards are looked for again and again
    await zapped.receive()
    await wait(zapped, timedelta(minutes=5))
    await wait(zapped, 2 * EXPECTED_WITHIN)

    # Then neither was touched, and Support was told once, with both
    assert await board_standing(zapped) == ("awaited", None)
    assert written_to_boards(zapped) == []
    (said,) = needs_its_board(zapped)
    assert all(f"#board-{number}" in said for number in (first, second))
    (asked,) = await open_requests(zapped)
    assert asked == "Choose the upgrade board: 2 have PROP-1042 in their names"

    # When Support says which
    plan = await zapped.plan()
    await zapped.do(point_at_board, PointAtBoard(plan.id, second))

    # Then that one is the plan's, and nothing more is asked
    assert await board_standing(zapped) == ("ready", second)
    assert (await zapped.board()).name == f"{NAME} again"
    assert await open_requests(zapped) == []


async def test_the_one_board_that_is_left_of_two_is_taken(zapped: World) -> None:
    first = await zapped.zap_makes_board(NAME)
    second = await zapped.zap_makes_board(NAME)
    await zapped.receive()

    await ask_monday(zapped.http, RENAME, board=second, to="Made twice, not used")
    await wait(zapped, timedelta(minutes=5))

    assert await board_standing(zapped) == ("ready", first)


async def test_a_board_that_names_two_agreements_belongs_to_the_plan_that_has_it(
    zapped: World,
) -> None:
    # Given a plan with its board, whose name holds another agreement too
    await zapped.zap_makes_board("PROP-1042, and PROP-7 before it")
    await zapped.receive()

    # When the other agreement comes in, and its own board is made
    await zapped.receive(
        agreement__ref="PROP-7",
        client__ref="C-78",
        client__name="Bay Physio",
        client__email="owner@bayphysio.example",
    )
    own = await zapped.zap_makes_board("Bay Physio PROP-7")
    await wait(zapped, timedelta(minutes=5))

    assert (await zapped.plans())[1].board_ref == own
    assert needs_its_board(zapped) == []


# Watched ---------------------------------------------------------------------------------------


async def test_a_board_that_was_found_is_watched_and_ticks_go_both_ways(
    database_url: URL,
) -> None:
    office = replace(make_office(), board_by=BoardBy.AUTOMATION, board_events_url=ADDRESS)
    door = Door()
    async with world_on(database_url, office=office, post=door.post) as world:
        door.app = make_service(
            world.sessions, world.clock, at=world.office, senders={"monday": SENDER}
        )
        await stored_staff(world.sessions)
        await world.zap_makes_board(NAME)
        await world.receive()
        boarded = Boarded(world, door)
        await boarded.settle()

        # When one is ticked there, and another one here
        await boarded.hand(SMS, done="true")
        await world.do(complete_task, Complete((await boarded.task(AUDIENCE)).id))
        await boarded.settle()

        # Then both are done on both sides
        for title in (SMS, AUDIENCE):
            assert (await boarded.task(title)).state == "done"
            assert (await boarded.on_board(title))[0]
        assert world.operations("monday").count("create_webhook") == 1
