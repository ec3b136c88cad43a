"""The plan's board, kept up with the tasks: items added, people, dates and done marks set."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Delivery, Plan, Staff, Task
from app.db.names import hold_name
from app.domain.actor import Actor, ActorKind
from app.domain.calendar import day_of, zone_of
from app.domain.delivery import (
    UNSETTLED,
    DeliveryKind,
    DeliveryRefuses,
    DeliveryState,
    System,
)
from app.domain.plan import PlanState
from app.domain.playbook.schedule import due_on
from app.domain.task import TaskState
from app.services.effects import has_board
from app.services.intents import Intent, intend
from app.services.letters import board_name, plan_words
from app.services.office import Office

DELIVERY = Actor.service("delivery")
BOARD = Actor(ActorKind.WEBHOOK, str(System.BOARD), str(System.BOARD))
"""Whoever works on the board; it does not prove to us who that was."""

BOARD_ITEM = "board:"
"""Begins the key of a task that came from an item of the board."""


def item_due_on(plan: Plan, group: str, live_on: date, *, office: Office) -> date:
    """When an item of the board that is no step is due: by its group's offset from the live date.

    Source: docs/domain/upgrade.md, "What happens" 2.
    """
    stage = office.playbook.stage_titled(group)
    if stage is None or stage.due is None:
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

    The name holds the live date, which may have moved while the board was being made; a board
    that an automation or a person made keeps its own.

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
    asked_for = await _name_asked_for(session, plan) if only is None else None
    if asked_for is not None:
        name = board_name(plan, await plan_words(session, plan, office))
        if name != asked_for:
            payload["name"] = name
    about = only.title if only else f"all {len(fits)} items"
    intent = Intent(DeliveryKind.BOARD_FIT_ITEMS, about, payload)
    await intend(session, plan, intent, office=office, now=now)


async def is_our_own(session: AsyncSession, plan: Plan) -> bool:
    """Whether the plan's board was made by this service, and not by an automation or a person."""
    made = Delivery.result["ref"].astext == plan.board_ref
    return bool(await session.scalar(select(exists().where(_made_for(plan), made))))


def _made_for(plan: Plan) -> ColumnElement[bool]:
    return and_(
        Delivery.plan_id == plan.id,
        Delivery.kind == DeliveryKind.BOARD_CREATE,
        Delivery.state == DeliveryState.DELIVERED,
    )


async def _name_asked_for(session: AsyncSession, plan: Plan) -> str | None:
    """The name that our board was last asked to have, by being made or renamed.

    None for a board that we did not make: its name is not ours to change.
    """
    if not await is_our_own(session, plan):
        return None
    renamed = and_(
        Delivery.plan_id == plan.id,
        Delivery.kind == DeliveryKind.BOARD_FIT_ITEMS,
        Delivery.payload.has_key("name"),
    )
    name: str | None = await session.scalar(
        select(Delivery.payload["name"].astext)
        .where(or_(_made_for(plan), renamed))
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


async def hold_fits(session: AsyncSession, plan_id: UUID) -> None:
    """Let one fit of a plan be taken in hand or tried again at a time, until the transaction ends.

    Two at once would not see each other, and the older one might land last.
    """
    await hold_name(session, f"fits/{plan_id}")


async def refuse_for_its_board(session: AsyncSession, plan: Plan, delivery: Delivery) -> None:
    """Refuse to try again what would spoil a board.

    The board of a cancelled plan is a person's. And fits set absolute values: one that is made
    after a newer fit of the same items brings their old dates back.

    Raises:
        DeliveryRefuses: the delivery would.
    """
    if delivery.system == System.BOARD and plan.state == PlanState.CANCELLED:
        raise DeliveryRefuses(
            "The plan is cancelled; its board is a person's, and nothing is written to it. "
            "Skip it with a reason.",
            facts={"state": delivery.state, "plan_state": plan.state},
        )
    if delivery.kind != DeliveryKind.BOARD_FIT_ITEMS:
        return
    await hold_fits(session, plan.id)
    newer = await session.execute(
        select(Delivery.id, Delivery.payload)
        .where(
            Delivery.plan_id == delivery.plan_id,
            Delivery.kind == delivery.kind,
            Delivery.id > delivery.id,
            Delivery.state.in_([str(state) for state in _ON_THE_BOARD]),
        )
        .order_by(Delivery.id)
    )
    for newer_id, payload in newer:
        if _set_by(payload) & _set_by(delivery.payload):
            raise DeliveryRefuses(
                "A newer change of the same items has been made: this one would bring old values "
                "back. Set by hand what is still missing and mark it done, or skip it with a "
                "reason.",
                facts={"state": delivery.state, "newer_delivery": str(newer_id)},
            )


_ON_THE_BOARD = (DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.DONE_BY_HAND)


def _set_by(payload: dict[str, Any]) -> set[str]:
    """What a fit sets: its items, and the board's name."""
    name = {"name"} if "name" in payload else set()
    return name | {fit["item_ref"] for fit in payload["fits"]}
