"""What people do on the board is done in the plan, over the stand-in's real webhooks."""

from dataclasses import replace
from datetime import date

from sqlalchemy import URL

from app.services.tasks import Amend, amend_task, complete_task, reopen_task
from app.services.tasks import Complete as Tick
from tests.boarded import ADDRESS, BILLING, IMPORT, SENDER, Boarded, Door
from tests.builders import make_service, signed_document
from tests.builders import office as make_office
from tests.world import day, local, world_on


async def test_a_filled_board_is_watched_once_and_our_own_writes_change_nothing(
    boarded: Boarded,
) -> None:
    (watch,) = await boarded.world.deliveries("board.watch")

    assert (watch.state, boarded.world.operations("monday").count("create_webhook")) == (
        "delivered",
        1,
    )
    # Every item was dated and assigned by us: the echo of it is known without a look.
    assert await boarded.events() == {
        ("ignored", "The task holds what the item is said to show."),
        ("ignored", "Nobody here listens to this event."),
    }
    assert boarded.reads() == 0
    assert await boarded.changes() == []


async def test_a_board_that_cannot_reach_us_at_first_is_watched_later(database_url: URL) -> None:
    door = Door()
    door.open = False
    office = replace(make_office(), board_events_url=ADDRESS)
    async with world_on(database_url, office=office, post=door.post) as world:
        door.app = make_service(
            world.sessions, world.clock, at=world.office, senders={"monday": SENDER}
        )
        await world.store_event(signed_document())
        for _ in range(6):
            await world.run_jobs()
        assert "create_webhook" not in world.operations("monday")

        door.open = True
        await world.run_until_idle()

        assert world.operations("monday").count("create_webhook") == 1


async def test_ticking_an_item_ticks_the_task_with_its_checklist(boarded: Boarded) -> None:
    fits = await boarded.fits()

    await boarded.hand(done="true")
    await boarded.settle()

    task = await boarded.task()
    assert (task.state, task.done_by) == ("done", "monday")
    assert task.checklist
    assert all(item["done"] for item in task.checklist)
    assert await boarded.changes() == [("task.completed", "monday")]
    # It is on the board already: nothing is written there, nobody is told.
    assert await boarded.fits() == fits
    assert await boarded.told() == []


async def test_ticking_the_task_ticks_the_item_and_comes_back_as_nothing(boarded: Boarded) -> None:
    task = await boarded.task()

    await boarded.world.do(complete_task, Tick(task.id))
    await boarded.settle()

    assert await boarded.on_board() == (True, "2026-11-26")
    assert await boarded.changes() == [("task.completed", "Tester")]
    assert boarded.reads() == 0


async def test_opening_an_item_again_opens_the_task(boarded: Boarded) -> None:
    await boarded.hand(done="true")
    await boarded.settle()

    await boarded.hand(done="false")
    await boarded.settle()

    assert (await boarded.task()).state == "open"
    assert await boarded.changes() == [("task.completed", "monday"), ("task.reopened", "monday")]


async def test_opening_the_task_again_takes_the_mark_off_the_board(boarded: Boarded) -> None:
    await boarded.hand(done="true")
    await boarded.settle()

    await boarded.world.do(reopen_task, (await boarded.task()).id)
    await boarded.settle()

    assert (await boarded.on_board())[0] is False
    assert (await boarded.task()).state == "open"


async def test_a_date_given_on_the_board_is_the_tasks(boarded: Boarded) -> None:
    await boarded.hand(due_on="2026-12-03")
    await boarded.settle()

    assert (await boarded.task()).due_on == day("2026-12-03")
    assert await boarded.on_board() == (False, "2026-12-03")
    assert await boarded.changes() == [("task.amended", "monday")]


async def test_a_date_taken_off_the_board_moves_nothing(boarded: Boarded) -> None:
    await boarded.hand(due_on="")
    await boarded.settle()

    assert (await boarded.task()).due_on == day("2026-11-26")
    assert await boarded.told() == []


async def test_a_date_past_the_live_date_is_set_back_and_told_once(boarded: Boarded) -> None:
    await boarded.hand(due_on="2026-12-08")
    await boarded.settle()

    assert (await boarded.task()).due_on == day("2026-11-26")
    assert await boarded.on_board() == (False, "2026-11-26")
    (said,) = await boarded.told()
    assert IMPORT in said
    assert "was given another date on the board" in said
    assert "cannot be due after it" in said
    assert f"/console/plans/{(await boarded.world.plan()).id}" in said
    assert await boarded.changes() == []


async def test_a_tick_and_a_date_in_one_go_are_taken_each_for_itself(boarded: Boarded) -> None:
    await boarded.hand(done="true", due_on="2026-12-08")
    await boarded.settle()

    task = await boarded.task()
    assert (task.state, task.due_on) == ("done", day("2026-11-26"))
    assert await boarded.on_board() == (True, "2026-11-26")
    assert len(await boarded.told()) == 1


async def test_billing_is_not_changed_by_a_tick(boarded: Boarded) -> None:
    await boarded.world.at(local("2026-12-01 09:00"))
    await boarded.settle()

    await boarded.hand(BILLING, done="true")
    await boarded.settle()

    assert (await boarded.task(BILLING)).state == "open"
    assert (await boarded.on_board(BILLING))[0] is False
    (said,) = await boarded.told()
    assert BILLING in said
    assert "The board shows again what the plan holds." in said
    (told,) = [one for one in await boarded.world.audit() if one.action == "board.change_refused"]
    assert str(told.reason).endswith("The board shows again what the plan holds.")


async def test_what_was_billed_is_not_opened_again_from_the_board(boarded: Boarded) -> None:
    await boarded.world.at(local("2026-12-01 09:00"))
    await boarded.world.confirm(("start_service", "priority_support"))
    await boarded.settle()
    assert (await boarded.on_board(BILLING))[0] is True

    await boarded.hand(BILLING, done="false")
    await boarded.settle()

    assert (await boarded.task(BILLING)).state == "done"
    assert (await boarded.on_board(BILLING))[0] is True
    (said,) = await boarded.told()
    assert "was opened again on the board" in said


async def test_a_tick_survives_a_write_of_ours_that_is_on_its_way(boarded: Boarded) -> None:
    task = await boarded.task()
    await boarded.world.only(amend_task, Amend(task.id, date(2026, 12, 2), None))

    await boarded.hand(done="true")
    await boarded.world.vendors.call_webhooks()
    await boarded.settle()

    task = await boarded.task()
    assert (task.state, task.due_on) == ("done", day("2026-12-02"))
    assert await boarded.on_board() == (True, "2026-12-02")
    assert await boarded.told() == []


async def test_while_a_write_of_ours_is_unsettled_nothing_is_taken_over(boarded: Boarded) -> None:
    task, world = await boarded.task(), boarded.world
    await world.only(complete_task, Tick(task.id))
    assert task.board_item_ref is not None
    assert task.plan_id is not None

    await world.work.board_reader.read_item(task.plan_id, task.board_item_ref, 0)

    # The item still shows the task open; that is our own delay, and nobody's wish.
    assert (await boarded.task()).state == "done"
    assert boarded.reads() == 0
    await boarded.settle()
    assert await boarded.on_board() == (True, "2026-11-26")
    assert await boarded.changes() == [("task.completed", "Tester")]


async def test_where_our_last_write_failed_only_a_tick_is_somebodys(boarded: Boarded) -> None:
    task, world = await boarded.task(), boarded.world
    await world.only(amend_task, Amend(task.id, date(2026, 12, 2), None))
    await world.rows(
        "UPDATE deliveries SET state = 'failed', settled_at = now() "
        "WHERE state = 'pending' RETURNING id"
    )

    await boarded.hand(done="true")
    await boarded.settle()

    task = await boarded.task()
    assert (task.state, task.due_on) == ("done", day("2026-12-02"))


async def test_an_item_that_cannot_be_read_is_read_again(boarded: Boarded) -> None:
    boarded.world.fault("monday", "ItemAgain", "500", 3)

    await boarded.hand(done="true")
    await boarded.settle()

    assert (await boarded.task()).state == "done"


async def test_an_item_that_can_never_be_read_is_told(boarded: Boarded) -> None:
    boarded.world.fault("monday", "ItemAgain", "500", 40)

    await boarded.hand(done="true")
    await boarded.settle()

    assert (await boarded.task()).state == "open"
    (said,) = await boarded.told()
    assert "could not be read" in said


async def test_ticks_that_arrive_out_of_order_are_all_taken_over(boarded: Boarded) -> None:
    # Given that monday tells of the last of three ticks first
    await boarded.hand("Build the SMS automations", done="true")
    await boarded.hand("Register the SMS sender number", done="true")
    await boarded.hand("Import the client's SMS contacts", done="true")
    await boarded.settle()

    # Then all three are done, and nothing is set back
    for title in (
        "Register the SMS sender number",
        "Import the client's SMS contacts",
        "Build the SMS automations",
    ):
        assert (await boarded.task(title)).state == "done"
        assert (await boarded.on_board(title))[0]
    assert await boarded.told() == []


async def test_a_tick_whose_steps_before_it_are_open_is_set_back(boarded: Boarded) -> None:
    await boarded.hand("Build the SMS automations", done="true")
    await boarded.settle()

    assert (await boarded.task("Build the SMS automations")).state == "open"
    assert (await boarded.on_board("Build the SMS automations"))[0] is False
    (said,) = await boarded.told()
    assert "It waits for: Register the SMS sender number" in said
