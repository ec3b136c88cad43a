"""Writing outside effects down: a delivery row each, or a task where nothing is connected."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.jobs import Job, enqueue_all
from app.db.models import Delivery, Plan
from app.domain.delivery import CLIENT_EMAILS, DeliveryKind, DeliveryState
from app.domain.effect_key import Effect, family_of
from app.domain.plan import PlanState
from app.domain.task import TaskKind
from app.services.epochs import RESTORED, in_epoch
from app.services.new_tasks import NewTask, add_tasks, due_now
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
    sent = [intent for intent in intents if intent.kind.system in office.connected]
    before = await _set_off_before(session, plan, sent) if sent else NOTHING_BEFORE
    made = [
        _delivery(plan, intent, before, now=now) if intent in sent else None for intent in intents
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


@dataclass(frozen=True, slots=True)
class Before:
    """What the plan has set off until now, by families of keys; and whether all is to be doubted.

    Attributes:
        times: How often, by family; counted on while effects are written down.
        doubted: Whether a backup was restored: any effect may have been sent before.
    """

    times: Counter[str]
    doubted: bool = False


NOTHING_BEFORE = Before(Counter())


async def _set_off_before(session: AsyncSession, plan: Plan, intents: Sequence[Intent]) -> Before:
    """Count what the plan has set off of the same, by one statement."""
    keys = func.coalesce(func.array_agg(Delivery.key), array([], type_=String))
    found = await session.execute(
        select(keys, in_epoch()).where(
            Delivery.plan_id == plan.id,
            Delivery.subject.in_({intent.occasion for intent in intents}),
        )
    )
    known, doubted = found.one()
    return Before(Counter(family_of(key) for key in known), doubted)


def _delivery(plan: Plan, intent: Intent, before: Before, *, now: datetime) -> Delivery:
    recipient = str(intent.payload.get("to_email", ""))
    effect = Effect(plan.ref, intent.kind, intent.occasion, plan.live_on, recipient)
    before.times[effect.family] += 1
    nth = before.times[effect.family]
    marker = {"marker": effect.marker(nth)} if intent.kind in CLIENT_EMAILS else {}
    return Delivery(
        id=new_id(),
        plan_id=plan.id,
        kind=str(intent.kind),
        system=str(intent.kind.system),
        subject=intent.occasion,
        key=effect.key(nth),
        state=str(DeliveryState.UNCERTAIN if before.doubted else DeliveryState.PENDING),
        reason=RESTORED if before.doubted else None,
        payload={**intent.payload, **marker},
        not_after=intent.not_after,
        created_at=now,
    )


def _task_by_hand(plan: Plan, intent: Intent, *, now: datetime) -> NewTask | None:
    """The person's task that stands for an effect; chat and board block nothing."""
    if intent.by_hand is None:
        return None
    return NewTask(
        key=f"effect:{intent.kind}:{intent.occasion}:{plan.version}",
        kind=TaskKind.EFFECT,
        title=intent.by_hand.title,
        role=intent.by_hand.role,
        due_on=due_now(plan, now=now),
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
