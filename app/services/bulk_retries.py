"""Many stuck effects tried again at once: what a person asks for after an outage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Delivery
from app.domain.actor import Actor
from app.domain.delivery import STUCK
from app.domain.errors import DomainError, Invalid
from app.services.decisions import Decide
from app.services.deliveries import decide
from app.services.office import Office

MOST_AT_ONCE = 200


class FilterEmpty(Invalid):
    """Everything that ever failed, all at once, is never what is meant."""

    code = "filter_empty"


@dataclass(frozen=True, slots=True)
class RetryMany:
    """Which stuck deliveries to try again; None means any, and not all may be None.

    Attributes:
        limit: Most tried again by one call; they are held until its end.
    """

    plan_id: UUID | None = None
    system: str | None = None
    kind: str | None = None
    state: str | None = None
    limit: int = MOST_AT_ONCE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """One that was left as it is, with the code and the sentence of the refusal."""

    delivery_id: UUID
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of it: how many are tried again, which are not, how many more there are."""

    retried: int
    refused: Sequence[Left]
    left: int


async def retry_many(
    session: AsyncSession, command: RetryMany, *, office: Office, actor: Actor, now: datetime
) -> Retried:
    """Try stuck deliveries again that a filter lets through, each as it would be on its own.

    One that may not be tried again stays as it is, and holds up no other.

    Raises:
        FilterEmpty: no field of the filter is given.
    """
    wanted = _wanted(command)
    total = await session.scalar(select(func.count()).where(*wanted)) or 0
    chosen = await session.scalars(
        # By their owner, as everybody locks them: two such calls wait for one another at worst.
        select(Delivery.id)
        .where(*wanted)
        .order_by(
            Delivery.plan_id,
            Delivery.quote_id,
            Delivery.contract_id,
            Delivery.run_id,
            Delivery.created_at,
            Delivery.id,
        )
        .limit(command.limit)
    )
    ids, refused = list(chosen), []
    for delivery_id in ids:
        one = Decide(delivery_id, "retry", command.reason)
        try:
            async with session.begin_nested():
                await decide(session, one, office=office, actor=actor, now=now)
        except DomainError as refusal:
            refused.append(Left(delivery_id, refusal.code, refusal.detail))
    return Retried(len(ids) - len(refused), refused, total - len(ids))


def _wanted(command: RetryMany) -> list[ColumnElement[bool]]:
    given = (
        (Delivery.plan_id, command.plan_id),
        (Delivery.system, command.system),
        (Delivery.kind, command.kind),
        (Delivery.state, command.state),
    )
    filters = [column == value for column, value in given if value is not None]
    if not filters:
        raise FilterEmpty("Name a plan, a system, a kind or a state: not everything at once.")
    return [Delivery.state.in_([str(state) for state in STUCK]), *filters]
