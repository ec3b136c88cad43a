"""Reads of the helpdesk: was the e-mail sent that it had scheduled."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.models import Delivery
from app.delivery.admission import buckets_of
from app.delivery.asking import NotNow, asking
from app.delivery.mails import draft_of
from app.delivery.systems import Systems
from app.domain.delivery import (
    CLIENT_EMAILS,
    MAIL_LEAD,
    QUOTE_EMAILS,
    RUN_EMAILS,
    DeliveryState,
    System,
)
from app.domain.pacing import Limits
from app.ports.errors import VendorError
from app.ports.mail import MailState
from app.telemetry import logger

LOG = logger(__name__)


@dataclass(frozen=True, slots=True)
class MailReader:
    """What reading e-mails needs: the database, the systems and limits."""

    sessions: async_sessionmaker[AsyncSession]
    systems: Systems
    limits: Limits = field(default_factory=dict)

    async def check_sent(self, *, now: datetime, limit: int = 50) -> int:
        """See whether the helpdesk has sent what it had scheduled; return how many it had.

        Args:
            now: The application's clock.
            limit: Most e-mails looked at.
        """
        if self.systems.mail is None:
            return 0
        seen, buckets = 0, buckets_of(self.limits, System.MAIL)
        for delivery in await self._scheduled(now=now, limit=limit):
            ids = dict(delivery.result or {})
            try:
                async with asking(self.sessions, System.MAIL, buckets):
                    state = await self.systems.the_mail().state(draft_of(ids))
            except NotNow:
                break
            except VendorError as failure:
                LOG.warning("mail not read", delivery_id=str(delivery.id), detail=failure.detail)
                continue
            if state is MailState.PUBLISHED:
                seen += 1
                await self._published(delivery.id, now=now)
        return seen

    async def _scheduled(self, *, now: datetime, limit: int) -> Sequence[Delivery]:
        mails = [str(kind) for kind in (*CLIENT_EMAILS, *QUOTE_EMAILS, *RUN_EMAILS)]
        async with self.sessions() as session:
            rows = await session.scalars(
                select(Delivery)
                .where(
                    Delivery.kind.in_(mails),
                    Delivery.state == DeliveryState.DELIVERED,
                    Delivery.published_at.is_(None),
                    Delivery.settled_at <= now - MAIL_LEAD,
                )
                # The newest first: those that are never seen as sent must not hide them.
                .order_by(Delivery.settled_at.desc())
                .limit(limit)
            )
            return list(rows)

    async def _published(self, delivery_id: UUID, *, now: datetime) -> None:
        async with self.sessions.begin() as session:
            await session.execute(
                update(Delivery)
                .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.DELIVERED)
                .values(published_at=now, version=Delivery.version + 1)
            )
