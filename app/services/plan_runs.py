"""The run of a plan: it begins with the plan's work, moves with its tasks, and ends with it.

The engine decides how steps move; when they are due, and when a plan is over, the code of the
upgrade says. See docs/decisions/0015-a-plan-is-a-run.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan, PlaybookRun, Task
from app.db.runs import NewRun, keep_run, kept_run, lock_run, run_of, run_row, running_of
from app.domain.actor import Actor
from app.domain.calendar import zone_of
from app.domain.plan import PlanState
from app.domain.playbook.model import Playbook
from app.domain.playbook.schedule import LaidStep
from app.domain.playbook.upgrade import LIVE, SIGNED
from app.domain.run.errors import PlaybookUnreadable
from app.domain.run.model import RunState, RunStep
from app.domain.run.moving import Moving
from app.domain.run.onward import end, go_on, open_stages, wait_again
from app.domain.run.starting import Start, started
from app.domain.task import SETTLED, TaskState
from app.services.new_tasks import due_until
from app.services.office import Office
from app.services.people import PLAN_ROLES
from app.services.playbooks.in_force import kept_text
from app.services.runs.kept import playbook_kept
from app.services.runs.people import acting_person
from app.services.runs.saving import Decide, Done, Held, note, write
from app.telemetry import logger

LOG = logger(__name__)

_OVER = {
    PlanState.COMPLETED: (RunState.COMPLETED, "The plan was completed without it."),
    PlanState.CANCELLED: (RunState.CANCELLED, "The plan was cancelled."),
}


async def begin_run(
    session: AsyncSession,
    plan: Plan,
    laid: Sequence[LaidStep],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Mapping[str, RunStep]:
    """Begin the run of a plan that is dated, on the playbook as it is now.

    Args:
        session: The session of the change; the plan's steps become its tasks next.
        plan: The plan.
        laid: The steps that its movement leaves; the others are no part of the run.
        office: The installation.
        actor: Who begins it.
        now: The present instant.

    Returns:
        The steps as they stand, by key.
    """
    book = office.playbook
    kept = {each.step.key for each in laid}
    start = Start(
        cause="",
        given={},
        occurred_at=plan.signed_at,
        anchors=_anchors(plan),
        without=frozenset(step.key for step in book.steps) - kept,
    )
    moved = started(book, start, now=now, hours=office.hours(now))
    body = office.catalog.playbook_texts[book.key]
    people = {role: getattr(plan, f"{role}_id") for role in PLAN_ROLES}
    new = NewRun(
        text_id=await kept_text(session, book, body, now=now),
        subject_ref=plan.ref,
        cause=f"plan/{plan.ref}",
        client_id=plan.client_id,
        people={role: str(person) for role, person in people.items() if person is not None},
        by=actor.name,
    )
    row = run_row(new, book, moved.run)
    session.add(row)
    await session.flush()  # the plan names it
    keep_run(session, row, body)
    plan.run_id = row.id
    note(session, row, None, moved, Done("run.started"), actor=actor, now=now)
    return moved.run.steps


async def playbook_of(session: AsyncSession, plan: Plan, *, office: Office) -> Playbook:
    """The playbook in the version that the plan's run keeps; without a run, the present one."""
    if plan.run_id is None:
        return office.playbook
    row = await kept_run(session, plan.run_id)
    return await playbook_kept(session, row)


async def act_on_step(
    session: AsyncSession,
    plan: Plan,
    tasks: Sequence[Task],
    done: Done,
    decide: Decide,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Let somebody act on a step of a plan: the engine decides, and its tasks say what follows.

    Args:
        session: The caller holds the plan, and ends with `touch`.
        plan: The plan.
        tasks: All of its tasks.
        done: What is done, and to which step.
        decide: The rule.
        office: The installation.
        actor: Who does it.
        now: The present instant.

    Raises:
        Everything that the rule refuses.
    """
    assert plan.run_id is not None  # the table holds that of steps
    row = await lock_run(session, plan.run_id)
    by = await acting_person(session, actor)
    held, moving = await _in_hand(session, plan, row, tasks, office=office, now=now)
    moved = decide(moving, by)
    await write(session, held, moved, done, actor=actor, now=now)
    note(session, row, held.before, moved, done, actor=actor, now=now)


async def follow_plan(
    session: AsyncSession,
    plan: Plan,
    tasks: Sequence[Task],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> None:
    """Bring the run of a plan in line with it, at the end of every change of the plan.

    Steps that nothing holds up any more are ready, others wait again; the run is over as soon as
    the plan is.

    Args:
        session: The session of the change.
        plan: As it is now.
        tasks: All of its tasks.
        office: The installation.
        actor: Whose change it was.
        now: The present instant.
    """
    if plan.run_id is None:
        return
    row = await kept_run(session, plan.run_id)
    if row.state != RunState.RUNNING:
        return
    try:
        held, moving = await _in_hand(session, plan, row, tasks, office=office, now=now)
    except PlaybookUnreadable as gone:
        LOG.warning("run left alone", run_id=str(row.id), why=gone.detail)
        return  # the plan goes on: its tasks are there
    done = Done("run.followed")
    if (over := _OVER.get(PlanState(plan.state))) is not None:
        end(moving, *over)
        done = Done(f"run.{over[0]}", reason=over[1])
    else:
        open_stages(moving)
        wait_again(moving)
        go_on(moving)
    moved, before = moving.done(), held.before
    assert before is not None  # it has begun
    if moved.run != before:
        await write(session, held, moved, done, actor=actor, now=now)
        if moved.run.steps != before.steps:  # dates and the end are the plan's own, and noted there
            note(session, row, before, moved, done, actor=actor, now=now)


async def _in_hand(
    session: AsyncSession,
    plan: Plan,
    row: PlaybookRun,
    tasks: Sequence[Task],
    *,
    office: Office,
    now: datetime,
) -> tuple[Held, Moving]:
    """A plan's run as it was, and as it goes on from the plan's present dates."""
    steps = [task for task in tasks if task.step is not None]
    zone = zone_of(plan.timezone)
    for task in steps:
        if TaskState(task.state) not in SETTLED:
            task.due_at = due_until(task.due_on, plan)
    playbook = await playbook_kept(session, row)
    running = await running_of(session, row.id) if playbook.deadlines else frozenset()
    before = run_of(playbook, row, steps, running)
    now_is = replace(before, anchors=_anchors(plan))
    held = Held(playbook, row, steps, zone, before)
    return held, Moving(playbook, now_is, now=now, hours=office.hours(now))


def _anchors(plan: Plan) -> Mapping[str, datetime]:
    anchors = {SIGNED: plan.signed_at}
    return anchors if plan.live_at is None else {**anchors, LIVE: plan.live_at}
