"""No board comes, or none of ours can be made: a person is asked, and may name one."""

from datetime import timedelta

import pytest

from app.domain.board_search import EXPECTED_WITHIN
from app.services.board_pointing import PointAtBoard, point_at_board
from app.services.endings import Because, cancel_plan
from app.services.live_dates import SetLiveDate, set_live_date
from tests.scenarios.zapping import (
    ARCHIVE,
    NAME,
    board_standing,
    id_of,
    needs_its_board,
    open_requests,
    wait,
    written_to_boards,
)
from tests.wired_vendors import ask_monday
from tests.world import World, day, refusal

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
