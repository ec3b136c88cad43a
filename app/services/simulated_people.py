"""What diligent people would do with a plan, and when: everything on its day, with proof."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Adjustment, Plan, Staff, Task, Timer
from app.domain.actor import Actor, ActorKind
from app.domain.adjustment import AdjustmentState, BillingMode, typed_names
from app.domain.calendar import day_of, first_instant_at, zone_of
from app.domain.carrying_out import Evidence
from app.domain.plan import OPEN_STATES, PlanState
from app.domain.playbook.reminder import Awaited
from app.domain.readiness import CompleteEmailState, what_blocks_the_complete_email
from app.domain.run.model import StepState
from app.domain.submission import RELEASABLE, release_names
from app.domain.task import TaskState
from app.services.adjustments import Confirm, confirm_adjustment
from app.services.client_mail import COMPLETE_BY_HAND, send_complete_email
from app.services.endings import acknowledge_plan
from app.services.office import Office
from app.services.releases import Release, left_for_the_automation, release_plan
from app.services.simulated_outside import EVIDENCE
from app.services.standing import adjustment_facts, task_facts
from app.services.tasks import Complete, complete_task

STARTS_WORK = time(10, 0)
"""The hour of the client's clock at which people do what is due that day."""

PROOF = Evidence(EVIDENCE)

Do = Callable[[datetime], Awaitable[object]]
"""What is done, at the instant that it is given."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person is going to do.

    Attributes:
        at: When; it may have passed, then it is done now.
        key: Tells it from everything else: what was refused once is not tried again.
        what: In words.
        by: Who does it.
        do: Does it.
    """

    at: datetime
    key: str
    what: str
    by: Actor
    do: Do


async def next_act(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime, tried: frozenset[str]
) -> Act | None:
    """The first thing that people are going to do with a plan as it is, or None.

    Args:
        session: Of the rehearsal.
        plan: As it is now.
        office: The installation.
        now: The present instant of the story.
        tried: Keys of what was refused before.
    """
    tasks = await plans.tasks_of(session, plan)
    adjustments = await plans.adjustments_of(session, plan)
    people = _People(session, plan, office, await _names(session), now)
    acts = [
        *people.tasks(tasks),
        *await people.billing(adjustments),
        *await people.release(),
        *people.complete_email(tasks, adjustments),
        *await people.acknowledgement(),
    ]
    left = [act for act in acts if act.key not in tried]
    return min(left, key=lambda act: max(act.at, now), default=None)


async def _names(session: AsyncSession) -> dict[UUID, str]:
    rows = await session.execute(select(Staff.id, Staff.name))
    return {row.id: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class _People:
    """The people of a plan at one instant of its story."""

    session: AsyncSession
    plan: Plan
    office: Office
    names: dict[UUID, str]
    now: datetime

    def tasks(self, tasks: Sequence[Task]) -> Iterator[Act]:
        """Every task is ticked on its due day, whoever has it; one that is blocked stays so."""
        if self.plan.state not in (*OPEN_STATES, PlanState.LIVE):
            return
        if self.plan.state == PlanState.ON_HOLD:
            return
        for task in tasks:
            waits = task.step_state == StepState.WAITING
            if task.state == TaskState.OPEN and task.adjustment_id is None and not waits:
                by = self._person(task.role, task.assignee_id)
                command = Complete(task.id, evidence=PROOF if task.reverses_id else None)
                at = self._at_work(task.due_on) if task.due_on else self.now
                yield Act(
                    at, f"task/{task.id}", f"Tick '{task.title}'", by, self._ticking(command, by)
                )

    def _ticking(self, command: Complete, by: Actor) -> Do:
        return lambda now: complete_task(
            self.session, command, office=self.office, actor=by, now=now
        )

    async def billing(self, adjustments: Sequence[Adjustment]) -> list[Act]:
        """Every change of the bill that people make is made on its first safe day."""
        if self.plan.state != PlanState.IN_WINDOW:
            return []
        client = await plans.client_of(self.session, self.plan)
        today = day_of(self.now, zone_of(self.plan.timezone))
        by = self._person(self.office.playbook.setup_role, self.plan.support_id)
        acts = []
        for one in adjustments:
            left = [day for day in one.safe_days if day >= today]
            if one.mode == BillingMode.MANUAL and one.state in _TO_BE_MADE and left:
                typed = typed_names(client.name, one.service)
                command = Confirm(one.id, typed, PROOF)
                what = f"Confirm: {one.kind.replace('_', ' ')} '{one.service}'"
                key = f"adjustment/{one.id}"
                acts.append(
                    Act(self._at_work(left[0]), key, what, by, self._confirming(command, by))
                )
        return acts

    def _confirming(self, command: Confirm, by: Actor) -> Do:
        return lambda now: confirm_adjustment(
            self.session, command, office=self.office, actor=by, now=now
        )

    async def release(self) -> list[Act]:
        """Where an automation changes bills, its changes are let go on the window's first day."""
        plan = self.plan
        if self.office.billing_mode is BillingMode.MANUAL or plan.state not in RELEASABLE:
            return []
        if plan.released_at is not None or plan.window_opens_at is None:
            return []
        if not await left_for_the_automation(self.session, plan):
            return []
        client = await plans.client_of(self.session, plan)
        by = self._person(self.office.playbook.setup_role, plan.support_id)
        command = Release(plan.id, release_names(client.name, plan.from_package))
        opens_on = day_of(plan.window_opens_at, zone_of(plan.timezone))

        def do(now: datetime) -> Awaitable[object]:
            return release_plan(self.session, command, office=self.office, actor=by, now=now)

        what = "Let the billing changes go"
        return [Act(self._at_work(opens_on), f"release/{plan.version}", what, by, do)]

    def complete_email(self, tasks: Sequence[Task], adjustments: Sequence[Adjustment]) -> list[Act]:
        """The Complete e-mail is sent as soon as nothing else is in its way."""
        plan = self.plan
        if plan.state not in RELEASABLE or plan.live_at is None or self.now >= plan.live_at:
            return []
        if plan.complete_email != CompleteEmailState.NOT_SENT:
            return []
        asked = [task for task in tasks if task.key.startswith(COMPLETE_BY_HAND)]
        if any(task.state == TaskState.OPEN for task in asked):
            return []
        if what_blocks_the_complete_email(
            [task_facts(task) for task in tasks], [adjustment_facts(one) for one in adjustments]
        ):
            return []
        by = self._person("support", plan.support_id)

        def do(now: datetime) -> Awaitable[object]:
            return send_complete_email(self.session, plan.id, office=self.office, actor=by, now=now)

        what = f"Send the {self.office.playbook.complete_email.title} e-mail"
        return [Act(self.now, f"complete/{plan.version}", what, by, do)]

    async def acknowledgement(self) -> list[Act]:
        """Marketing acknowledges once it was asked to."""
        plan = self.plan
        if plan.acknowledged_at is not None:
            return []
        asking = [one.key for one in self.office.playbook.reminders if one.of is _ACKNOWLEDGEMENT]
        asked = await self.session.scalar(
            select(Timer.id)
            .where(Timer.plan_id == plan.id, Timer.moment.in_(asking), Timer.state == "fired")
            .limit(1)
        )
        if asked is None:
            return []
        by = self._person("marketing", plan.marketing_id)

        def do(now: datetime) -> Awaitable[object]:
            return acknowledge_plan(self.session, plan.id, office=self.office, actor=by, now=now)

        return [Act(self.now, f"acknowledge/{plan.version}", "Acknowledge the plan", by, do)]

    def _at_work(self, day: date) -> datetime:
        return first_instant_at(day, STARTS_WORK, zone_of(self.plan.timezone))

    def _person(self, role: str, staff_id: UUID | None) -> Actor:
        name = self.names.get(staff_id) if staff_id is not None else None
        title = next((one.title for one in self.office.playbook.roles if one.key == role), role)
        return Actor(ActorKind.KEY, f"run-ahead/{role}", name or title, role, staff_id)


_ACKNOWLEDGEMENT = Awaited.ACKNOWLEDGEMENT
_TO_BE_MADE = (AdjustmentState.SCHEDULED, AdjustmentState.DUE, AdjustmentState.FAILED)
