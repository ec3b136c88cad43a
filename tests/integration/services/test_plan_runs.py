"""A plan is a run of its playbook: pinned to its version, moved by its tasks, over with it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.db.models import PlaybookRun, Task
from app.domain.run.acting import cancelled, completed, ticked
from app.domain.run.errors import StepRefuses
from app.domain.run.model import Moved, Person
from app.domain.run.moving import Moving
from app.domain.run.reopening import reopened
from app.queries.measures import Period, measured
from app.services.endings import Because, cancel_plan
from app.services.runs.acting import Act, act
from app.services.runs.saving import Done
from app.services.tasks import Complete, block_task, complete_task, reopen_task, skip_task
from tests.world import World, local, refusal


async def states(world: World) -> dict[str, str]:
    return {f"{task.step}": f"{task.step_state}" for task in await world.tasks() if task.step}


async def task_of(world: World, step: str) -> Task:
    (task,) = [task for task in await world.tasks() if task.step == step]
    return task


async def mark_of(world: World, task: Task) -> str:
    """What the board shows of a task."""
    (item,) = [one for one in (await world.board()).items if one.title == task.title]
    return item.status


async def run_of_plan(world: World) -> PlaybookRun:
    (run,) = await world.all(select(PlaybookRun))
    found: PlaybookRun = run
    return found


async def test_a_plan_that_begins_is_a_run_and_its_steps_wait_for_one_another(
    world: World,
) -> None:
    # when an agreement is signed
    await world.receive()

    # then its plan is a run of the playbook, anchored at its dates
    plan, run = await world.plan(), await run_of_plan(world)
    assert (plan.run_id, run.subject_ref, run.state) == (run.id, plan.ref, "running")
    assert (run.playbook, run.playbook_version) == ("client-upgrade", 1)
    assert run.anchors == {
        "signed": "2026-11-20T03:11:58+00:00",
        "live": "2026-12-06T14:00:00+00:00",
    }
    assert (await states(world)) == {
        "sms_sender": "ready",
        "sms_contacts": "ready",
        "sms_automations": "waiting",
        "email_domain": "ready",
        "email_audience": "ready",
        "email_welcome": "waiting",
        "brief_marketing": "waiting",
    }

    # and what waits is refused, until what it waits for is done or skipped
    waits = await task_of(world, "sms_automations")
    with pytest.raises(StepRefuses) as refused:
        await world.do(complete_task, Complete(waits.id))
    assert refused.value.detail == (
        "A step that is waiting does not allow 'complete'; this is possible while it is ready. "
        "It waits for: Register the SMS sender number, Import the client's SMS contacts."
    )
    await world.do(complete_task, Complete((await task_of(world, "sms_sender")).id))
    await world.do(skip_task, (await task_of(world, "sms_contacts")).id, "They have none.")
    assert (await states(world))["sms_automations"] == "ready"
    await world.do(complete_task, Complete(waits.id))
    assert (await task_of(world, "sms_automations")).done_by == "Tester"

    # and one that is opened again holds up what was not begun
    await world.do(complete_task, Complete((await task_of(world, "email_domain")).id))
    await world.do(complete_task, Complete((await task_of(world, "email_audience")).id))
    assert (await states(world))["email_welcome"] == "ready"
    await world.do(reopen_task, (await task_of(world, "email_domain")).id)
    assert (await states(world))["email_welcome"] == "waiting"
    assert not any(item["done"] for item in (await task_of(world, "email_domain")).checklist)


async def test_a_blocked_step_of_a_plan_may_be_done_all_the_same(world: World) -> None:
    await world.receive()
    task = await task_of(world, "sms_sender")
    await world.do(block_task, task.id, "The provider is away.")
    assert (await states(world))["sms_sender"] == "blocked"

    await world.do(complete_task, Complete(task.id))

    done = await task_of(world, "sms_sender")
    assert (done.state, done.step_state, done.reason, done.blocked_at) == (
        "done",
        "done",
        None,
        None,
    )


async def test_what_is_done_to_the_run_is_done_to_the_plan_and_its_board(world: World) -> None:
    # given a plan that could send its Complete e-mail
    await world.receive()
    await world.set_up()
    await world.at(local("2026-12-01 09:00"))
    await world.confirm()
    await world.send_complete()
    run = await run_of_plan(world)

    # when a step is opened again on the run, and is ticked there
    reopen = Act(
        run.id,
        Done("run.step_reopened", "sms_sender"),
        lambda moving, _: reopened(moving, "sms_sender", "The sender is wrong."),
    )
    await world.do(act, reopen)
    plan = await world.plan()
    task = await task_of(world, "sms_sender")
    assert (task.state, task.reason) == ("open", "The sender is wrong.")
    assert (plan.blockers, plan.complete_email) == (2, "not_sent")
    assert await mark_of(world, task) != "Done"

    def tick_all(moving: Moving, by: Person) -> Moved:
        for item in range(3):
            ticked(moving, "sms_sender", item, None, by)
        return completed(moving, "sms_sender", {}, by)

    await world.do(act, Act(run.id, Done("run.step_completed", "sms_sender"), tick_all))

    # then the plan and the board have it done
    assert (await world.plan()).blockers == 1
    assert (await task_of(world, "sms_sender")).done_by == "Tester"
    assert await mark_of(world, task) == "Done"


async def test_the_run_of_a_plan_is_over_with_the_plan_and_not_before(world: World) -> None:
    await world.receive()
    run = await run_of_plan(world)

    # it is not given up by itself
    command = Act(run.id, Done("run.cancelled"), lambda moving, _: cancelled(moving, "No."))
    assert await refusal(world.do(act, command)) == "ends_with_its_plan"

    await world.do(cancel_plan, Because((await world.plan()).id, "Signed by mistake."))

    over = await run_of_plan(world)
    assert (over.state, over.reason) == ("cancelled", "The plan was cancelled.")
    assert set((await states(world)).values()) == {"left_out"}


async def test_the_setup_tasks_of_completed_plans_are_measured(world: World) -> None:
    # given a plan whose first task is done a day late, and one that is skipped
    await world.receive()
    await world.do(skip_task, (await task_of(world, "sms_contacts")).id, "They have none.")
    await world.at(local("2026-11-25 10:00"))
    await world.set_up()
    await world.do(cancel_plan, Because((await world.plan()).id, "It was a trial."))

    # when the month is measured
    book, period = (
        world.office.playbook,
        Period(local("2026-11-01 00:00"), local("2026-12-01 00:00")),
    )
    async with world.sessions() as session:
        found = [await measured(session, book, measure, period) for measure in book.measures]

    # then of seven tasks two were late, due on Tuesday, and one was skipped
    assert [(each.measure.key, f"{each.figure:.1f}", each.of) for each in found] == [
        ("in_time", "57.1", 7),
        ("as_written", "85.7", 7),
    ]


async def test_a_plan_keeps_the_steps_of_the_version_that_it_began_with(world: World) -> None:
    # given a plan, and a newer file without the last step
    await world.receive()
    book = world.office.playbook
    newer = replace(book, version=2, steps=book.steps[:-1])
    kept = world.office.catalog
    catalog = replace(kept, playbooks={**kept.playbooks, newer.key: newer})
    world.work = replace(world.work, office=replace(world.office, catalog=catalog))

    # when the plan moves
    await world.at(local("2026-11-21 09:00"))
    task = await task_of(world, "sms_sender")
    await world.do(complete_task, Complete(task.id))

    # then it has the step still
    assert (await states(world))["brief_marketing"] == "waiting"
    assert (await run_of_plan(world)).playbook_version == 1
