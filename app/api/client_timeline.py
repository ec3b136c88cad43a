"""A client's timeline: what happened to it, newest first."""

from pydantic import Field

from app.api.permissions import READ
from app.queries.client_timeline import entry_of, timeline_of_client
from app.web.bodies import Out
from app.web.pages import Page, PageDep, page
from app.web.routing import SessionDep, make_router
from app.web.scalars import Id, Instant
from app.web.security import allow

client_timeline = make_router(tags=["clients"], prefix="/v1/clients/{client_id}")


class ClientTimelineEntryOut(Out):
    """One thing that happened to a client."""

    at: Instant = Field(description="When it happened, as far as its source says so.")
    kind: str = Field(examples=["agreement.sent"])
    text: str
    plan_id: Id | None
    actor: str = Field(description="Who did it, or which system told of it.")


@client_timeline.get("/timeline", operation_id="clients_timeline")
@allow(*READ)
async def clients_timeline(
    client_id: Id, session: SessionDep, asked: PageDep
) -> Page[ClientTimelineEntryOut]:
    """Tell a client's story.

    Its record, its agreements (sent, signed, amended, declined, voided) and its plans (made,
    moved, ended), newest first. An event that came before the client was known is shown once it
    is known.
    """
    told = await timeline_of_client(session, client_id)
    found = await page(session, told.wanted, told.newest, asked.limit, asked.cursor)
    return found.page(lambda row: ClientTimelineEntryOut.model_validate(entry_of(row)))
