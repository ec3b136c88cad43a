"""What people do with plans and tasks."""

from collections.abc import Sequence
from datetime import timedelta

from app.domain.calendar import spoken
from app.domain.carrying_out import Evidence
from app.services.client_mail import preview_complete_email, send_complete_email
from app.services.endings import (
    Because,
    acknowledge_plan,
    cancel_plan,
    hold_plan,
    preview_cancelling,
    resume_plan,
)
from app.services.forcing import force_live
from app.services.live_dates import SetLiveDate, preview_live_date, set_live_date
from app.services.plan_edits import give_plan_to, note_on_plan
from app.services.tasks import (
    Amend,
    Complete,
    amend_task,
    block_task,
    complete_task,
    reopen_task,
    skip_task,
)
from tests.properties.lives.happenings.agreements import days_to_choose
from tests.properties.lives.happenings.listed import happens
from tests.properties.lives.life import Life, NothingToDo, Pick
from tests.properties.lives.past import WINDOW, first_instant
from tests.properties.lives.reading import Row

REF = Evidence("IGN-1", "seen there")
US = timedelta(microseconds=1)


def lively(life: Life) -> Sequence[Row]:
    """The plans, those first with which something can still be done."""
    over = ("completed", "cancelled")
    return sorted(life.seen.plans, key=lambda plan: plan.state in over)


def of(plan: Row, life: Life) -> str:
    """How a diary names a plan."""
    return f"the plan of {life.seen.agreement(plan).ref} ({plan.state.replace('_', ' ')})"


@happens(4)
async def date_moved(life: Life, pick: Pick) -> None:
    """Sales moves the live date, or sets it."""
    plan, day = pick.of(lively(life)), pick.of(days_to_choose(life))
    life.write(f"Sales sets the live date of {of(plan, life)}: {spoken(day)}")
    await life.do(set_live_date, SetLiveDate(plan.id, day, "The client asks for it."))


@happens()
async def date_set_on_the_edge(life: Life, pick: Pick) -> None:
    """Sales sets a live date at the very instant at which its window opens, or it begins itself."""
    plan, day = pick.of(lively(life)), pick.of(days_to_choose(life)[:5])
    opens_at, live_at = (first_instant(each, plan.timezone) for each in (day - WINDOW, day))
    edge = pick.of([live_at, opens_at, live_at - US, opens_at - US])
    if edge < life.now:
        raise NothingToDo
    life.move_clock(edge)
    life.write(f"just then Sales sets the live date of {of(plan, life)}: {spoken(day)}")
    await life.do(set_live_date, SetLiveDate(plan.id, day, "It is urgent."))


@happens(1)
async def move_looked_at(life: Life, pick: Pick) -> None:
    """Somebody looks what a move would change."""
    plan, day = pick.of(lively(life)), pick.of(days_to_choose(life))
    life.write(f"Sales looks what {spoken(day)} would change on {of(plan, life)}")
    async with life.sessions() as session:
        command = SetLiveDate(plan.id, day, None)
        actor = life.person("Sam Sales")
        await preview_live_date(session, command, office=life.office, actor=actor, now=life.now)


@happens()
async def held(life: Life, pick: Pick) -> None:
    """A plan is held."""
    plan = pick.of(lively(life))
    life.write(f"Support holds {of(plan, life)}")
    await life.do(hold_plan, Because(plan.id, "Wait."))


@happens()
async def resumed(life: Life, pick: Pick) -> None:
    """A plan goes on."""
    plan = pick.of([plan for plan in life.seen.plans if plan.state == "on_hold"])
    life.write(f"Support lets {of(plan, life)} go on")
    await life.do(resume_plan, plan.id)


@happens()
async def cancelled(life: Life, pick: Pick) -> None:
    """A plan is cancelled."""
    plan = pick.of(lively(life))
    life.write(f"Support cancels {of(plan, life)}")
    await life.do(cancel_plan, Because(plan.id, "No more wanted."))


@happens(1)
async def cancelling_looked_at(life: Life, pick: Pick) -> None:
    """Somebody looks what cancelling would undo."""
    plan = pick.of(lively(life))
    life.write(f"Support looks what cancelling {of(plan, life)} would undo")
    async with life.sessions() as session:
        await preview_cancelling(session, plan.id, office=life.office)


@happens()
async def acknowledged(life: Life, pick: Pick) -> None:
    """Marketing acknowledges a plan."""
    plan = pick.of(lively(life))
    life.write(f"Marketing acknowledges {of(plan, life)}")
    await life.do(acknowledge_plan, plan.id, by="Mia Marketing")


@happens()
async def forced(life: Life, pick: Pick) -> None:
    """A manager forces a plan live."""
    plan = pick.of(sorted(life.seen.plans, key=lambda one: one.state != "missed"))
    life.write(f"the manager forces {of(plan, life)} live")
    await life.do(force_live, Because(plan.id, "It works."), by="Max Manager")


@happens(3)
async def complete_mail_asked_for(life: Life, pick: Pick) -> None:
    """Support asks for the Complete e-mail."""
    plan = pick.of(lively(life))
    life.write(f"Support asks for the Complete e-mail of {of(plan, life)}")
    await life.do(send_complete_email, plan.id)


@happens(1)
async def complete_mail_looked_at(life: Life, pick: Pick) -> None:
    """Support looks at the Complete e-mail."""
    plan = pick.of(lively(life))
    life.write(f"Support looks at the Complete e-mail of {of(plan, life)}")
    async with life.sessions() as session:
        await preview_complete_email(session, plan.id, office=life.office)


@happens(1)
async def handed_over(life: Life, pick: Pick) -> None:
    """A plan gets other people, or none."""
    plan = pick.of(lively(life))
    role, email = pick.of(["support", "marketing"]), pick.of(["sid@agency.example", None])
    life.write(f"{of(plan, life)} is given to {email or 'nobody'} as {role}")
    await life.do(give_plan_to, plan.id, {role: email})


@happens(1)
async def noted(life: Life, pick: Pick) -> None:
    """Something is noted about a plan."""
    plan = pick.of(lively(life))
    life.write(f"Support notes something about {of(plan, life)}")
    await life.do(note_on_plan, plan.id, f"Called at {life.now:%H:%M}.")


@happens(3)
async def ticked(life: Life, pick: Pick) -> None:
    """A task is ticked."""
    task = pick.of(life.seen.tasks)
    life.write(f"Support ticks '{task.title}'")
    typed = f"{life.seen.clients[0].name} / {task.service}"
    await life.do(complete_task, Complete(task.id, typed=typed, evidence=REF))


@happens(4)
async def set_up(life: Life, pick: Pick) -> None:
    """Support ticks everything that stands for no change in billing."""
    plan = pick.of(lively(life))
    tasks = [task for task in life.seen.of("tasks", plan) if task.adjustment_id is None]
    tasks = [task for task in tasks if task.state in ("open", "blocked")]
    if not tasks:
        raise NothingToDo
    life.write(f"Support ticks all {len(tasks)} open tasks of {of(plan, life)}")
    for task in tasks:
        await life.do(complete_task, Complete(task.id, evidence=REF))


@happens()
async def reopened(life: Life, pick: Pick) -> None:
    """A task is opened again."""
    task = pick.of([task for task in life.seen.tasks if task.state != "open"])
    life.write(f"Support opens '{task.title}' again")
    await life.do(reopen_task, task.id)


@happens()
async def skipped(life: Life, pick: Pick) -> None:
    """A task is left out."""
    task = pick.of(life.seen.tasks)
    life.write(f"Support leaves '{task.title}' out")
    await life.do(skip_task, task.id, "Not needed.")


@happens()
async def blocked(life: Life, pick: Pick) -> None:
    """A task cannot go on."""
    task = pick.of(life.seen.tasks)
    life.write(f"Support blocks '{task.title}'")
    await life.do(block_task, task.id, "The client does not answer.")


@happens()
async def redated(life: Life, pick: Pick) -> None:
    """A task is given another day."""
    task = pick.of([task for task in life.seen.tasks if task.due_on is not None])
    day = task.due_on + timedelta(days=pick.of([1, -1, 8, -8]))
    life.write(f"Support moves '{task.title}' to {spoken(day)}")
    await life.do(amend_task, Amend(task.id, day, None))
