"""Outside effects as operators read them, with every attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Attempt, Delivery
from app.domain.errors import DeliveryNotFound
from app.queries.adjustments import EvidenceView

NEWEST: Final = (Delivery.created_at, Delivery.id)
"""The columns that lists are ordered by."""


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """An outside effect, as a list shows it.

    Attributes:
        subject: What of the plan it concerns, in words.
        key: The idempotency key that the vendor is sent.
        attempts: How often it was tried in this generation.
        not_after: The instant at which it is too late.
    """

    id: UUID
    plan_id: UUID | None
    quote_id: UUID | None
    contract_id: UUID | None
    run_id: UUID | None
    playbook_version_id: UUID | None
    hook_id: UUID | None
    version: int
    kind: str
    system: str
    subject: str
    key: str
    generation: int
    state: str
    attempts: int
    reason: str | None
    not_after: datetime | None
    next_attempt_at: datetime | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try: its outcome (None while it runs, or was killed) and what went over the wire."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    detail: str | None
    exchanges: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class DeliveryView(DeliverySummary):
    """An outside effect whole: what was to be done, what came of it, and every attempt."""

    published_at: datetime | None
    payload: dict[str, Any]
    result: dict[str, Any] | None
    evidence: EvidenceView | None
    tries: tuple[AttemptView, ...]


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries a list holds; None means any."""

    plan_id: UUID | None = None
    quote_id: UUID | None = None
    contract_id: UUID | None = None
    system: str | None = None
    kind: str | None = None
    state: str | None = None
    run_id: UUID | None = None


_COLUMNS: Final = (
    Delivery.id,
    Delivery.plan_id,
    Delivery.quote_id,
    Delivery.contract_id,
    Delivery.run_id,
    Delivery.playbook_version_id,
    Delivery.hook_id,
    Delivery.version,
    Delivery.kind,
    Delivery.system,
    Delivery.subject,
    Delivery.key,
    Delivery.generation,
    Delivery.state,
    Delivery.attempts,
    Delivery.reason,
    Delivery.not_after,
    Delivery.next_attempt_at,
    Delivery.created_at,
    Delivery.settled_at,
)


def deliveries_listed(by: DeliveryFilter) -> Select[*tuple[Any, ...]]:
    """The deliveries that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted: Select[*tuple[Any, ...]] = select(*_COLUMNS)
    for column, value in (
        (Delivery.plan_id, by.plan_id),
        (Delivery.quote_id, by.quote_id),
        (Delivery.contract_id, by.contract_id),
        (Delivery.run_id, by.run_id),
        (Delivery.system, by.system),
        (Delivery.kind, by.kind),
        (Delivery.state, by.state),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted


def delivery_summary_of(row: Row[*tuple[Any, ...]]) -> DeliverySummary:
    """A row of the list."""
    return DeliverySummary(**{column.key: getattr(row, column.key) for column in _COLUMNS})


async def delivery_by_id(session: AsyncSession, delivery_id: UUID) -> DeliveryView:
    """One delivery with its attempts, the first one first.

    Raises:
        DeliveryNotFound: there is none with this id.
    """
    wanted: Select[*tuple[Any, ...]] = select(
        *_COLUMNS, Delivery.published_at, Delivery.payload, Delivery.result, Delivery.evidence
    )
    row = (await session.execute(wanted.where(Delivery.id == delivery_id))).one_or_none()
    if row is None:
        raise DeliveryNotFound("There is no delivery with this id.")
    kept = row._asdict()
    evidence = kept.pop("evidence")
    # A subscriber's address is a secret: whoever has it may call it.
    kept["payload"] = {key: said for key, said in row.payload.items() if key != "target_url"}
    return DeliveryView(
        **kept,
        evidence=EvidenceView(**evidence) if evidence else None,
        tries=await _tries(session, delivery_id),
    )


async def _tries(session: AsyncSession, delivery_id: UUID) -> tuple[AttemptView, ...]:
    rows = await session.execute(
        select(
            Attempt.number,
            Attempt.started_at,
            Attempt.finished_at,
            Attempt.outcome,
            Attempt.detail,
            Attempt.exchanges,
        )
        .where(Attempt.delivery_id == delivery_id)
        .order_by(Attempt.number)
    )
    return tuple(AttemptView(**row._asdict()) for row in rows)
