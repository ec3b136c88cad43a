"""What people decide about a plan's board: this one is it, or it is kept by hand."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Delivery, Plan
from app.domain.actor import Actor
from app.domain.delivery import STUCK, UNSETTLED, DeliveryKind, DeliveryState, System
from app.domain.errors import Conflict
from app.domain.plan import OPEN_STATES, PlanState, TransitionRefused, in_words
from app.services.audit import record
from app.services.board_adoption import no_board_wanted
from app.services.board_looks import have_board_read, holder_of
from app.services.office import Office
from app.services.standing import touch


class BoardThere(Conflict):
    """The plan has a board, or one is being made for it."""

    code = "board_there"


class BoardTaken(Conflict):
    """Another plan has the board."""

    code = "board_taken"


class BoardNotConnected(Conflict):
    """The board's system has no settings, so nothing can be read there."""

    code = "board_not_connected"


class PlanNotBegun(Conflict):
    """The plan has no live date yet, and so nothing to put on a board."""

    code = "plan_not_begun"


@dataclass(frozen=True, slots=True)
class PointAtBoard:
    """A person names the plan's board, by its number in its system; None: it is kept by hand."""

    plan_id: UUID
    board_ref: str | None


async def point_at_board(
    session: AsyncSession,
    command: PointAtBoard,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Plan:
    """Give a plan the board that a person names, or leave its board to people.

    It ends the looking for an automation's board, and takes the place of one that we could not
    make. Whether the board exists shows when it is read: a number that its system does not know
    is told in chat.

    Args:
        session: The caller commits.
        command: Which plan, which board.
        office: The installation.
        actor: Who says so.
        now: The present instant.

    Raises:
        PlanNotFound: there is no such plan.
        TransitionRefused: the plan is over, or needs a review.
        PlanNotBegun: it has no live date yet.
        BoardThere: its board is ready, being read or being made.
        BoardNotConnected: a board is named, and its system is not connected.
        BoardTaken: another plan has it.

    Source: docs/domain/upgrade.md, "The board of an automation".
    """
    plan = await plans.lock(session, command.plan_id)
    await _refuse_where_it_needs_none(session, plan)
    before = {"state": plan.board_state, "ref": plan.board_ref}
    await _settle_ours(session, plan, command.board_ref, now=now)
    if command.board_ref is None:
        plan.board_state = "by_hand"
        await no_board_wanted(session, plan, "The board is kept by hand.")
    else:
        if System.BOARD not in office.connected:
            raise BoardNotConnected("The board's system is not connected: nothing is read there.")
        await _refuse_a_taken_one(session, plan, command.board_ref)
        await have_board_read(session, plan, command.board_ref, "")
    record(
        session,
        actor=actor,
        action="board.named" if command.board_ref else "board.by_hand",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        before=before,
        after={"state": plan.board_state, "ref": plan.board_ref},
    )
    await touch(session, plan, office=office, actor=actor, now=now)
    return plan


async def _refuse_where_it_needs_none(session: AsyncSession, plan: Plan) -> None:
    lawful = {*OPEN_STATES, PlanState.LIVE}
    if PlanState(plan.state) not in lawful:
        raise TransitionRefused(
            f"The plan {in_words(PlanState(plan.state))}; it needs no board.",
            facts={"state": plan.state, "allowed_states": sorted(map(str, lawful))},
        )
    if plan.begun_at is None:
        raise PlanNotBegun("The plan has no live date yet; with one, it gets its board.")
    making = await session.scalar(
        select(Delivery.id).where(
            Delivery.plan_id == plan.id,
            Delivery.kind == DeliveryKind.BOARD_CREATE,
            Delivery.state.in_([str(state) for state in UNSETTLED]),
        )
    )
    if plan.board_state in ("filling", "ready") or making is not None:
        raise BoardThere(
            "The plan has its board, or one is being made for it.",
            facts={"state": plan.board_state, "ref": plan.board_ref, "url": plan.board_url},
        )


async def _settle_ours(
    session: AsyncSession, plan: Plan, board_ref: str | None, *, now: datetime
) -> None:
    """A board that we could not make is not tried again: it would be a second one."""
    stuck = await session.scalars(
        select(Delivery)
        .where(
            Delivery.plan_id == plan.id,
            Delivery.kind == DeliveryKind.BOARD_CREATE,
            Delivery.state.in_([str(state) for state in STUCK]),
        )
        .order_by(Delivery.id)
        .with_for_update()
    )
    for delivery in stuck:
        delivery.state, delivery.settled_at = DeliveryState.DONE_BY_HAND, now
        delivery.reason = "A person gave the plan its board, or keeps it by hand."
        delivery.evidence = {"reference": board_ref, "note": None} if board_ref else None
        delivery.version += 1


async def _refuse_a_taken_one(session: AsyncSession, plan: Plan, board_ref: str) -> None:
    holder = await holder_of(session, board_ref, but=plan)
    if holder is not None and holder.state != PlanState.CANCELLED:
        raise BoardTaken(f"Plan {holder.ref} has this board.", facts={"plan_ref": holder.ref})
