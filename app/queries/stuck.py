"""Everything that is stuck or failed, in one place: effects, events, quotes, and queued jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import QUEUE_SCHEMA
from app.db.models import Delivery, InboundEvent
from app.domain.delivery import STUCK, WAITING, DeliveryState
from app.queries.deliveries import DeliveryFilter as AnyDelivery
from app.queries.deliveries import DeliverySummary, deliveries_listed, delivery_summary_of
from app.queries.inbound_events import (
    InboundEventFilter,
    InboundEventSummary,
    inbound_events_listed,
    inbound_summary_of,
)
from app.queries.systems import SystemView, systems
from app.queries.waiting_quotes import (
    WaitingQuote,
    oldest_waiting_quotes,
    waiting_quotes_counted,
)

MOST_SHOWN = 50
LATE_S = 60
"""A row whose time came this long ago, and that nobody has taken up, is stuck."""

FAILED_JOBS_KEPT_DAYS = 7


@dataclass(frozen=True, slots=True)
class StuckJob:
    """A job of the queue: late, without a sign of life, or ended by a fault of ours."""

    id: int
    kind: str
    why: str
    since: datetime


@dataclass(frozen=True, slots=True)
class StuckView:
    """What a person may have to look at.

    Attributes:
        systems: Those that are paused or down.
        deliveries: How many are stuck, by why: `failed`, `parked`, `uncertain`, `held`, `late`, and
            `silent`, whose worker has given no sign of life and from whom nobody took them back.
        oldest_deliveries: Those that are stuck longest.
        events: How many events are stuck: `quarantined`, and `received` for too long.
        oldest_events: Those that are stuck longest.
        quotes: How many changes of users wait for a person, by what is to be done.
        oldest_quotes: Those that wait longest.
        jobs: How many jobs are stuck: `late`, `silent`, `failed`.
        newest_jobs: The newest of them.
    """

    systems: Sequence[SystemView]
    deliveries: Mapping[str, int]
    oldest_deliveries: Sequence[DeliverySummary]
    events: Mapping[str, int]
    oldest_events: Sequence[InboundEventSummary]
    quotes: Mapping[str, int]
    oldest_quotes: Sequence[WaitingQuote]
    jobs: Mapping[str, int]
    newest_jobs: Sequence[StuckJob]

    @property
    def count(self) -> int:
        """How many things there are altogether."""
        kinds = (self.deliveries, self.events, self.quotes, self.jobs)
        return sum(sum(counted.values()) for counted in kinds) + len(self.systems)


async def stuck(session: AsyncSession) -> StuckView:
    """Look over everything; what merely waits for its time, as it should, is not among it."""
    jobs = await _jobs(session)
    return StuckView(
        systems=[one for one in await systems(session) if one.state != "up"],
        deliveries=await _deliveries_counted(session),
        oldest_deliveries=await _oldest_deliveries(session),
        events=await _events_counted(session),
        oldest_events=await _oldest_events(session),
        quotes=await waiting_quotes_counted(session),
        oldest_quotes=await oldest_waiting_quotes(session),
        jobs={why: count for why, count, _ in jobs},
        newest_jobs=[one for _, _, newest in jobs for one in newest],
    )


def _late() -> ColumnElement[bool]:
    ago = func.clock_timestamp() - text(f"interval '{LATE_S} seconds'")
    due = func.coalesce(Delivery.next_attempt_at, Delivery.enqueued_at)
    return Delivery.state.in_([str(state) for state in WAITING]) & (due < ago)


def _silent() -> ColumnElement[bool]:
    ago = func.clock_timestamp() - text(f"interval '{LATE_S} seconds'")
    return (Delivery.state == DeliveryState.SENDING) & (Delivery.lease_until < ago)


def _is_stuck() -> ColumnElement[bool]:
    # As the two partial indexes say it, so that they serve.
    finally_stuck = Delivery.state.in_([str(state) for state in STUCK])
    return or_(
        finally_stuck,
        Delivery.held_at.is_not(None) & Delivery.state.in_([str(state) for state in WAITING]),
        Delivery.state == DeliveryState.UNCERTAIN,
        _late(),
        _silent(),
    )


async def _deliveries_counted(session: AsyncSession) -> Mapping[str, int]:
    waiting = Delivery.state.in_([str(state) for state in WAITING])
    why = case(
        (and_(waiting, Delivery.held_at.is_not(None)), literal("held")),
        (Delivery.state.in_(["failed", "parked", "uncertain"]), cast(Delivery.state, String)),
        (Delivery.state == DeliveryState.SENDING, literal("silent")),
        else_=literal("late"),
    )
    rows = await session.execute(select(why, func.count()).where(_is_stuck()).group_by(why))
    return {row[0]: row[1] for row in rows}


async def _oldest_deliveries(session: AsyncSession) -> Sequence[DeliverySummary]:
    wanted = deliveries_listed(AnyDelivery()).where(_is_stuck())
    rows = await session.execute(
        wanted.order_by(Delivery.created_at, Delivery.id).limit(MOST_SHOWN)
    )
    return [delivery_summary_of(row) for row in rows]


def _events_stuck() -> ColumnElement[bool]:
    ago = func.clock_timestamp() - text(f"interval '{LATE_S} seconds'")
    return or_(
        InboundEvent.status == "quarantined",
        and_(InboundEvent.status == "received", InboundEvent.enqueued_at < ago),
    )


async def _events_counted(session: AsyncSession) -> Mapping[str, int]:
    rows = await session.execute(
        select(InboundEvent.status, func.count())
        .where(_events_stuck())
        .group_by(InboundEvent.status)
    )
    return {row[0]: row[1] for row in rows}


async def _oldest_events(session: AsyncSession) -> Sequence[InboundEventSummary]:
    wanted = inbound_events_listed(InboundEventFilter()).where(_events_stuck())
    rows = await session.execute(
        wanted.order_by(InboundEvent.received_at, InboundEvent.id).limit(MOST_SHOWN)
    )
    return [inbound_summary_of(row) for row in rows]


_QUEUES: Mapping[str, str] = {
    "late": f"SELECT id, entrypoint, execute_after AS since FROM {QUEUE_SCHEMA}.pgqueuer"  # noqa: S608
    f" WHERE status = 'queued' AND execute_after < clock_timestamp() - interval '{LATE_S} seconds'",
    "silent": f"SELECT id, entrypoint, heartbeat AS since FROM {QUEUE_SCHEMA}.pgqueuer"  # noqa: S608
    f" WHERE status = 'picked' AND heartbeat < clock_timestamp() - interval '{LATE_S} seconds'",
    "failed": "SELECT job_id AS id, entrypoint, created AS since"  # noqa: S608
    f" FROM {QUEUE_SCHEMA}.pgqueuer_log WHERE status IN ('exception', 'failed')"
    f" AND created > clock_timestamp() - interval '{FAILED_JOBS_KEPT_DAYS} days'",
}


async def _jobs(session: AsyncSession) -> list[tuple[str, int, list[StuckJob]]]:
    """The queue's jobs that are late, silent or failed: how many, and the newest."""
    found: list[tuple[str, int, list[StuckJob]]] = []
    for why, which in _QUEUES.items():
        rows: Sequence[Any] = (
            await session.execute(
                text(
                    f"SELECT id, entrypoint, since, count(*) OVER () AS total FROM ({which}) AS q"  # noqa: S608
                    f" ORDER BY since DESC, id LIMIT {MOST_SHOWN}"
                )
            )
        ).all()
        shown = [StuckJob(row.id, row.entrypoint, why, row.since) for row in rows]
        found.append((why, rows[0].total if rows else 0, shown))
    return found
