"""The sandbox's clock on the service: asked and set, and everything that falls due is run."""

import asyncio
import re
import time
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import text

from app.db.clock import move_clock, real_now
from app.domain.errors import Invalid
from app.scheduler.ticks import run_all
from app.scheduler.work import Work
from app.web.bodies import Body, Out
from app.web.routing import make_router
from app.web.scalars import Instant
from app.web.security import ANY_ROLE, allow

PATIENCE_S: Final = 30.0
SOON: Final = timedelta(seconds=8)
"""Jobs that wait no longer than this belong to what has come due: a board being filled."""

DURATION = re.compile(
    r"P(?!$)(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9})S)?)?",
    re.ASCII,
)

# What workers still have in hand, or will have in a moment. The queue forgets finished jobs a
# little later, so a job that was picked counts by the row that it works on. A board that an
# automation may make some day is looked for in its own time.
LEFT = text(
    """
    SELECT entrypoint || ' job' AS what, count(*) AS how_many FROM jobs.pgqueuer
    WHERE execute_after <= clock_timestamp()
       + CASE WHEN entrypoint = 'find_board' THEN interval '0' ELSE :soon END
      AND (status = 'queued' OR (status = 'picked' AND entrypoint = 'read_item'))
    GROUP BY 1
    UNION ALL
    SELECT kind || ' ' || state, count(*) FROM deliveries
    WHERE state = 'sending'
       OR (state IN ('pending', 'retrying', 'uncertain')
           AND coalesce(next_attempt_at, clock_timestamp()) <= clock_timestamp() + :soon)
    GROUP BY 1
    UNION ALL
    SELECT 'inbound event', count(*) FROM inbound_events WHERE status = 'received'
    HAVING count(*) > 0
    UNION ALL
    SELECT 'board being filled', count(*) FROM plans WHERE board_state = 'filling'
    HAVING count(*) > 0
    ORDER BY 1
    """
)


class ClockInvalid(Invalid):
    """Neither an instant nor a duration, or both."""

    code = "clock_invalid"


class ClockOut(Out):
    """The application's time, and whether all that has come due is done."""

    now: Instant
    settled: bool = Field(description="False where the work took longer than 30 s")
    left: list[str] = Field(description="What is still under way")


class ClockIn(Body):
    """Where to set the clock: an instant, or a distance from its present time."""

    now: Instant | None = None
    advance: Annotated[str | None, Field(max_length=40, examples=["P1D"])] = None


def clock_router(work: Work) -> APIRouter:
    """The two routes of the sandbox clock; bootstrap mounts them in sandbox mode only."""
    router = make_router(tags=["sandbox"], prefix="/sandbox")

    @router.get("/clock", operation_id="sandbox_clock_get", summary="Ask the sandbox clock")
    @allow(*ANY_ROLE)
    async def get_clock() -> ClockOut:
        """The application's time, and what is under way."""
        left = await _left(work)
        return ClockOut(now=await work.clock.now(), settled=not left, left=left)

    @router.put("/clock", operation_id="sandbox_clock_set", summary="Set the sandbox clock")
    @allow("admin")
    async def set_clock(body: ClockIn) -> ClockOut:
        """Move the application's time, also backwards; answers when what has come due is done."""
        await _move(work, body)
        left = await _run_due(work)
        return ClockOut(now=await work.clock.now(), settled=not left, left=left)

    return router


async def _move(work: Work, body: ClockIn) -> None:
    if (body.now is None) == (body.advance is None):
        raise ClockInvalid("Give either now, an instant, or advance, a duration such as P1D.")
    target = body.now or await work.clock.now() + duration(body.advance or "")
    async with work.sessions.begin() as session:
        await move_clock(session, target - await real_now(session))


def duration(written: str) -> timedelta:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds.

    Raises:
        ClockInvalid: it is none, or leads out of the calendar.
    """
    match = DURATION.fullmatch(written)
    if match is None:
        raise ClockInvalid("A duration is written like P1D, P1W or PT12H.", pointer="/advance")
    parts = {unit: int(number) for unit, number in match.groupdict().items() if number}
    length = timedelta(**parts)
    if length > timedelta(days=3660):
        raise ClockInvalid("The clock moves by ten years at most.", pointer="/advance")
    return length


async def _run_due(work: Work) -> list[str]:
    """Run the ticks until nothing is left to do here or in any other worker."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        moved = await run_all(work)
        left = await _left(work)
        if (not moved and not left) or time.monotonic() > deadline:
            return left
        await asyncio.sleep(0.02)


async def _left(work: Work) -> list[str]:
    async with work.sessions() as session:
        rows = await session.execute(LEFT, {"soon": SOON})
        return [f"{how_many} {what}" for what, how_many in rows]
