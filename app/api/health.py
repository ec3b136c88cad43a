"""What probes and scrapers ask: alive, ready, and the numbers."""

from typing import Final, Literal

from fastapi import Response
from pydantic import Field

from app.api.standing_numbers import show
from app.queries.health import health as ask
from app.telemetry import metrics as numbers
from app.web.bodies import Out
from app.web.refusals import Unavailable
from app.web.routing import SessionDep, WiredDep, make_router
from app.web.security import public

health = make_router(tags=["service"])

LATE_S: Final = 60.0
"""A job that waits longer than this means that the workers are behind."""


class AliveOut(Out):
    """The process answers."""

    status: Literal["alive"] = "alive"


class ReadyOut(Out):
    """The service can do its work."""

    status: Literal["ready", "behind"] = Field(
        description="`behind`: requests are taken, and the workers lag or are not running."
    )
    database: Literal["ok"] = "ok"
    migrations: Literal["ok"] = "ok"
    worker_lag_s: float = Field(description="Age of the oldest job that nobody has taken up.")


@health.get("/healthz", operation_id="healthz")
@public("a probe has no key")
async def healthz() -> AliveOut:
    """Say that the process is alive.

    Asks nobody else: a database that is away is no reason to restart this process.
    """
    return AliveOut()


@health.get("/readyz", operation_id="readyz")
@public("a probe has no key; the answer holds no client's data")
async def readyz(session: SessionDep) -> ReadyOut:
    """Say whether requests can be served.

    503 where the database is away or not at the newest version. Workers that lag are told and
    refuse nothing: events are still taken in, and lost if they were turned away.
    """
    found = await ask(session)
    if not found.migrated:
        raise Unavailable("The database is not at the version that this service works with.")
    late = found.worker_lag_s > LATE_S
    return ReadyOut(status="behind" if late else "ready", worker_lag_s=found.worker_lag_s)


@health.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus' text form.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
@public("numbers only, and scrapers have no key")
async def metrics(wired: WiredDep) -> Response:
    """Give the numbers of this process, and what waits in the database that all processes share."""
    await show(wired.sessions, wired.clock)
    return Response(numbers(), media_type="text/plain; version=0.0.4; charset=utf-8")
