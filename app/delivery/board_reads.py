"""Reads of boards: has one appeared, is it filled, what did people do to an item."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db import plans
from app.db.clock import real_now
from app.db.jobs import Job, enqueue
from app.db.models import Plan
from app.delivery.admission import buckets_of
from app.delivery.asking import HELD_OFF, NotNow, asking
from app.delivery.systems import NotConnected, Systems
from app.domain.board_search import LONGEST_FILLING, is_at_rest
from app.domain.delivery import System
from app.domain.pacing import Limits
from app.domain.retry import delay_before_retry
from app.ports.board import BoardItem, BoardRef, BoardSnapshot
from app.ports.clock import Clock
from app.ports.errors import Refused, Unauthorized, VendorError
from app.services.board_adoption import board_filled, board_gave_up, board_refused, is_filling
from app.services.board_changes import item_read, item_unread, standing_of
from app.services.board_search import board_looked_for
from app.services.boards import DELIVERY, is_our_own
from app.services.epochs import is_in_epoch
from app.services.office import Office
from app.services.standing import touch
from app.telemetry import logger

LOG = logger(__name__)
BRIEF_WAITS_S = (0.15, 0.3, 0.6)
"""Most boards are filled in a second: at first they are read a few times in short order."""

NOTHING_HELD = (0, 0)

OUT_OF_ORDER = 3
"""Times that a tick which waits for others is read again: they may have been ticked with it."""


class Unread(Enum):
    """Why an item was not read: it may be later, its system is held off, or it left the board."""

    FOR_NOW = auto()
    HELD_OFF = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a board among several: how many there were, and what the last one saw.

    Attributes:
        tries: How often the board was looked at before.
        held_before: How many groups and items it had then.
        ours: Whether this service made it, and so knows what it will hold.
    """

    tries: int
    held_before: tuple[int, int]
    ours: bool

    def may_take(self, read: BoardSnapshot) -> bool:
        """Whether a board that is not like the template is taken as it is."""
        rests = is_at_rest(self.tries, held=held_by(read), held_before=self.held_before)
        return rests and not self.ours

    def may_let_go(self, refusal: Refused) -> bool:
        """Whether a refusal means that the board cannot be the plan's; ours only takes its time."""
        return not self.ours and not isinstance(refusal, Unauthorized)


def held_by(read: BoardSnapshot | VendorError) -> tuple[int, int]:
    """How many groups and items a board has; none where it could not be read."""
    if isinstance(read, BoardSnapshot):
        return len(read.groups), len(read.items)
    return NOTHING_HELD


@dataclass(frozen=True, slots=True)
class BoardReader:
    """What reading boards needs: database, clock, systems and limits, the installation."""

    sessions: async_sessionmaker[AsyncSession]
    clock: Clock
    systems: Systems
    office: Office
    limits: Limits = field(default_factory=dict)

    def _asking(self, system: System) -> AbstractAsyncContextManager[None]:
        return asking(self.sessions, system, buckets_of(self.limits, system))

    async def find_board(self, plan_id: UUID, looks: int, asked_at: str | None) -> None:
        """Look for the board that an automation makes; it is adopted, or looked for again later.

        Args:
            plan_id: Whose board.
            looks: How often it was looked for before.
            asked_at: When this look was asked for; a later one has taken its place. None for one
                that takes the place of a lost job.
        """
        async with self.sessions() as session:
            plan = await session.get_one(Plan, plan_id)
            awaited = _awaits_this_look(plan, asked_at)
            ref = (await plans.agreement_of(session, plan)).ref
        if not awaited:
            return
        found = await self._named(ref)
        now = await self.clock.now()
        async with self.sessions.begin() as session:
            plan = await plans.lock(session, plan_id)
            if found is None:
                job = {"plan_id": str(plan_id), "looks": looks, "asked_at": asked_at}
                await enqueue(session, Job.FIND_BOARD, job, after=HELD_OFF)
            elif _awaits_this_look(plan, asked_at):
                await board_looked_for(
                    session, plan, found, looks=looks + 1, office=self.office, now=now
                )

    async def _named(self, ref: str) -> Sequence[BoardRef] | None:
        """The boards with this ref in their names; none where they cannot be listed.

        Returns:
            None where they may not be asked for just now.
        """
        try:
            async with self._asking(System.BOARD):
                return await self.systems.the_board().named(ref)
        except NotNow:
            return None
        except (VendorError, NotConnected) as failure:
            LOG.warning("boards not listed", detail=failure.detail)
            return ()

    async def read_board(
        self, plan_id: UUID, tries: int, held_before: tuple[int, int] = NOTHING_HELD
    ) -> None:
        """Look whether a board is whole; fit it to the plan, or look again later.

        One that is not ours is taken as it is once it changes no more, and let go if it cannot be
        read at all.

        Args:
            plan_id: Whose board.
            tries: How often it was looked at before.
            held_before: How many groups and items it had when it was last looked at.
        """
        async with self.sessions() as session:
            plan = await session.get_one(Plan, plan_id)
            board_ref, filling = plan.board_ref, is_filling(plan)
            # After a restore, one that we made may have been fitted already, and lack groups.
            ours = await is_our_own(session, plan) and not await is_in_epoch(session)
            reading = Reading(tries, held_before, ours=ours)
        if not filling or board_ref is None:
            return
        read = await self._look(board_ref, BRIEF_WAITS_S if tries == 0 else ())
        now = await self.clock.now()
        async with self.sessions.begin() as session:
            plan = await plans.lock(session, plan_id)
            if plan.board_ref != board_ref or not is_filling(plan):
                return
            plan.board_read_at = await real_now(session)
            if isinstance(read, NotNow):
                same = {"plan_id": str(plan_id), "tries": tries, "held": held_before}
                await enqueue(session, Job.READ_BOARD, same, after=HELD_OFF)
            elif await self._take_in(session, plan, read, reading, now=now):
                await touch(session, plan, office=self.office, actor=DELIVERY, now=now)
            else:
                job = {"plan_id": str(plan_id), "tries": tries + 1, "held": held_by(read)}
                await enqueue(session, Job.READ_BOARD, job, after=pause(tries))

    async def _take_in(
        self,
        session: AsyncSession,
        plan: Plan,
        read: BoardSnapshot | VendorError,
        reading: Reading,
        *,
        now: datetime,
    ) -> bool:
        """End the reading by what was read, or leave it to a later one."""
        if isinstance(read, BoardSnapshot) and (read.whole or reading.may_take(read)):
            await board_filled(session, plan, read, office=self.office, now=now)
        elif isinstance(read, Refused) and reading.may_let_go(read):
            await board_refused(session, plan, read.detail, office=self.office, now=now)
        elif reading.tries >= LONGEST_FILLING:
            await board_gave_up(session, plan, office=self.office, now=now)
        else:
            return False
        return True

    async def _look(self, board_ref: str, waits_s: Sequence[float]) -> BoardSnapshot | VendorError:
        """Read a board that is being filled, again after each wait until it is whole."""
        for wait_s in (*waits_s, None):
            try:
                async with self._asking(System.BOARD):
                    snapshot = await self.systems.the_board().snapshot(board_ref)
            except VendorError as failure:
                LOG.warning("board not read", board_ref=board_ref, detail=failure.detail)
                return failure
            if snapshot.whole or wait_s is None:
                break
            await asyncio.sleep(wait_s)
        return snapshot

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
        seen = await self._look_at(board_ref, item_ref) if standing.settled else Unread.FOR_NOW
        if seen is Unread.GONE:
            return
        now = await self.clock.now()
        async with self.sessions.begin() as session:
            plan = await plans.lock(session, plan_id)
            still = await standing_of(session, plan, item_ref, office=self.office)
            later = _pause_before_item(tries)
            if isinstance(seen, BoardItem) and still == standing:
                patient = tries < OUT_OF_ORDER and later is not None
                waits = await item_read(
                    session, plan, seen, standing, office=self.office, now=now, patient=patient
                )
                if not waits:
                    return
            elif seen is Unread.HELD_OFF:
                tries, later = tries - 1, HELD_OFF
            if later is None:
                await item_unread(session, plan, standing, office=self.office, now=now)
                return
            job = {"plan_id": str(plan_id), "item_ref": item_ref, "tries": tries + 1}
            await enqueue(session, Job.READ_ITEM, job, after=later)

    async def _look_at(self, board_ref: str, item_ref: str) -> BoardItem | Unread:
        """Read an item, or say why it was not."""
        try:
            async with self._asking(System.BOARD):
                item = await self.systems.the_board().item(board_ref, item_ref)
        except NotNow:
            return Unread.HELD_OFF
        except VendorError as failure:
            LOG.warning("item not read", item_ref=item_ref, detail=failure.detail)
            return Unread.FOR_NOW
        return Unread.GONE if item is None else item


def _pause_before_item(tries: int) -> timedelta | None:
    """How long to wait before an item is read again; our own writes are tried as often."""
    # Jitter needs no secrecy.
    return delay_before_retry(tries + 1, retry_after_s=None, jitter=random.random())  # noqa: S311


def pause(tries: int) -> timedelta:
    """How long to wait before a filling board is looked at again: a second at first, then 5 s."""
    return timedelta(seconds=min(float(2**tries), 5.0))


def _awaits_this_look(plan: Plan, asked_at: str | None) -> bool:
    """Whether the plan awaits its board, and no later look was asked for."""
    newest = plan.board_read_at.isoformat() if plan.board_read_at else None
    return plan.board_state == "awaited" and asked_at in (None, newest)
