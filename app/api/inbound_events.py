"""The inbox: what came in, what became of it, and once more."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from app.api.permissions import OPERATE, READ
from app.db.models.inbound_events import INBOUND_STATES
from app.queries import inbound_events as queries
from app.services.intake import replay_event
from app.web.bodies import Out
from app.web.pages import Page, PageDep, page
from app.web.routing import ActorDep, NowDep, SessionDep, make_router
from app.web.scalars import Id, Instant, Ref, Slug
from app.web.security import allow

inbound_events = make_router(tags=["inbound-events"], prefix="/v1/inbound-events")

_STATES = f"One of {', '.join(INBOUND_STATES)}."


class InboundEventSummaryOut(Out):
    """An event from outside, as lists show it."""

    id: Id
    source: str
    event_id: str | None = Field(description="The sender's id, or one that was made for it.")
    status: str = Field(description=_STATES, examples=["processed"])
    reason: str | None = Field(description="Why it is ignored, quarantined or rejected.")
    agreement_ref: str | None
    plan_id: Id | None
    repeats: int = Field(description="How often the same `event_id` came again.")
    differs: bool = Field(description="Whether it came again with another content.")
    received_at: Instant
    processed_at: Instant | None


class InboundEventOut(InboundEventSummaryOut):
    """An event from outside with its document; a rejected one has none."""

    content_type: str | None
    document: dict[str, Any] | None = Field(description="The event in our own words.")


@inbound_events.get("", operation_id="inbound_events_list")
@allow(*READ)
async def inbound_events_list(
    session: SessionDep,
    asked: PageDep,
    source: Annotated[Slug | None, Query(description="Only from this source.")] = None,
    status: Annotated[queries.InboundState | None, Query(description=_STATES)] = None,
    agreement_ref: Annotated[Ref | None, Query(description="Only about this agreement.")] = None,
    plan_id: Annotated[Id | None, Query(description="Only about this plan.")] = None,
) -> Page[InboundEventSummaryOut]:
    """List what came in.

    Newest first. A quarantined event says in `reason` what could not be understood.
    """
    wanted = queries.inbound_events_listed(
        queries.InboundEventFilter(source, status, agreement_ref, plan_id)
    )
    found = await page(session, wanted, queries.NEWEST, asked.limit, asked.cursor)
    return found.page(
        lambda row: InboundEventSummaryOut.model_validate(queries.inbound_summary_of(row))
    )


@inbound_events.get("/{event_id}", operation_id="inbound_events_get")
@allow(*READ)
async def inbound_events_get(event_id: Id, session: SessionDep) -> InboundEventOut:
    """Get one event with its document.

    `event_id` in the address is the `id` of the list, which the webhook's answer gives as well.
    """
    return InboundEventOut.model_validate(await queries.inbound_event_by_id(session, event_id))


@inbound_events.post("/{event_id}/replay", operation_id="inbound_events_replay", status_code=202)
@allow(*OPERATE)
async def inbound_events_replay(
    event_id: Id, session: SessionDep, actor: ActorDep, now: NowDep
) -> InboundEventOut:
    """Have a quarantined event understood again.

    After what was wrong has been put right: a package added to the catalog, a client named. The
    answer comes at once; what becomes of the event is seen by reading it again.
    """
    await replay_event(session, event_id, actor=actor, now=now)
    return InboundEventOut.model_validate(await queries.inbound_event_by_id(session, event_id))
