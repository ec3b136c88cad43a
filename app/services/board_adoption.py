"""A board becomes the plan's: read until it is whole, watched, and fitted to the movement."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.jobs import Job, enqueue
from app.db.models import Plan, Task
from app.domain.delivery import DeliveryKind
from app.domain.plan import PlanState
from app.domain.playbook.moment import Moment
from app.domain.task import SETTLED, TaskKind, TaskState
from app.ports.board import BoardItem, BoardRef, BoardSnapshot
from app.services.audit import record
from app.services.board_looks import have_board_read
from app.services.boards import (
    BOARD_ITEM,
    DELIVERY,
    add_new_tasks,
    fit_board,
    is_our_own,
    item_due_on,
)
from app.services.effects import Told, announce
from app.services.intents import Intent, intend
from app.services.new_tasks import NewTask, add_task
from app.services.office import Office
from app.services.withdrawals import withdraw_complete_email

SEE_TO_BOARD = "follow_up:board_"
"""Begins the keys of tasks that ask a person to see to the board."""


async def board_made(session: AsyncSession, plan: Plan, board: BoardRef, *, now: datetime) -> None:
    """Keep the board that was made and have it read; that of a cancelled plan is left to people."""
    if plan.state == PlanState.CANCELLED:
        plan.board_ref, plan.board_url, plan.board_state = board.ref, board.url, "by_hand"
    else:
        await have_board_read(session, plan, board.ref, board.url)
    record(
        session,
        actor=DELIVERY,
        action="board.created",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={"ref": board.ref, "url": board.url},
    )


async def board_filled(
    session: AsyncSession, plan: Plan, snapshot: BoardSnapshot, *, office: Office, now: datetime
) -> None:
    """Fit a filled board to the plan: its groups to the movement, its items to the tasks.

    Items are matched to tasks by group and title. An item without a task becomes a task, dated by
    its group's offset; a task without an item is added to the board. Then every item gets its
    person and its date. On a board that we did not make, somebody may have worked already: what
    is ticked there is read again and done here.

    Source: docs/domain/upgrade.md, "What happens" 2.
    """
    if not is_filling(plan):
        return
    plan.board_state = "ready"
    plan.board_url = snapshot.url or plan.board_url
    record(
        session,
        actor=DELIVERY,
        action="board.filled",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={"groups": list(snapshot.groups), "items": len(snapshot.items)},
    )
    await no_board_wanted(session, plan, "The plan has its board.")
    removed = office.catalog.movement(plan.from_package, plan.to_package).removed_groups
    for group in removed:
        if group in snapshot.groups:
            payload = {"board_ref": snapshot.ref, "group": group}
            archive = Intent(DeliveryKind.BOARD_ARCHIVE_GROUP, group, payload)
            await intend(session, plan, archive, office=office, now=now)
    await _watch(session, plan, snapshot.ref, office=office, now=now)
    left = [item for item in snapshot.items if item.group not in removed]
    ticked = await _adopt(session, plan, left, office=office, now=now)
    if not await add_new_tasks(session, plan, office=office, now=now):
        await fit_board(session, plan, office=office, now=now)
    if not await is_our_own(session, plan):
        for item_ref in ticked:
            job = {"plan_id": str(plan.id), "item_ref": item_ref}
            await enqueue(session, Job.READ_ITEM, job)


def is_filling(plan: Plan) -> bool:
    """Whether the plan's board is still to be read; nobody reads that of a cancelled plan."""
    return plan.board_state == "filling" and plan.state != PlanState.CANCELLED


async def no_board_wanted(session: AsyncSession, plan: Plan, reason: str) -> None:
    """Close what asked a person to see to the board: it is seen to."""
    for task in await plans.tasks_of(session, plan):
        if task.key.startswith(SEE_TO_BOARD) and TaskState(task.state) not in SETTLED:
            task.state, task.reason = TaskState.SKIPPED, reason
            task.version += 1


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
    if not is_filling(plan):
        return
    plan.board_state = "by_hand"
    _note_given_up(session, plan, now=now)
    detail = "The board was not filled from its template in time; fit it by hand."
    told = Told([detail], about="/board")
    await announce(session, plan, Moment.DELIVERY_FAILED, told, office=office, now=now)


async def board_refused(
    session: AsyncSession, plan: Plan, why: str, *, office: Office, now: datetime
) -> None:
    """A board that cannot be the plan's is let go, and a person is told why.

    Args:
        session: The caller commits.
        plan: The plan; it has no board afterwards.
        why: A sentence: what the board's system said.
        office: The installation.
        now: The present instant.
    """
    if not is_filling(plan):
        return
    board_ref, plan.board_ref, plan.board_url = plan.board_ref, None, None
    plan.board_state = "by_hand"
    _note_given_up(session, plan, now=now, board_ref=board_ref, why=why)
    details = [
        f"Board {board_ref} cannot be used. {why}",
        f"Until the plan is given another, its board is kept by hand: {POINT}.",
    ]
    told = Told(details, about=f"/{board_ref}/{plan.version}")
    await announce(session, plan, Moment.BOARD_WANTED, told, office=office, now=now)


POINT = 'POST /v1/plans/{id}/board with {"ref": "the number in the board\'s address"}'
"""How a person gives a plan its board."""


def _note_given_up(
    session: AsyncSession,
    plan: Plan,
    *,
    now: datetime,
    board_ref: str | None = None,
    why: str | None = None,
) -> None:
    record(
        session,
        actor=DELIVERY,
        action="board.given_up" if why is None else "board.refused",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before={"ref": board_ref or plan.board_ref},
        reason=why,
    )


async def _adopt(
    session: AsyncSession,
    plan: Plan,
    items: Sequence[BoardItem],
    *,
    office: Office,
    now: datetime,
) -> list[str]:
    """Give each item its task; return, in order, those that are ticked there and not done here."""
    tasks = {(task.board_group, task.title): task for task in await plans.tasks_of(session, plan)}
    ticked: list[tuple[int, str]] = []
    for item in items:
        task = tasks.pop((item.group, item.title), None)
        if task is None:
            task = await _task_of_item(session, plan, item, office=office, now=now)
            if task.blocks_ready:
                why = f"'{task.title}' is on the board, and is to be done."
                await withdraw_complete_email(
                    session, plan, why, office=office, actor=DELIVERY, now=now
                )
        task.board_item_ref = item.ref
        task.version += 1
        if item.done and task.state != TaskState.DONE:
            ticked.append((task.position, item.ref))
    return [item_ref for _, item_ref in sorted(ticked)]


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
