"""A Zap makes the board: found by the agreement's number and fitted, or a person is asked."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import URL

from app.domain.board_search import EXPECTED_WITHIN, BoardBy
from app.services.board_pointing import PointAtBoard, point_at_board
from app.services.endings import Because, cancel_plan, hold_plan, resume_plan
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.tasks import Complete, complete_task
from tests.boarded import ADDRESS, SENDER, Boarded, Door
from tests.builders import make_service, stored_staff
from tests.builders import office as make_office
from tests.wired_vendors import ask_monday
from tests.world import World, day, refusal, world_on

NAME = "Harbour Dental (PROP-1042)"
SMS = "Import the client's SMS contacts"
AUDIENCE = "Import the e-mail audience"
RENAME = """mutation ($board: ID!, $to: String!) {
    update_board(board_id: $board, board_attribute: name, new_value: $to) }"""
ADD = """mutation ($board: ID!, $name: String!) {
    create_item(board_id: $board, item_name: $name) { id } }"""
TICK = """mutation ($board: ID!, $item: ID!, $values: JSON!) { change_multiple_column_values(
    board_id: $board, item_id: $item, column_values: $values) { id } }"""


ARCHIVE = """mutation ($board: ID!, $group: String!) {
    archive_group(board_id: $board, group_id: $group) { id } }"""
PARTS = """query ($board: ID!) { boards(ids: [$board]) {
    groups { id name: title } items_page(limit: 100) { items { id name } } } }"""


@pytest.fixture
async def zapped(database_url: URL) -> AsyncIterator[World]:
    """An installation whose boards an automation makes, on Friday 20 November 2026."""
    office = replace(make_office(), board_by=BoardBy.AUTOMATION)
    async with world_on(database_url, office=office) as world:
        await stored_staff(world.sessions)
        yield world


async def id_of(world: World, board: str, name: str) -> str:
    """The id of the group or item of this name on a board."""
    (shown,) = (await ask_monday(world.http, PARTS, board=board))["boards"]
    parts = [*shown["groups"], *shown["items_page"]["items"]]
    return next(str(part["id"]) for part in parts if part["name"] == name)


def needs_its_board(world: World) -> list[str]:
    """What Support was told about boards, whole."""
    posts = world.effects("google_chat")
    return [post["text"] for post in posts if "*Needs its board" in post["text"]]


async def board_standing(world: World) -> tuple[str, str | None]:
    plan = await world.plan()
    return plan.board_state, plan.board_ref


def written_to_boards(world: World) -> list[str]:
    """What the service did on boards; making one is the Zap's."""
    return [one for one in world.operations("monday") if one != "create_board"]


async def open_requests(world: World) -> list[str]:
    """The open tasks that ask a person to see to the board."""
    return [
        task.title
        for task in await world.tasks()
        if task.key.startswith("follow_up:board_") and task.state == "open"
    ]


async def wait(world: World, time: timedelta) -> None:
    """Let time pass, and the board be looked for once more."""
    await world.at(world.now + time)
    await world.look_for_boards()


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


# Never ----------------------------------------------------------------------------------------


async def test_a_board_that_never_comes_is_asked_for_once_and_looked_for_all_the_same(
    zapped: World,
) -> None:
    # Given a plan whose board should be there by now
    await zapped.receive()
    await wait(zapped, EXPECTED_WITHIN - timedelta(minutes=2))
    assert needs_its_board(zapped) == []

    await wait(zapped, timedelta(minutes=2))
    await wait(zapped, timedelta(days=1))

    # Then Support was told once, and has a task that holds nothing up
    (said,) = needs_its_board(zapped)
    assert "No board has PROP-1042 in its name yet" in said
    (task,) = [one for one in await zapped.tasks() if one.key == "follow_up:board_missing"]
    assert (task.state, task.blocks_ready, task.role) == ("open", False, "support")

    # When it comes after all
    await zapped.zap_makes_board(NAME)
    await zapped.look_for_boards()

    # Then it is the plan's, and the task is closed and not on it
    assert (await zapped.plan()).board_state == "ready"
    assert await open_requests(zapped) == []
    assert task.title not in [item.title for item in (await zapped.board()).items]


async def test_a_person_keeps_the_board_by_hand(zapped: World) -> None:
    await zapped.receive()
    await wait(zapped, EXPECTED_WITHIN)
    plan = await zapped.plan()

    await zapped.do(point_at_board, PointAtBoard(plan.id, None))
    await zapped.zap_makes_board(NAME)
    await zapped.look_for_boards()

    assert await board_standing(zapped) == ("by_hand", None)
    assert await open_requests(zapped) == []
    assert written_to_boards(zapped) == []


async def test_a_person_names_a_board_that_has_another_name(zapped: World) -> None:
    # Given a board without the number, on which a group was removed already, as is the custom
    await zapped.receive()
    number = await zapped.zap_makes_board("Harbour upgrade")
    group = await id_of(zapped, number, "Google Business")
    await ask_monday(zapped.http, ARCHIVE, board=number, group=group)

    # When Support names it
    plan = await zapped.plan()
    await zapped.do(point_at_board, PointAtBoard(plan.id, number))

    # Then it is taken as it is, once it has stood still for a while
    plan = await zapped.plan()
    assert (plan.board_state, plan.board_ref) == ("ready", number)
    assert plan.board_url is not None
    board = await zapped.board()
    assert board.name == "Harbour upgrade"
    assert {item.title for item in board.items} == {task.title for task in await zapped.tasks()}


async def test_a_bare_board_gets_everything(zapped: World) -> None:
    await zapped.zap_makes_board(NAME, from_template=False)

    await zapped.receive()

    board = await zapped.board()
    assert {item.title for item in board.items} == {task.title for task in await zapped.tasks()}
    assert {item.group for item in board.items} >= {"SMS", "Email Marketing", "Handover"}


@pytest.mark.parametrize("wrong", ["4711", "7700000001"])
async def test_a_board_that_cannot_be_it_is_told_and_another_can_be_named(
    zapped: World, wrong: str
) -> None:
    # Given a number that monday does not know, or that is the template's
    await zapped.receive()
    plan = await zapped.plan()
    await zapped.do(point_at_board, PointAtBoard(plan.id, wrong))

    (said,) = needs_its_board(zapped)
    assert f"Board {wrong} cannot be used" in said
    assert await board_standing(zapped) == ("by_hand", None)
    assert written_to_boards(zapped) == []

    number = await zapped.zap_makes_board("Harbour upgrade")
    await zapped.do(point_at_board, PointAtBoard(plan.id, number))

    assert await board_standing(zapped) == ("ready", number)


# Our own board --------------------------------------------------------------------------------


async def test_a_board_that_we_could_not_make_can_be_a_persons(world: World) -> None:
    # Given a board that could not be made, however often it was tried
    world.fault("monday", "DuplicateBoard", "429", 12)
    await world.receive()
    (create,) = await world.deliveries("board.create")
    assert create.state == "failed"

    # When Support makes one, and names it
    number = await world.zap_makes_board("Made by Sue")
    plan = await world.plan()
    await world.do(point_at_board, PointAtBoard(plan.id, number))

    # Then it is the plan's under its own name, and ours is not tried again
    assert (await world.plan()).board_state == "ready"
    assert (await world.board()).name == "Made by Sue"
    (create,) = await world.deliveries("board.create")
    assert create.state == "done_by_hand"
    await world.do(set_live_date, SetLiveDate(plan.id, day("2026-12-14"), "Moved."))
    assert (await world.board()).name == "Made by Sue"


async def test_a_plan_with_its_board_takes_no_other(world: World) -> None:
    await world.receive()
    plan = await world.plan()

    code = await refusal(world.do(point_at_board, PointAtBoard(plan.id, "4711")))

    assert code == "board_there"


async def test_the_board_of_another_plan_is_refused(zapped: World) -> None:
    taken = await zapped.zap_makes_board(NAME)
    await zapped.receive()
    await zapped.receive(
        agreement__ref="PROP-7",
        client__ref="C-78",
        client__name="Bay Physio",
        client__email="owner@bayphysio.example",
    )
    other = (await zapped.plans())[1]

    assert await refusal(zapped.do(point_at_board, PointAtBoard(other.id, taken))) == "board_taken"

    # Once that plan is cancelled, its board may be used again.
    await zapped.do(cancel_plan, Because((await zapped.plans())[0].id, "Signed by mistake."))
    await zapped.do(point_at_board, PointAtBoard(other.id, taken))
    assert (await zapped.plans())[1].board_state == "ready"


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
