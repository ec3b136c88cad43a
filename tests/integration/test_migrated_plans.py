"""Plans that an earlier version made go on as if this one had made them."""

from sqlalchemy import URL

from app.domain.calendar import zone_of
from app.scheduler.ticks import TICKS
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
