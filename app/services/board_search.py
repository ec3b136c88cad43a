"""Looking for the board that an automation makes, and telling a person where it needs one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Plan, Task
from app.domain.board_search import EXPECTED_WITHIN
from app.domain.plan import OPEN_STATES, PlanState
from app.domain.playbook.model import Moment
from app.domain.task import TaskKind
from app.ports.board import BoardRef
from app.services.audit import record
from app.services.board_adoption import POINT, SEE_TO_BOARD
from app.services.board_looks import have_board_read, holder_of, look_for_board
from app.services.boards import DELIVERY
from app.services.effects import Told, announce
from app.services.new_tasks import NewTask, add_task, due_now
from app.services.office import Office
from app.services.standing import touch

MISSING = f"{SEE_TO_BOARD}missing"
SEVERAL = f"{SEE_TO_BOARD}several"
BATCH = 50

OVER = frozenset({PlanState.CANCELLED, PlanState.COMPLETED})
"""Nobody looks for the board of such a plan any more."""


async def board_looked_for(
    session: AsyncSession,
    plan: Plan,
    found: Sequence[BoardRef],
    *,
    looks: int,
    office: Office,
    now: datetime,
) -> None:
    """Take the one board that was found, or have it looked for again, ever more slowly.

    A board that another plan has is that plan's, though its name may hold both numbers. Of several
    none is guessed: Support is told once, with all of them, and a person decides; the look goes on,
    for one of them may be put away.

    Args:
        session: The caller commits.
        plan: The plan, locked.
        found: The boards that hold the agreement's ref in their names.
        looks: How often it was looked for, with this time.
        office: The installation.
        now: The present instant.

    Source: docs/domain/upgrade.md, "The board of an automation".
    """
    if plan.board_state != "awaited":
        return
    if PlanState(plan.state) in OVER:
        await _no_longer(session, plan, office=office, now=now)
        return
    free = [
        board
        for board in sorted(found, key=lambda one: one.ref)  # locked in one order by all
        if await holder_of(session, board.ref, but=plan) is None
    ]
    if len(free) == 1:
        await _found(session, plan, free[0], office=office, now=now)
        return
    if free and not await _was_told(session, plan, SEVERAL):
        await _several(session, plan, free, office=office, now=now)
        await touch(session, plan, office=office, actor=DELIVERY, now=now)
    await look_for_board(session, plan, looks=looks)


async def _no_longer(session: AsyncSession, plan: Plan, *, office: Office, now: datetime) -> None:
    plan.board_state = "none"
    record(
        session,
        actor=DELIVERY,
        action="board.not_awaited",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before={"board_state": "awaited"},
        after={"board_state": plan.board_state},
        reason=f"The plan is {plan.state}, and no board was found.",
    )
    await touch(session, plan, office=office, actor=DELIVERY, now=now)


async def _found(
    session: AsyncSession, plan: Plan, board: BoardRef, *, office: Office, now: datetime
) -> None:
    await have_board_read(session, plan, board.ref, board.url)
    record(
        session,
        actor=DELIVERY,
        action="board.found",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={"ref": board.ref, "url": board.url},
    )
    await touch(session, plan, office=office, actor=DELIVERY, now=now)


async def _was_told(session: AsyncSession, plan: Plan, key: str) -> bool:
    told = exists().where(Task.plan_id == plan.id, Task.key == key)
    return bool(await session.scalar(select(told)))


async def _several(
    session: AsyncSession,
    plan: Plan,
    boards: Sequence[BoardRef],
    *,
    office: Office,
    now: datetime,
) -> None:
    ref = (await plans.agreement_of(session, plan)).ref
    links = [f"{board.url} (number {board.ref})" for board in boards]
    await _tell(
        session,
        plan,
        NewTask(
            key=SEVERAL,
            kind=TaskKind.FOLLOW_UP,
            title=f"Choose the upgrade board: {len(boards)} have {ref} in their names",
            role=office.playbook.setup_role,
            due_on=due_now(plan, now=now),
            instructions="\n".join(
                [*links, "Put all but one of them away, or name the right one:", POINT]
            ),
        ),
        [f"{len(boards)} boards have {ref} in their names; none of them was touched.", *links],
        office=office,
        now=now,
    )


async def tell_missing_boards(
    session: AsyncSession, *, office: Office, now: datetime, limit: int = BATCH, skip: int = 0
) -> int:
    """Tell Support, once a plan, that its board is not there although it should be by now.

    It is looked for all the same. A plan on hold is left in peace until it goes on.

    Returns:
        How many plans it was told of; fewer than `limit` means that none is left.

    Source: docs/domain/upgrade.md, "The board of an automation".
    """
    told = exists().where(Task.plan_id == Plan.id, Task.key.in_([MISSING, SEVERAL]))
    states = [str(one) for one in (*OPEN_STATES, PlanState.LIVE) if one != PlanState.ON_HOLD]
    missing = await session.scalars(
        select(Plan)
        .where(
            Plan.board_state == "awaited",
            Plan.begun_at <= now - EXPECTED_WITHIN,
            Plan.state.in_(states),
            ~told,
        )
        .order_by(Plan.begun_at, Plan.id)
        .offset(skip)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    late = list(missing)
    for plan in late:
        await _missing(session, plan, office=office, now=now)
        await touch(session, plan, office=office, actor=DELIVERY, now=now)
    return len(late)


async def _missing(session: AsyncSession, plan: Plan, *, office: Office, now: datetime) -> None:
    ref = (await plans.agreement_of(session, plan)).ref
    await _tell(
        session,
        plan,
        NewTask(
            key=MISSING,
            kind=TaskKind.FOLLOW_UP,
            title=f"See to the upgrade board: none has {ref} in its name",
            role=office.playbook.setup_role,
            due_on=due_now(plan, now=now),
            instructions="\n".join(
                [
                    f"See whether the automation ran. A board with {ref} in its name, as a word "
                    "of its own, is found by itself. One with another name is named by you:",
                    POINT,
                    'One that is kept by hand: the same address with {"by_hand": true}.',
                ]
            ),
        ),
        [f"No board has {ref} in its name yet; it is still looked for."],
        office=office,
        now=now,
    )


async def _tell(
    session: AsyncSession,
    plan: Plan,
    task: NewTask,
    details: Sequence[str],
    *,
    office: Office,
    now: datetime,
) -> None:
    await add_task(session, plan, task, now=now)
    record(
        session,
        actor=DELIVERY,
        action=f"board.{task.key.removeprefix(SEE_TO_BOARD)}",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={"told": list(details)},
    )
    told = Told(details, about=f"/{task.key}")
    await announce(session, plan, Moment.BOARD_WANTED, told, office=office, now=now)
