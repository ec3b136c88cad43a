"""The plan's board: adopted once it is filled, fitted to the movement, kept up with the tasks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.clock import real_now
from app.db.jobs import Job, enqueue
from app.db.models import Delivery, Plan, Staff, Task
from app.domain.actor import Actor, ActorKind
from app.domain.calendar import day_of, zone_of
from app.domain.delivery import UNSETTLED, DeliveryKind, System
from app.domain.plan import PlanState
from app.domain.playbook.model import Moment
from app.domain.playbook.schedule import due_on
from app.domain.task import TaskKind, TaskState
from app.ports.board import BoardItem, BoardRef, BoardSnapshot
from app.services.audit import record
from app.services.effects import Told, announce, has_board
from app.services.intents import Intent, intend
from app.services.letters import board_name, plan_words
from app.services.new_tasks import NewTask, add_task
from app.services.office import Office

DELIVERY = Actor.service("delivery")
BOARD = Actor(ActorKind.WEBHOOK, str(System.BOARD), str(System.BOARD))
"""Whoever works on the board; it does not prove to us who that was."""

BOARD_ITEM = "board:"
"""Begins the key of a task that came from an item of the board."""


async def board_made(session: AsyncSession, plan: Plan, board: BoardRef, *, now: datetime) -> None:
    """Keep the board that was made and have it read; that of a cancelled plan is left to people."""
    left = plan.state == PlanState.CANCELLED
    plan.board_ref, plan.board_url = board.ref, board.url
    plan.board_state = "by_hand" if left else "filling"
    plan.board_read_at = await real_now(session)
    record(
        session,
        actor=DELIVERY,
        action="board.created",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={"ref": board.ref, "url": board.url},
    )
    if not left:
        await enqueue(session, Job.READ_BOARD, {"plan_id": str(plan.id)})


async def board_filled(
    session: AsyncSession, plan: Plan, snapshot: BoardSnapshot, *, office: Office, now: datetime
) -> None:
    """Fit a filled board to the plan: its groups to the movement, its items to the tasks.

    Items are matched to tasks by group and title. An item without a task becomes a task, dated by
    its group's offset; a task without an item is added to the board. Then every item gets its
    person and its date.

    Source: docs/domain/upgrade.md, "What happens" 2.
    """
    if plan.board_state != "filling":
        return
    plan.board_state = "ready"
    record(
        session,
        actor=DELIVERY,
        action="board.filled",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={"groups": list(snapshot.groups), "items": len(snapshot.items)},
    )
    removed = office.catalog.movement(plan.from_package, plan.to_package).removed_groups
    for group in removed:
        if group in snapshot.groups:
            payload = {"board_ref": snapshot.ref, "group": group}
            archive = Intent(DeliveryKind.BOARD_ARCHIVE_GROUP, group, payload)
            await intend(session, plan, archive, office=office, now=now)
    await _watch(session, plan, snapshot.ref, office=office, now=now)
    left = [item for item in snapshot.items if item.group not in removed]
    await _adopt(session, plan, left, office=office, now=now)
    if not await add_new_tasks(session, plan, office=office, now=now):
        await fit_board(session, plan, office=office, now=now)


async def _watch(
    session: AsyncSession, plan: Plan, board_ref: str, *, office: Office, now: datetime
) -> None:
    """Have the board tell us what people do on it, where it can reach us."""
    if office.board_events_url is not None:
        payload = {"board_ref": board_ref, "url": office.board_events_url}
        intent = Intent(DeliveryKind.BOARD_WATCH, "board", payload)
        await intend(session, plan, intent, office=office, now=now)


async def board_gave_up(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> None:
    """A board that never filled is looked at by a person; the plan goes on without it."""
    if plan.board_state != "filling":
        return
    plan.board_state = "by_hand"
    record(
        session,
        actor=DELIVERY,
        action="board.given_up",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
    )
    detail = "The board was not filled from its template in time; fit it by hand."
    told = Told([detail], about="/board")
    await announce(session, plan, Moment.DELIVERY_FAILED, told, office=office, now=now)


async def _adopt(
    session: AsyncSession,
    plan: Plan,
    items: Sequence[BoardItem],
    *,
    office: Office,
    now: datetime,
) -> None:
    tasks = {(task.board_group, task.title): task for task in await plans.tasks_of(session, plan)}
    for item in items:
        task = tasks.pop((item.group, item.title), None)
        if task is None:
            task = await _task_of_item(session, plan, item, office=office, now=now)
        task.board_item_ref = item.ref
        task.version += 1


async def _task_of_item(
    session: AsyncSession, plan: Plan, item: BoardItem, *, office: Office, now: datetime
) -> Task:
    stage = office.playbook.stage_titled(item.group)
    task = NewTask(
        key=f"{BOARD_ITEM}{item.ref}",
        kind=TaskKind.SETUP,
        title=item.title,
        role=office.playbook.setup_role,
        due_on=item_due_on(plan, item.group, plans.live_day(plan), office=office),
        board_group=item.group,
        blocks_ready=stage is not None,
        service=stage.service if stage else None,
    )
    return await add_task(session, plan, task, now=now)


def item_due_on(plan: Plan, group: str, live_on: date, *, office: Office) -> date:
    """When an item of the board that is no step is due: by its group's offset from the live date.

    Source: docs/domain/upgrade.md, "What happens" 2.
    """
    stage = office.playbook.stage_titled(group)
    if stage is None:
        return live_on
    signed_on = day_of(plan.signed_at, zone_of(plan.timezone))
    holidays = office.catalog.calendar.days_off(signed_on - timedelta(days=31), live_on)
    return due_on(stage.due, signed_on=signed_on, live_on=live_on, holidays=holidays)


async def add_new_tasks(session: AsyncSession, plan: Plan, *, office: Office, now: datetime) -> int:
    """Have tasks added that the board does not have yet, once it is ready; return how many.

    Follow-ups and what a moved date brings belong there as much as the playbook's steps.
    """
    if not has_board(plan, office):
        return 0
    await session.flush()
    intended = exists().where(
        Delivery.plan_id == plan.id,
        Delivery.kind == DeliveryKind.BOARD_ADD_ITEM,
        Delivery.payload["task_id"].astext == cast(Task.id, Text),
    )
    new = await session.scalars(
        select(Task)
        .where(Task.plan_id == plan.id, Task.board_item_ref.is_(None), ~intended)
        .where(Task.state.in_([str(TaskState.OPEN), str(TaskState.BLOCKED)]))
        .order_by(Task.position)
    )
    tasks = list(new)
    for task in tasks:
        payload = {
            "board_ref": plan.board_ref,
            "group": task.board_group,
            "title": task.title,
            "task_id": str(task.id),
        }
        intent = Intent(DeliveryKind.BOARD_ADD_ITEM, task.title, payload)
        await intend(session, plan, intent, office=office, now=now)
    return len(tasks)


async def item_added(
    session: AsyncSession,
    plan: Plan,
    task_id: UUID,
    item_ref: str,
    *,
    office: Office,
    now: datetime,
) -> None:
    """Keep an added item's id; once none is left to add, date and assign all that are there.

    Args:
        session: The transaction that settles the delivery.
        plan: The plan.
        task_id: The task that was to be added.
        item_ref: The item's id; empty where the board refused it.
        office: The installation.
        now: The present instant.
    """
    task = await session.get(Task, task_id)
    if task is not None and item_ref:
        task.board_item_ref = item_ref
        task.version += 1
    await session.flush()
    still_adding = await session.scalar(
        select(func.count())
        .select_from(Delivery)
        .where(
            Delivery.plan_id == plan.id,
            Delivery.kind == DeliveryKind.BOARD_ADD_ITEM,
            Delivery.state.in_([str(state) for state in UNSETTLED]),
        )
    )
    if not still_adding:
        await fit_board(session, plan, office=office, now=now)


async def fit_board(
    session: AsyncSession,
    plan: Plan,
    *,
    office: Office,
    now: datetime,
    only: Task | None = None,
    opened: bool = False,
) -> None:
    """Set people, dates and done marks on the board as the tasks have them, and its name.

    The name holds the live date, which may have moved while the board was being made.

    A mark is taken away only from what was opened again: it may be a tick that has not reached us.

    Args:
        session: The session of the change.
        plan: The plan.
        office: The installation.
        now: The present instant.
        opened: Whether an item that is not done loses its mark.
        only: One task, where nothing else changed.
    """
    if not has_board(plan, office):
        return
    await session.flush()
    tasks = [only] if only else await plans.tasks_of(session, plan)
    fits = [await _fit(session, task, opened=opened) for task in tasks if task.board_item_ref]
    if not fits:
        return
    payload: dict[str, Any] = {"board_ref": plan.board_ref, "fits": fits}
    name = board_name(plan, await plan_words(session, plan, office))
    if only is None and name != await _name_asked_for(session, plan):
        payload["name"] = name
    about = only.title if only else f"all {len(fits)} items"
    intent = Intent(DeliveryKind.BOARD_FIT_ITEMS, about, payload)
    await intend(session, plan, intent, office=office, now=now)


async def _name_asked_for(session: AsyncSession, plan: Plan) -> str | None:
    """The name that the board was last asked to have, by being made or renamed."""
    name: str | None = await session.scalar(
        select(Delivery.payload["name"].astext)
        .where(
            Delivery.plan_id == plan.id,
            Delivery.kind.in_([DeliveryKind.BOARD_CREATE, DeliveryKind.BOARD_FIT_ITEMS]),
            Delivery.payload.has_key("name"),
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    return name


async def _fit(session: AsyncSession, task: Task, *, opened: bool) -> dict[str, Any]:
    person = await session.get(Staff, task.assignee_id) if task.assignee_id else None
    open_mark = False if opened else None
    return {
        "item_ref": task.board_item_ref,
        "assignee_ref": person.refs.get("monday") if person else None,
        "assignee_email": person.email if person else None,
        "due_on": task.due_on.isoformat() if task.due_on else None,
        "done": True if task.state == TaskState.DONE else open_mark,
    }
