"""Outside systems and everything that is stuck: seen in one place, paused and resumed by people."""

from uuid import UUID

from pydantic import Field

from app.api.acting import ActingDep
from app.api.deliveries import DeliverySummaryOut
from app.api.inbound_events import InboundEventSummaryOut
from app.api.permissions import OPERATE, READ
from app.api.shapes import MaybeWhyIn, WhyIn
from app.domain.delivery import System
from app.queries.stuck import stuck
from app.queries.systems import SystemState, SystemView, systems
from app.services.systems import pause_system, resume_system
from app.web.bodies import Out
from app.web.pages import Page
from app.web.routing import SessionDep, WiredDep, make_router
from app.web.scalars import Instant
from app.web.security import allow

systems_and_stuck = make_router(tags=["systems"])


class SystemOut(Out):
    """An outside system: whether it may be asked, and what waits for it."""

    system: System
    connected: bool = Field(description="Whether it has its settings.")
    state: SystemState = Field(
        description="`paused` by a person; `down` after failures in a row, until one attempt that "
        "tries it gets an answer."
    )
    paused_at: Instant | None
    paused_by: str | None
    paused_because: str | None
    failures: int = Field(description="In a row.")
    down_since: Instant | None
    tried_again_at: Instant | None = Field(description="When one attempt may try it.")
    last_failure: str | None
    unsettled: dict[str, int] = Field(description="Deliveries that are not settled, by state.")
    held: int = Field(description="Those of them that wait for the system, without an attempt.")
    oldest_due_at: Instant | None


class StuckJobOut(Out):
    """A job of the queue that is late, shows no sign of life, or ended by a fault of ours."""

    id: int
    kind: str
    why: str
    since: Instant


class StuckQuoteOut(Out):
    """A change of users that waits for a person; `GET /v1/tier-quotes/{id}` says what to do."""

    id: UUID
    state: str
    why: str
    since: Instant


class StuckOut(Out):
    """Everything that is stuck or failed: how much, and the first of each."""

    count: int
    systems: list[SystemOut] = Field(description="Those that are paused or down.")
    deliveries: dict[str, int] = Field(
        description="By why: failed, parked, uncertain, held (for its system), late."
    )
    oldest_deliveries: list[DeliverySummaryOut]
    events: dict[str, int] = Field(description="Quarantined, or received too long ago.")
    oldest_events: list[InboundEventSummaryOut]
    quotes: dict[str, int] = Field(
        description="Changes of users that wait for a person, by what is to be done; "
        "`stands_still`: accepted, charged or applied long ago, and nobody is asked."
    )
    oldest_quotes: list[StuckQuoteOut]
    jobs: dict[str, int] = Field(
        description="late: nobody takes them up; silent: their worker shows no sign of life; "
        "failed: in the last seven days, by a fault of ours or a database that was away."
    )
    newest_jobs: list[StuckJobOut]


@systems_and_stuck.get("/v1/systems", operation_id="systems_list")
@allow(*READ)
async def systems_list(session: SessionDep, wired: WiredDep) -> Page[SystemOut]:
    """List the outside systems, with what waits for each. There is one page."""
    connected = wired.office.connected
    return Page(items=[_out(view, connected) for view in await systems(session)])


@systems_and_stuck.get("/v1/stuck", operation_id="stuck_get")
@allow(*READ)
async def stuck_get(session: SessionDep, wired: WiredDep) -> StuckOut:
    """Get everything that is stuck or failed, in one place.

    Effects that wait for a person or for their system, events that were not understood, changes
    of users that somebody has to see to, and the queue's own late, silent and failed jobs. At most
    50 of each are shown.
    """
    found = await stuck(session)
    shown = [_out(view, wired.office.connected) for view in found.systems]
    return StuckOut(
        count=found.count,
        systems=shown,
        deliveries=dict(found.deliveries),
        oldest_deliveries=[
            DeliverySummaryOut.model_validate(one) for one in found.oldest_deliveries
        ],
        events=dict(found.events),
        oldest_events=[InboundEventSummaryOut.model_validate(one) for one in found.oldest_events],
        quotes=dict(found.quotes),
        oldest_quotes=[StuckQuoteOut.model_validate(one) for one in found.oldest_quotes],
        jobs=dict(found.jobs),
        newest_jobs=[StuckJobOut.model_validate(one) for one in found.newest_jobs],
    )


@systems_and_stuck.post("/v1/systems/{system}/pause", operation_id="systems_pause")
@allow(*OPERATE)
async def systems_pause(system: System, body: WhyIn, call: ActingDep, wired: WiredDep) -> SystemOut:
    """Send nothing to a system, and read nothing there, until it is resumed.

    What is under way comes to its end; everything else waits, and loses no attempt.
    """
    await pause_system(call.session, system, reason=body.reason, actor=call.actor, now=call.now)
    return await _answer(call.session, system, wired)


@systems_and_stuck.post("/v1/systems/{system}/resume", operation_id="systems_resume")
@allow(*OPERATE)
async def systems_resume(
    system: System, call: ActingDep, wired: WiredDep, body: MaybeWhyIn | None = None
) -> SystemOut:
    """Let a paused system be asked again, and one that counts as down be tried at once."""
    reason = body.reason if body else None
    await resume_system(call.session, system, reason=reason, actor=call.actor, now=call.now)
    return await _answer(call.session, system, wired)


async def _answer(session: SessionDep, system: System, wired: WiredDep) -> SystemOut:
    await session.flush()
    (view,) = [one for one in await systems(session) if one.system is system]
    return _out(view, wired.office.connected)


def _out(view: SystemView, connected: frozenset[System]) -> SystemOut:
    facts = {name: getattr(view, name) for name in SystemOut.model_fields if name != "connected"}
    return SystemOut(**facts, connected=view.system in connected)
