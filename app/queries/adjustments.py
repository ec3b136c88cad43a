"""Billing adjustments as people read them: the amount, the safe days, and the proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Adjustment, Client, Plan, Staff
from app.domain.adjustment import (
    IRREVERSIBLE,
    AdjustmentState,
    adjustment_summary,
    typed_names,
)
from app.domain.errors import AdjustmentNotFound
from app.domain.money import Money
from app.domain.readiness import AdjustmentFacts


@dataclass(frozen=True, slots=True)
class WindowView:
    """Days [from_, to) in the client's zone on which an adjustment may be carried out."""

    from_: date
    to: date


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """Where a change can be seen."""

    reference: str
    note: str | None


@dataclass(frozen=True, slots=True)
class ReckoningView:
    """How the amount of a charge or a credit comes about, over the days [from_, to)."""

    sentence: str
    days: int
    of_days: int
    price: Money | None
    from_: date
    to: date


@dataclass(frozen=True, slots=True)
class AdjustmentView:
    """One change of what the client is billed.

    Attributes:
        window: First safe day and the day after the last; None where no day is safe.
        opens_at: First instant at which it may be carried out.
        closes_at: First instant at which it no longer may.
        to_type: What is typed to confirm it, where the step cannot be undone.
    """

    id: UUID
    plan_id: UUID
    version: int
    kind: str
    service: str
    effective_on: date
    window: WindowView | None
    safe_days: tuple[date, ...]
    opens_at: datetime
    closes_at: datetime
    money: Money | None
    state: str
    mode: str
    reckoning: ReckoningView | None
    note: str
    evidence: EvidenceView | None
    to_type: str | None
    carried_out_at: datetime | None
    carried_out_by: str | None
    seconded_at: datetime | None
    seconded_by: str | None
    waived_by: str | None
    reversal: str | None
    reason: str | None

    @property
    def facts(self) -> AdjustmentFacts:
        """The adjustment as readiness sees it."""
        summary = adjustment_summary(self.kind, self.service)
        return AdjustmentFacts(self.id, summary, AdjustmentState(self.state))


def _wanted() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Adjustment.id,
            Adjustment.plan_id,
            Adjustment.version,
            Adjustment.kind,
            Adjustment.service,
            Adjustment.effective_on,
            Adjustment.opens_at,
            Adjustment.closes_at,
            Adjustment.safe_days,
            Adjustment.money_minor,
            Adjustment.currency,
            Adjustment.state,
            Adjustment.mode,
            Adjustment.reckoning,
            Adjustment.note,
            Adjustment.evidence,
            Adjustment.carried_out_at,
            Adjustment.carried_out_by,
            Adjustment.seconded_at,
            Staff.name.label("seconded_by"),
            Adjustment.waived_by,
            Adjustment.reversal,
            Adjustment.reason,
            Client.name.label("client_name"),
        )
        .join(Plan, Plan.id == Adjustment.plan_id)
        .join(Client, Client.id == Plan.client_id)
        .outerjoin(Staff, Staff.id == Adjustment.seconded_by_id)
    )


async def adjustments_of_plan(session: AsyncSession, plan_id: UUID) -> Sequence[AdjustmentView]:
    """The plan's adjustments in their order."""
    wanted = _wanted().where(Adjustment.plan_id == plan_id)
    rows = await session.execute(wanted.order_by(Adjustment.position, Adjustment.id))
    return tuple(_view(row) for row in rows.all())


async def adjustment_by_id(session: AsyncSession, adjustment_id: UUID) -> AdjustmentView:
    """One adjustment.

    Raises:
        AdjustmentNotFound: there is none with this id.
    """
    row = (await session.execute(_wanted().where(Adjustment.id == adjustment_id))).one_or_none()
    if row is None:
        raise AdjustmentNotFound("There is no adjustment with this id.")
    return _view(row)


def _view(row: Row[*tuple[Any, ...]]) -> AdjustmentView:
    days = tuple(row.safe_days)
    money = Money.from_minor(row.money_minor, row.currency) if row.currency else None
    return AdjustmentView(
        id=row.id,
        plan_id=row.plan_id,
        version=row.version,
        kind=row.kind,
        service=row.service,
        effective_on=row.effective_on,
        window=WindowView(days[0], days[-1] + timedelta(days=1)) if days else None,
        safe_days=days,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        money=money,
        state=row.state,
        mode=row.mode,
        reckoning=_reckoning(row.reckoning),
        note=row.note,
        evidence=EvidenceView(**row.evidence) if row.evidence else None,
        to_type=typed_names(row.client_name, row.service) if row.kind in IRREVERSIBLE else None,
        carried_out_at=row.carried_out_at,
        carried_out_by=row.carried_out_by,
        seconded_at=row.seconded_at,
        seconded_by=row.seconded_by,
        waived_by=row.waived_by,
        reversal=row.reversal,
        reason=row.reason,
    )


def _reckoning(kept: dict[str, Any] | None) -> ReckoningView | None:
    if kept is None:
        return None
    price = kept["price"]
    return ReckoningView(
        sentence=kept["sentence"],
        days=kept["days"],
        of_days=kept["of_days"],
        price=Money.of(price["amount"], price["currency"]) if price else None,
        from_=date.fromisoformat(kept["from"]),
        to=date.fromisoformat(kept["to"]),
    )
