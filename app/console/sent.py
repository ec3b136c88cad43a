"""What a plan has sent, or is about to send: its deliveries with the words that they carry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Delivery
from app.queries.deliveries import (
    NEWEST,
    DeliveryFilter,
    DeliverySummary,
    deliveries_listed,
    delivery_summary_of,
)
from app.services.letters import as_it_reads
from app.services.office import Office

MOST: Final = 200
"""Shown of one plan: the newest."""

_WORDS: Final = {name: Delivery.payload[name].astext for name in ("to_email", "room")}


@dataclass(frozen=True, slots=True)
class Sent:
    """One outside effect with its words.

    Attributes:
        headline: An e-mail's subject.
        text: What is said, as it is said.
        title: The task that a board's item stands for.
        published_at: When an e-mail was seen to have left the helpdesk.
    """

    delivery: DeliverySummary
    headline: str | None
    text: str | None
    to: str | None
    cc: tuple[str, ...]
    room: str | None
    title: str | None
    published_at: datetime | None


async def sent_of_plan(session: AsyncSession, plan_id: UUID, *, office: Office) -> Sequence[Sent]:
    """The plan's outside effects, newest first."""
    wanted = deliveries_listed(DeliveryFilter(plan_id=plan_id)).add_columns(
        Delivery.payload["subject"].astext.label("headline"),
        Delivery.payload["title"].astext.label("title"),
        Delivery.payload["cc"].label("cc"),
        Delivery.payload.label("payload"),
        Delivery.published_at,
        *(column.label(name) for name, column in _WORDS.items()),
    )
    newest_first = [column.desc() for column in NEWEST]
    rows = await session.execute(wanted.order_by(*newest_first).limit(MOST))
    return [
        Sent(
            delivery_summary_of(row),
            row.headline,
            as_it_reads(row.payload, office).get("text"),
            row.to_email,
            tuple(row.cc or ()),
            row.room,
            row.title,
            row.published_at,
        )
        for row in rows
    ]
