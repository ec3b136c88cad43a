"""Events that are brought, and what is kept of them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from app.adapters.generic.signature import sign
from app.db.models import InboundEvent
from tests.api.conftest import Service
from tests.builders import WEBHOOK_SECRET

ADDRESS = "/webhooks/agreement"


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, age_s: int = 0) -> dict[str, str]:
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    return {
        "content-type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": sign(secret, message_id="msg_1", at=at, body=body),
    }


async def kept(service: Service) -> list[InboundEvent]:
    async with service.sessions() as session:
        rows = await session.scalars(select(InboundEvent).order_by(InboundEvent.id))
        return list(rows)


async def jobs(service: Service) -> int:
    async with service.sessions() as session:
        return int(await session.scalar(text("SELECT count(*) FROM jobs.pgqueuer")) or 0)
