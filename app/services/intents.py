"""Writing outside effects down: a delivery row each, or a task where nothing is connected."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.jobs import Job, enqueue_all
from app.db.models import Delivery, Plan
from app.domain.calendar import day_of, zone_of
from app.domain.delivery import DeliveryKind
from app.domain.plan import PlanState
from app.domain.task import TaskKind
from app.services.new_tasks import NewTask, add_tasks
from app.services.office import Office

DELIVERIES_A_JOB = 100
"""Of a wave of plans: one job carries a lot of deliveries, each of which settles by itself."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """How an effect reads as a task, where its system is not connected."""

    title: str
    instructions: str
    role: str


@dataclass(frozen=True, slots=True)
class Intent:
    """One outside effect, as it is intended.

    Attributes:
        kind: What it does, and so in which system.
        occasion: What of the plan it concerns; tells it from the plan's other effects.
        payload: Everything the effect needs, frozen, JSON-ready.
        by_hand: The task that it becomes where the system is not connected.
        not_after: The instant at which it is too late.
    """

    kind: DeliveryKind
    occasion: str
    payload: Mapping[str, Any]
    by_hand: ByHand | None = None
    not_after: datetime | None = None


async def intend(
    session: AsyncSession, plan: Plan, intent: Intent, *, office: Office, now: datetime
) -> Delivery | None:
    """Write down one outside effect and the job that carries it out, in the caller's transaction.

    Returns:
        The delivery, or None where the system is not connected: then it became a task.
    """
    (delivery,) = await intend_all(session, plan, [intent], office=office, now=now)
    return delivery


async def intend_all(
    session: AsyncSession,
    plan: Plan,
    intents: Sequence[Intent],
    *,
    office: Office,
    now: datetime,
) -> list[Delivery | None]:
    """The same for several effects, in their order, by one statement each for rows and jobs."""
    made = [
        _delivery(plan, intent, now=now) if intent.kind.system in office.connected else None
        for intent in intents
    ]
    deliveries = [delivery for delivery in made if delivery is not None]
    if deliveries:
        session.add_all(deliveries)
        jobs = [{"delivery_id": str(delivery.id)} for delivery in deliveries]
        await enqueue_all(session, Job.DELIVER, jobs)
    # A completed plan has no open task: nobody is asked to say by hand that it is.
    if plan.state != PlanState.COMPLETED:
        left = [intent for intent, one in zip(intents, made, strict=True) if one is None]
        tasks = [task for intent in left if (task := _task_by_hand(plan, intent, now=now))]
        await add_tasks(session, plan, tasks, now=now)
    _note(session, intents, made, now=now)
    return made


def _delivery(plan: Plan, intent: Intent, *, now: datetime) -> Delivery:
    delivery_id = new_id()
    return Delivery(
        id=delivery_id,
        plan_id=plan.id,
        kind=str(intent.kind),
        system=str(intent.kind.system),
        subject=intent.occasion,
        key=f"{plan.ref}/{intent.kind}/{delivery_id}#1",
        payload=dict(intent.payload),
        not_after=intent.not_after,
        created_at=now,
    )


def _task_by_hand(plan: Plan, intent: Intent, *, now: datetime) -> NewTask | None:
    """The person's task that stands for an effect; chat and board block nothing."""
    if intent.by_hand is None:
        return None
    today = day_of(now, zone_of(plan.timezone))
    return NewTask(
        key=f"effect:{intent.kind}:{intent.occasion}:{plan.version}",
        kind=TaskKind.EFFECT,
        title=intent.by_hand.title,
        role=intent.by_hand.role,
        due_on=min(today, plan.live_on) if plan.live_on else today,
        instructions=intent.by_hand.instructions,
    )


@dataclass(frozen=True, slots=True)
class Intended:
    """An effect that was written down.

    Attributes:
        intent: The effect.
        at: When, by the application's clock.
        by_hand: Whether its system is not connected, so that it became a task or nothing.
    """

    intent: Intent
    at: datetime
    by_hand: bool


@contextmanager
def noting(session: AsyncSession) -> Iterator[list[Intended]]:
    """Note every effect that is intended in a session meanwhile, for whoever shows them."""
    noted: list[Intended] = []
    session.info[_NOTED] = noted
    try:
        yield noted
    finally:
        del session.info[_NOTED]


_NOTED = "effects intended"


def _note(
    session: AsyncSession,
    intents: Sequence[Intent],
    made: Sequence[Delivery | None],
    *,
    now: datetime,
) -> None:
    noted: list[Intended] | None = session.info.get(_NOTED)
    if noted is not None:
        pairs = zip(intents, made, strict=True)
        noted += [Intended(intent, now, delivery is None) for intent, delivery in pairs]
