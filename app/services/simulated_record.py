"""Writing down what a plan that is run ahead goes through, as it goes through it."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.public_holidays import live_date_warnings
from app.db import plans
from app.db.models import AuditEntry, Plan, Staff, Task
from app.domain.delivery import CLIENT_EMAILS, TooLate, sending_time
from app.domain.period import runs_of
from app.domain.plan import OPEN_STATES, PlanState
from app.domain.three_bills import ThreeBills
from app.services.at_hand import money_of
from app.services.intents import Intended
from app.services.letters import plan_words
from app.services.office import Office
from app.services.previews import bills_of
from app.services.standing import blockers_of
from app.services.stories import (
    AdjustmentTold,
    Entry,
    Happened,
    InTheWay,
    Refused,
    SetOff,
    Story,
    TaskTold,
)

_ASKED_IN = (PlanState.SCHEDULED, PlanState.IN_WINDOW, PlanState.MISSED)
"""Reaching one of these, what blocks the plan is told."""


class Record:
    """The story of one plan in the making.

    Args:
        session: Of the rehearsal.
        office: The installation.
        noted: What is intended in it (`intents.noting`); taken out once it is told.
        began_at: The instant at which the story begins.
    """

    def __init__(
        self, session: AsyncSession, office: Office, noted: list[Intended], began_at: datetime
    ) -> None:
        self._session, self._office, self._noted = session, office, noted
        self._began_at = began_at
        self._entries: list[Entry] = []
        self._told: set[UUID] = set()
        self._state: str | None = None
        self._bills: ThreeBills | None = None

    async def leave_out_the_past(self, plan_id: UUID) -> None:
        """Tell nothing of what was done before, at the same instant too."""
        self._told |= set(
            await self._session.scalars(
                select(AuditEntry.id).where(
                    AuditEntry.plan_id == plan_id, AuditEntry.at >= self._began_at
                )
            )
        )

    async def bring_up_to_date(self, plan: Plan, *, now: datetime) -> None:
        """Tell what was done and set off since this was called last, up to now."""
        await self._session.flush()
        self._entries += await self._happened(plan)
        self._entries += self._set_off()
        if plan.state != self._state:
            self._state = plan.state
            if plan.state in _ASKED_IN:
                self._entries.append(InTheWay(now, await self._in_the_way(plan)))
        if self._bills is None:
            self._bills = await bills_of(self._session, plan, office=self._office, now=now)

    def refused(self, entry: Refused, noted_before: int) -> None:
        """Tell of a refusal; what was intended on the way to it was taken back with it."""
        del self._noted[noted_before:]
        self._entries.append(entry)

    @property
    def noted(self) -> int:
        """How much is intended and not told yet."""
        return len(self._noted)

    async def story(self, plan: Plan, *, cut_short: bool) -> Story:
        """The whole story, with everything as it stands in the end."""
        words = await plan_words(self._session, plan, self._office)
        is_open = plan.state in OPEN_STATES
        return Story(
            plan_ref=plan.ref,
            client=words.client,
            from_package=words.from_package,
            to_package=words.to_package,
            timezone=plan.timezone,
            organisation_timezone=self._office.timezone.key,
            began_at=self._began_at,
            entries=tuple(self._entries),
            tasks=await self._tasks(plan),
            adjustments=await self._adjustments(plan),
            bills=self._bills,
            state=plan.state,
            flags=tuple(plan.flags),
            live_on=plan.live_on,
            warnings=await self._warnings(plan),
            in_the_way=await self._in_the_way(plan) if is_open else (),
            cut_short=cut_short,
        )

    async def _happened(self, plan: Plan) -> list[Entry]:
        rows = await self._session.scalars(
            select(AuditEntry)
            .where(AuditEntry.plan_id == plan.id, AuditEntry.at >= self._began_at)
            .order_by(AuditEntry.at, AuditEntry.id)
        )
        new = [row for row in rows if row.id not in self._told]
        self._told |= {row.id for row in new}
        amounts = await self._amounts(plan) if new else {}
        return [
            Happened(
                row.at,
                row.action,
                row.actor_name,
                row.before or {},
                row.after or {},
                row.reason,
                amounts.get(row.subject_id),
            )
            for row in new
        ]

    async def _amounts(self, plan: Plan) -> dict[UUID, str]:
        rows = await plans.adjustments_of(self._session, plan)
        return {row.id: money.spoken() for row in rows if (money := money_of(row)) is not None}

    def _set_off(self) -> Iterator[Entry]:
        for each in self._noted:
            intent, leaves_at = each.intent, None
            if intent.kind in CLIENT_EMAILS and not each.by_hand:
                at = sending_time(each.at, not_after=intent.not_after)
                leaves_at = None if isinstance(at, TooLate) else at
            yield SetOff(
                each.at, intent.kind, intent.occasion, intent.payload, leaves_at, each.by_hand
            )
        self._noted.clear()

    async def _warnings(self, plan: Plan) -> tuple[str, ...]:
        client = await plans.client_of(self._session, plan)
        found = live_date_warnings(plan.live_on, client.country, client.region)
        return tuple(each.detail for each in found)

    async def _in_the_way(self, plan: Plan) -> tuple[str, ...]:
        return tuple(blocker.detail for blocker in await blockers_of(self._session, plan))

    async def _tasks(self, plan: Plan) -> tuple[TaskTold, ...]:
        rows = await self._session.execute(
            select(Task, Staff.name)
            .outerjoin(Staff, Staff.id == Task.assignee_id)
            .where(Task.plan_id == plan.id)
            .order_by(Task.due_on, Task.position)
        )
        return tuple(
            TaskTold(task.title, task.role, name, task.due_on, task.state, task.reason)
            for task, name in rows
        )

    async def _adjustments(self, plan: Plan) -> tuple[AdjustmentTold, ...]:
        return tuple(
            AdjustmentTold(
                row.kind,
                row.service,
                money_of(row),
                runs_of(row.safe_days),
                row.reckoning["sentence"] if row.reckoning else None,
                row.state,
            )
            for row in await plans.adjustments_of(self._session, plan)
        )
