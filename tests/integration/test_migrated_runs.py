"""Runs that an earlier version kept with steps of their own go on with the steps as tasks."""

from sqlalchemy import URL, select

from app.db.models import Task
from tests.integration.test_migrations import alembic
from tests.running import Running
from tests.scenarios.test_client_onboarding import onboarding
from tests.world import World, world_on

SHOWN = (
    "SELECT step, step_state, state, title, board_group, role, due_on, due_at, checklist, answers,"
    " done_by, reason, position, key FROM tasks WHERE step IS NOT NULL ORDER BY position"
)


async def worked_at(world: World) -> Running:
    story = await onboarding(world)
    await story.executes("technician", "preboarding")
    await story.verifies("service_manager", "preboarding")
    await story.ticks("technician", "kickoff")
    return story


async def test_steps_with_what_was_done_to_them_become_tasks(database_url: URL) -> None:
    # given a run that was worked at, and its steps in the table of before
    async with world_on(database_url) as world:
        await worked_at(world)
        before = await world.rows(SHOWN)
    alembic(database_url, "downgrade", "0013")

    # when it is brought up to date
    alembic(database_url, "upgrade", "head")

    # then every step is the task that it would have been, and the run goes on
    async with world_on(database_url) as world:
        assert await world.rows(SHOWN) == before
        (task,) = await world.all(select(Task).where(Task.step == "kickoff"))
        assert (task.step_state, all(item["done"] for item in task.checklist)) == ("ready", True)
