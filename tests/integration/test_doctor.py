"""What the doctor says of an installation's inbox."""

from io import StringIO
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.bootstrap import Built
from app.db.models import InboundEvent
from app.delivery.systems import Systems
from app.doctor import examine
from app.scheduler.work import Work
from app.settings import Settings
from app.web.wired import Wired
from tests.builders import SIGNED_AT, FixedClock, Sessions, office


def built_on(engine: AsyncEngine, sessions: Sessions, http: httpx.AsyncClient) -> Built:
    clock = FixedClock()
    here = office(connected=frozenset())
    wired = Wired(sessions, clock, "sandbox", "1.2.3", here)
    work = Work(engine.url, sessions, clock, here, Systems())
    return Built(Settings(env="sandbox"), wired, work, engine, http, None)


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (0, "ok  No inbound event is quarantined"),
        (
            1,
            "--  1 inbound event is quarantined; see GET /v1/inbound-events?status=quarantined",
        ),
        (
            2,
            "--  2 inbound events are quarantined; see GET /v1/inbound-events?status=quarantined",
        ),
    ],
)
async def test_the_doctor_counts_the_events_that_were_not_understood(
    engine: AsyncEngine, sessions: Sessions, count: int, line: str
) -> None:
    # given
    async with sessions() as session, session.begin():
        for status in ("processed", *["quarantined"] * count):
            session.add(
                InboundEvent(
                    id=uuid4(),
                    source="agreement",
                    event_id=str(uuid4()),
                    status=status,
                    document={},
                    received_at=SIGNED_AT,
                )
            )
    said = StringIO()

    # when
    async with httpx.AsyncClient() as http:
        await examine(built_on(engine, sessions, http), said)

    # then
    assert line in said.getvalue().splitlines()
