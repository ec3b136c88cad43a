"""A plan run ahead on a clock of its own: by the real services and sweeps, and all taken back.

Everything is done in one transaction and for one plan alone. Nothing leaves: what is sent is noted,
and taken for delivered. So the story is what would happen, as far as people keep to their part.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Plan
from app.db.rehearsal import rehearsal
from app.domain.actor import Actor, ActorKind
from app.domain.agreement import SignedAgreement
from app.domain.errors import Conflict, DomainError
from app.services.intents import noting
from app.services.office import Office
from app.services.plans import make_plan
from app.services.simulated_clock import instants_to_come, tick
from app.services.simulated_outside import answer
from app.services.simulated_people import Act, next_act
from app.services.simulated_record import Record
from app.services.stories import People, Refused, Story

MOST_STEPS = 600
AFTERWARDS = timedelta(weeks=2)
"""How long after the live instant, or after the beginning, a story goes on at most."""


class AgreementHasPlan(Conflict):
    """What is to be run ahead from its signature has its plan already."""

    code = "agreement_has_plan"


async def run_signed(
    session: AsyncSession,
    signed: SignedAgreement,
    *,
    people: People,
    office: Office,
    begins_at: datetime,
) -> Story:
    """Run the plan of an agreement ahead, from its signature to where nothing more comes.

    Args:
        session: Its transaction is afterwards as it was before.
        signed: What the agreement says.
        people: What people do.
        office: The installation.
        begins_at: When the agreement comes in.

    Raises:
        AgreementHasPlan: it made one before; that one can be run ahead itself.
        The errors of `make_plan`, for what is no question to Sales.

    Source: docs/domain/upgrade.md, "Running ahead".
    """
    actor = Actor(ActorKind.WEBHOOK, "agreement", "agreement")
    async with rehearsal(session):
        with noting(session) as noted:
            record = Record(session, office, noted, begins_at)
            made = await make_plan(session, signed, office=office, actor=actor, now=begins_at)
            if not made.created:
                raise AgreementHasPlan(
                    f"This agreement has made the plan {made.plan.ref}; run that one ahead.",
                    facts={"plan_ref": made.plan.ref},
                )
            run = _Run(session, made.plan.id, people, office, record, begins_at)
            return await run.to_the_end()


async def run_plan(
    session: AsyncSession, plan_id: UUID, *, people: People, office: Office, now: datetime
) -> Story:
    """Run a plan ahead from its present state.

    Args:
        session: Its transaction is afterwards as it was before.
        plan_id: Which plan.
        people: What people do.
        office: The installation.
        now: The present instant, at which the story begins.

    Raises:
        PlanNotFound: there is no such plan.
    """
    async with rehearsal(session):
        with noting(session) as noted:
            record = Record(session, office, noted, now)
            await record.leave_out_the_past(plan_id)
            run = _Run(session, plan_id, people, office, record, now)
            return await run.to_the_end()


@dataclass(slots=True)
class _Run:
    """One plan on its way.

    Attributes:
        now: The instant to which its clock has come.
        tried: Acts of people that were refused.
        still_at: The instant at which time had nothing more to do.
    """

    session: AsyncSession
    plan_id: UUID
    people: People
    office: Office
    record: Record
    now: datetime
    tried: set[str] = field(default_factory=set)
    still_at: datetime | None = None

    async def to_the_end(self) -> Story:
        """Let everything come, one thing after the other, until nothing more does."""
        last = self.now + AFTERWARDS
        cut_short = True
        plan = await plans.lock(self.session, self.plan_id)
        for _ in range(MOST_STEPS):
            answered = await answer(self.session, plan, office=self.office, now=self.now)
            if not answered:
                await self.record.bring_up_to_date(plan, now=self.now)
                if not await self._goes_on(plan, last):
                    cut_short = self.now > last
                    break
            plan = await plans.lock(self.session, self.plan_id)
            if plan.live_at is not None:
                last = max(last, plan.live_at + AFTERWARDS)
        return await self.record.story(plan, cut_short=cut_short)

    async def _goes_on(self, plan: Plan, last: datetime) -> bool:
        """Let the next thing come; whether there was one, before the story is over."""
        clock_at = await self._clock_at(plan)
        act = await self._act(plan)
        found = [at for at in (clock_at, act.at if act else None) if at is not None]
        if not found:
            return False
        self.now = max(self.now, min(found))
        if self.now > last:
            return False
        if act is None or (clock_at is not None and clock_at <= act.at):
            done = await tick(self.session, self.plan_id, office=self.office, now=self.now)
            self.still_at = None if done else self.now
        else:
            await self._let(act)
        return True

    async def _clock_at(self, plan: Plan) -> datetime | None:
        instants = await instants_to_come(self.session, plan, office=self.office, now=self.now)
        if self.still_at == self.now:
            instants = [at for at in instants if at > self.now]
        return min(instants, default=None)

    async def _act(self, plan: Plan) -> Act | None:
        if self.people is People.IDLE:
            return None
        tried = frozenset(self.tried)
        return await next_act(self.session, plan, office=self.office, now=self.now, tried=tried)

    async def _let(self, act: Act) -> None:
        """Let somebody do something; what is refused is told, and not tried again."""
        self.still_at = None
        noted = self.record.noted
        try:
            async with self.session.begin_nested():
                await act.do(self.now)
        except DomainError as refusal:
            self.tried.add(act.key)
            told = Refused(self.now, act.by.name, act.what, refusal.code, refusal.detail)
            self.record.refused(told, noted)
