"""Taking over what people do on the board; what is refused here is set back there, and told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Delivery, Plan, Task
from app.domain.board_item import BoardChange, Shown, changes_on_board, may_open_from_board
from app.domain.delivery import UNSETTLED, DeliveryKind, DeliveryState
from app.domain.errors import DomainError
from app.domain.playbook.moment import Moment
from app.domain.task import TaskKind, TaskState
from app.ports.board import BoardItem
from app.services.audit import record
from app.services.boards import BOARD, DELIVERY, fit_board
from app.services.effects import Told, announce, has_board
from app.services.office import Office
from app.services.standing import touch
from app.services.tasks import Amend, Complete, amend_task, complete_task, reopen_task

_ON_THE_BOARD = frozenset({DeliveryState.DELIVERED, DeliveryState.DONE_BY_HAND})


@dataclass(frozen=True, slots=True)
class ItemStanding:
    """What was known of an item before it was read: a reading counts only while this still holds.

    Attributes:
        task_id: The item's task.
        task_version: Its version.
        fits: Our own writes to the item with their states, the newest last.
    """

    task_id: UUID
    task_version: int
    fits: tuple[tuple[UUID, DeliveryState], ...]

    @property
    def settled(self) -> bool:
        """Whether none of our own writes may still reach the item."""
        return not any(state in UNSETTLED for _, state in self.fits)

    @property
    def in_step(self) -> bool:
        """Whether our newest write has reached the item, so that a difference is somebody's."""
        return not self.fits or self.fits[-1][1] in _ON_THE_BOARD


async def standing_of(
    session: AsyncSession, plan: Plan, item_ref: str, *, office: Office
) -> ItemStanding | None:
    """What is known of an item now; None where no task has it, or the board is not kept by us."""
    if not has_board(plan, office):
        return None
    task = await session.scalar(
        select(Task)
        .where(Task.plan_id == plan.id, Task.board_item_ref == item_ref)
        .execution_options(populate_existing=True)
    )
    if task is None:
        return None
    fits = await session.execute(
        select(Delivery.id, Delivery.state)
        .where(
            Delivery.plan_id == plan.id,
            Delivery.kind == DeliveryKind.BOARD_FIT_ITEMS,
            Delivery.payload.contains({"fits": [{"item_ref": item_ref}]}),
        )
        .order_by(Delivery.id)
    )
    states = tuple((delivery_id, DeliveryState(state)) for delivery_id, state in fits)
    return ItemStanding(task.id, task.version, states)


async def item_read(
    session: AsyncSession,
    plan: Plan,
    item: BoardItem,
    standing: ItemStanding,
    *,
    office: Office,
    now: datetime,
    patient: bool = False,
) -> bool:
    """Do here what was done on the board; what is refused is set back there and told.

    Where our newest write did not reach the item, only a tick is certainly somebody's.

    Args:
        session: The transaction of the change.
        plan: The plan, locked.
        item: As just read.
        standing: As before it was read, and still; settled.
        office: The installation.
        now: The present instant.
        patient: Whether a tick that waits for other steps may come again: those may have been
            ticked as well, and not been read yet.

    Returns:
        Whether the item is to be read again.

    Source: docs/domain/upgrade.md, "What happens" 2 and 3.
    """
    plan_id = plan.id
    task = await session.get_one(Task, standing.task_id)
    shown = Shown(item.done, item.due_on)
    changes = changes_on_board(shown, state=TaskState(task.state), due_on=task.due_on)
    refused: list[str] = []
    waits = False
    for change in changes:
        if not standing.in_step and change is not BoardChange.TICKED:
            continue
        try:
            async with session.begin_nested():
                await _take_over(session, change, standing.task_id, item, office=office, now=now)
        except DomainError as refusal:
            if patient and refusal.facts.get("waits_for"):
                waits = True
            else:
                refused.append(f"'{item.title}' {change}: {refusal.detail}")
    if refused:
        await _set_back(session, plan_id, standing.task_id, refused, office=office, now=now)
    return waits


async def _take_over(
    session: AsyncSession,
    change: BoardChange,
    task_id: UUID,
    item: BoardItem,
    *,
    office: Office,
    now: datetime,
) -> None:
    if change is BoardChange.TICKED:
        await complete_task(session, Complete(task_id), office=office, actor=BOARD, now=now)
    elif change is BoardChange.MOVED:
        amend = Amend(task_id, item.due_on, None)
        await amend_task(session, amend, office=office, actor=BOARD, now=now)
    else:
        task = await session.get_one(Task, task_id)
        may_open_from_board(TaskKind(task.kind))
        await reopen_task(session, task_id, office=office, actor=BOARD, now=now)


async def _set_back(
    session: AsyncSession,
    plan_id: UUID,
    task_id: UUID,
    refused: Sequence[str],
    *,
    office: Office,
    now: datetime,
) -> None:
    # A refusal may have left half a change on the rows in memory: they are loaded anew.
    plan = await plans.lock(session, plan_id)
    task = await session.get_one(Task, task_id, populate_existing=True)
    await fit_board(session, plan, office=office, now=now, only=task, opened=True)
    told = Told([*refused, "The board shows again what the plan holds."], about=f"/{task_id}")
    await _tell(session, plan, told, office=office, now=now)


async def item_unread(
    session: AsyncSession, plan: Plan, standing: ItemStanding, *, office: Office, now: datetime
) -> None:
    """Tell that a change on the board could not be looked at: a person compares the two."""
    task = await session.get_one(Task, standing.task_id)
    detail = (
        f"'{task.title}' was changed on the board, which could not be read; see whether the plan "
        "and the board agree."
    )
    await _tell(session, plan, Told([detail], about=f"/{task.id}"), office=office, now=now)


async def _tell(
    session: AsyncSession, plan: Plan, told: Told, *, office: Office, now: datetime
) -> None:
    record(
        session,
        actor=BOARD,
        action="board.change_refused",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        reason=" ".join(told.details),
    )
    await announce(session, plan, Moment.BOARD_CHANGE_REFUSED, told, office=office, now=now)
    await touch(session, plan, office=office, actor=DELIVERY, now=now)
