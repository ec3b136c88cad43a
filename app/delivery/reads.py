"""Reads at the outside systems: is the board filled, was the e-mail sent; no effects, no keys."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db import plans
from app.db.clock import real_now
from app.db.jobs import Job, enqueue
from app.db.models import Delivery, Plan
from app.delivery.mails import draft_of
from app.delivery.systems import Systems
from app.domain.delivery import MAIL_LEAD, DeliveryKind, DeliveryState, System
from app.domain.retry import delay_before_retry
from app.ports.board import BoardItem, BoardSnapshot
from app.ports.clock import Clock
from app.ports.errors import VendorError
from app.ports.mail import MailState
from app.services.board_changes import item_read, item_unread, standing_of
from app.services.boards import DELIVERY, board_filled, board_gave_up
from app.services.office import Office
from app.services.standing import touch
from app.telemetry import logger

LOG = logger(__name__)
BRIEF_WAITS_S = (0.15, 0.3, 0.6)
MOST_READS = 90
"""A template is copied in seconds; after some minutes a person looks."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading needs: the database, the clock, the systems, the installation."""

    sessions: async_sessionmaker[AsyncSession]
    clock: Clock
    systems: Systems
    office: Office

    async def read_board(self, plan_id: UUID, tries: int) -> None:
        """Look whether the copy of the template is whole; adopt the board, or look again later.

        Args:
            plan_id: Whose board.
            tries: How often it was looked at before.
        """
        async with self.sessions() as session:
            plan = await plans.lock(session, plan_id)
            board_ref, state = plan.board_ref, plan.board_state
            await session.rollback()
        if state != "filling" or board_ref is None:
            return
        snapshot = await self._look(board_ref)
        now = await self.clock.now()
        async with self.sessions.begin() as session:
            plan = await plans.lock(session, plan_id)
            plan.board_read_at = await real_now(session)
            if snapshot is not None:
                await board_filled(session, plan, snapshot, office=self.office, now=now)
                await touch(session, plan, office=self.office, actor=DELIVERY, now=now)
            elif tries >= MOST_READS:
                await board_gave_up(session, plan, office=self.office, now=now)
            else:
                job = {"plan_id": str(plan_id), "tries": tries + 1}
                await enqueue(session, Job.READ_BOARD, job, after=pause(tries))

    async def _look(self, board_ref: str) -> BoardSnapshot | None:
        """Read a board that is being filled, a few times in short order: most fill in a second."""
        for wait_s in (*BRIEF_WAITS_S, None):
            try:
                snapshot = await self.systems.the_board().snapshot(board_ref)
            except VendorError as failure:
                LOG.warning("board not read", board_ref=board_ref, detail=failure.detail)
                return None
            if snapshot is not None or wait_s is None:
                return snapshot
            await asyncio.sleep(wait_s)
        return None

    async def read_item(self, plan_id: UUID, item_ref: str, tries: int) -> None:
        """Read an item that somebody may have changed, and take over what was done to it.

        While a write of ours is on its way to the item, or one got there meanwhile, it is read
        again later: what it shows could be half ours.

        Args:
            plan_id: Whose board.
            item_ref: The item.
            tries: How often it was looked at before.
        """
        async with self.sessions() as session:
            plan = await session.get_one(Plan, plan_id)
            board_ref = plan.board_ref
            standing = await standing_of(session, plan, item_ref, office=self.office)
        if standing is None or board_ref is None:
            return
        item: BoardItem | None = None
        if standing.settled:
            try:
                item = await self.systems.the_board().item(board_ref, item_ref)
            except VendorError as failure:
                LOG.warning("item not read", plan_id=str(plan_id), detail=failure.detail)
            else:
                if item is None:
                    return  # it has left the board
        now = await self.clock.now()
        async with self.sessions.begin() as session:
            plan = await plans.lock(session, plan_id)
            still = await standing_of(session, plan, item_ref, office=self.office)
            if item is not None and still == standing:
                await item_read(session, plan, item, standing, office=self.office, now=now)
            elif (later := _pause_before_item(tries)) is not None:
                job = {"plan_id": str(plan_id), "item_ref": item_ref, "tries": tries + 1}
                await enqueue(session, Job.READ_ITEM, job, after=later)
            else:
                await item_unread(session, plan, standing, office=self.office, now=now)

    async def check_sent(self, *, now: datetime, limit: int = 50) -> int:
        """See whether the helpdesk has sent what it had scheduled; return how many it had.

        Args:
            now: The application's clock.
            limit: Most e-mails looked at.
        """
        if self.systems.mail is None:
            return 0
        seen = 0
        for delivery in await self._scheduled(now=now, limit=limit):
            ids = dict(delivery.result or {})
            try:
                state = await self.systems.the_mail().state(draft_of(ids))
            except VendorError as failure:
                LOG.warning("mail not read", delivery_id=str(delivery.id), detail=failure.detail)
                continue
            if state is MailState.PUBLISHED:
                seen += 1
                await self._published(delivery.id, now=now)
        return seen

    async def _scheduled(self, *, now: datetime, limit: int) -> Sequence[Delivery]:
        mails = [str(DeliveryKind.EMAIL_BEGUN), str(DeliveryKind.EMAIL_COMPLETE)]
        async with self.sessions() as session:
            rows = await session.scalars(
                select(Delivery)
                .where(
                    Delivery.kind.in_(mails),
                    Delivery.state == DeliveryState.DELIVERED,
                    Delivery.published_at.is_(None),
                    Delivery.settled_at <= now - MAIL_LEAD,
                )
                # The newest first: those that are never seen as sent must not hide them.
                .order_by(Delivery.settled_at.desc())
                .limit(limit)
            )
            return list(rows)

    async def _published(self, delivery_id: UUID, *, now: datetime) -> None:
        async with self.sessions.begin() as session:
            await session.execute(
                update(Delivery)
                .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.DELIVERED)
                .values(published_at=now, version=Delivery.version + 1)
            )


async def probe(systems: Systems) -> AsyncIterator[tuple[System, bool, str]]:
    """Try the credentials of every connected system; say what each answered."""
    ports = {System.BOARD: systems.board, System.MAIL: systems.mail, System.CHAT: systems.chat}
    for system, port in ports.items():
        if port is not None:
            try:
                yield system, True, await port.probe()
            except VendorError as failure:
                yield system, False, failure.detail


def _pause_before_item(tries: int) -> timedelta | None:
    """How long to wait before an item is read again; our own writes are tried as often."""
    # Jitter needs no secrecy.
    return delay_before_retry(tries + 1, retry_after_s=None, jitter=random.random())  # noqa: S311


def pause(tries: int) -> timedelta:
    """How long to wait before a filling board is looked at again: a second at first, then 5 s."""
    return timedelta(seconds=min(float(2**tries), 5.0))
