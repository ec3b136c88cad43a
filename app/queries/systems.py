"""The outside systems as operators see them: up, paused or down, and what waits for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Delivery, OutsideSystem
from app.domain.delivery import UNSETTLED, WAITING, System

SystemState = Literal["up", "paused", "down"]


@dataclass(frozen=True, slots=True)
class SystemView:
    """One outside system.

    Attributes:
        failures: In a row.
        down_since: Real time since which it counts as down.
        tried_again_at: When one attempt may try it.
        last_failure: What the newest failure was.
        unsettled: Deliveries to it that are not settled, by state.
        held: Those of them that wait for it, without an attempt.
        oldest_due_at: Since when the oldest one waits whose time has come.
    """

    system: System
    state: SystemState = "up"
    paused_at: datetime | None = None
    paused_by: str | None = None
    paused_because: str | None = None
    failures: int = 0
    down_since: datetime | None = None
    tried_again_at: datetime | None = None
    last_failure: str | None = None
    unsettled: Mapping[str, int] = field(default_factory=dict)
    held: int = 0
    oldest_due_at: datetime | None = None


async def systems(session: AsyncSession) -> Sequence[SystemView]:
    """Every system there may be, in the order of their names."""
    rows = {row.system: row for row in await session.scalars(select(OutsideSystem))}
    counted = await session.execute(
        select(
            Delivery.system,
            Delivery.state,
            func.count(),
            func.count(Delivery.held_at),
            func.min(func.coalesce(Delivery.next_attempt_at, Delivery.enqueued_at)).filter(
                Delivery.state.in_([str(state) for state in WAITING])
            ),
        )
        .where(Delivery.state.in_([str(state) for state in UNSETTLED]))
        .group_by(Delivery.system, Delivery.state)
    )
    unsettled: dict[str, dict[str, int]] = {}
    held: dict[str, int] = {}
    oldest: dict[str, datetime] = {}
    for system, state, count, waiting, due_at in counted:
        unsettled.setdefault(system, {})[state] = count
        held[system] = held.get(system, 0) + waiting
        if due_at is not None:
            oldest[system] = min(due_at, oldest.get(system, due_at))
    return [
        _view(
            system,
            rows.get(system),
            unsettled.get(system, {}),
            held.get(system, 0),
            oldest.get(system),
        )
        for system in sorted(System)
    ]


def _view(
    system: System,
    row: OutsideSystem | None,
    unsettled: Mapping[str, int],
    held: int,
    oldest_due_at: datetime | None,
) -> SystemView:
    if row is None:
        return SystemView(system, unsettled=unsettled, held=held, oldest_due_at=oldest_due_at)
    down: SystemState = "down" if row.opened_at is not None else "up"
    return SystemView(
        system,
        state="paused" if row.paused_at is not None else down,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        paused_because=row.paused_because,
        failures=row.failures,
        down_since=row.opened_at,
        tried_again_at=row.probe_at,
        last_failure=row.last_failure,
        unsettled=unsettled,
        held=held,
        oldest_due_at=oldest_due_at,
    )
