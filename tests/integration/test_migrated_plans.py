"""Plans that an earlier version made go on as if this one had made them."""

from sqlalchemy import URL

from app.domain.calendar import zone_of
from app.scheduler.ticks import TICKS
from app.services.endings import Because, cancel_plan
from app.services.tasks import Complete, complete_task, reopen_task
from tests.builders import stored_staff
from tests.integration.test_migrations import alembic
from tests.world import world_on


async def test_an_open_plan_of_before_gets_all_of_its_reminders(database_url: URL) -> None:
    # Given a plan of the version before, which knew two reminders
    async with world_on(database_url) as world:
        await stored_staff(world.sessions)
        await world.receive()
        await world.change("DELETE FROM timers WHERE moment NOT LIKE 'acknowledgement%'")
    alembic(database_url, "downgrade", "0002")

    # When it is brought up to date, and the clock looks
    alembic(database_url, "upgrade", "head")
    async with world_on(database_url) as world:
        await TICKS["reminders"].run(world.work)

        # Then it has the others too, and nothing was said
        rows = await world.rows(
            "SELECT moment, fires_at FROM timers WHERE state = 'waiting' ORDER BY fires_at"
        )
        brisbane = zone_of("Australia/Brisbane")
        assert [(moment, f"{at.astimezone(brisbane):%d %H:%M}") for moment, at in rows] == [
            ("tasks_overdue", "25 09:00"),
            ("overdue_escalated", "27 09:00"),
            ("acknowledgement_due", "04 09:00"),
            ("acknowledgement_overdue", "04 15:00"),
        ]
        assert "plan.reminded" not in {entry.action for entry in await world.audit()}


async def test_a_plan_that_began_without_a_run_goes_on_without_one(database_url: URL) -> None:
    # Given a plan of the version before, whose steps were tasks alone
    async with world_on(database_url) as world:
        await stored_staff(world.sessions)
        await world.receive()
        waits = next(task.id for task in await world.tasks() if task.step == "sms_automations")
    alembic(database_url, "downgrade", "0014")

    # When it is brought up to date, and people work on it
    alembic(database_url, "upgrade", "head")
    async with world_on(database_url) as world:
        await world.do(complete_task, Complete(waits))
        await world.do(reopen_task, waits)
        await world.set_up()

        # Then its tasks are done in whatever order, and it is cancelled as any plan is
        plan = await world.plan()
        assert plan.run_id is None
        setup = [task for task in await world.tasks() if task.kind == "setup"]
        assert {(task.state, task.step) for task in setup} == {("done", None)}
        await world.do(cancel_plan, Because(plan.id, "Signed by mistake."))
        assert (await world.plan()).state == "cancelled"
