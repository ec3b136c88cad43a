"""The client companies: listed, read, changed; agreements make and complete them."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import ConfigDict, Field

from app.api.acting import ActingDep
from app.api.locking import hold_client_row
from app.api.permissions import READ, STEER_PLANS
from app.api.pointers import pointing
from app.api.shapes import WarningOut, absent
from app.queries import clients as queries
from app.services.client_edits import amend_client
from app.web.bodies import Body, Out
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import SessionDep, make_router
from app.web.scalars import Email, Id, Instant, Name, Ref, Slug, Text
from app.web.security import allow

clients = make_router(tags=["clients"], prefix="/v1/clients")


class ClientChangesIn(Body):
    """What is to change of a client; a field left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"timezone": "Australia/Brisbane", "region": "QLD"}]}
    )

    name: Name = Field(default_factory=absent)
    email: Email = Field(default_factory=absent, description="Where e-mails go from now on.")
    timezone: Annotated[str, Text(max=64)] = Field(
        default_factory=absent,
        description="IANA name. Open plans keep their days and take the hours of this zone.",
    )
    country: Annotated[str, Text(max=64)] | None = Field(
        None, description="Two letters as in ISO 3166-1, or its English name; null takes it off."
    )
    region: Annotated[str, Text(max=64)] | None = Field(
        None, description="Code or name of a part of the country, such as `QLD`."
    )
    language: Annotated[str, Text(max=10)] = Field(
        default_factory=absent, description="Of the dates in e-mails, such as `de`."
    )


class ClientOut(Out):
    """A client company."""

    id: Id
    version: int
    ref: str | None = Field(description="Its id in the agreements' system.")
    name: str
    email: str
    timezone: str = Field(description="IANA name; the client's days are counted in it.")
    country: str | None = Field(description="Two letters; else as it was given.")
    region: str | None = Field(description="As the holiday calendars name it.")
    language: str = Field(description="Of the dates in e-mails.")
    package: str | None = Field(description="Key of the package that it has today, where known.")
    warnings: list[WarningOut] = Field(
        description="Such as a country of which no public holidays are known."
    )
    created_at: Instant


@clients.get("", operation_id="clients_list")
@allow(*READ)
async def clients_list(
    session: SessionDep,
    asked: PageDep,
    ref: Annotated[Ref | None, Query(description="Only with this ref.")] = None,
    email: Annotated[Email | None, Query(description="Only with this address.")] = None,
    package: Annotated[Slug | None, Query(description="Only those who have it.")] = None,
) -> Page[ClientOut]:
    """List the clients."""
    wanted = queries.clients_listed(queries.ClientFilter(ref, email, package))
    found = await page(session, wanted, queries.NEWEST, asked.limit, asked.cursor)
    return found.page(lambda row: ClientOut.model_validate(queries.client_of(row)))


@clients.get("/{client_id}", operation_id="clients_get")
@allow(*READ)
async def clients_get(client_id: Id, session: SessionDep, response: Response) -> ClientOut:
    """Get a client."""
    return await _answer(session, client_id, response)


@clients.patch("/{client_id}", operation_id="clients_update")
@allow(*STEER_PLANS)
async def clients_update(client_id: Id, body: ClientChangesIn, call: ActingDep) -> ClientOut:
    """Change a client.

    Open plans follow in the same transaction. Another zone moves their live instant and their
    window, never their days; it is refused where the live date has begun there already. Another
    name, address or language has e-mails that have not left taken back and written anew.
    """
    await hold_client_row(call.session, client_id, call.expected)
    changes = body.model_dump(include=body.model_fields_set)
    with pointing({}, by_code={"zone_unknown": "/timezone"}):
        await amend_client(
            call.session, client_id, changes, office=call.office, actor=call.actor, now=call.now
        )
    return await _answer(call.session, client_id, call.response)


async def _answer(session: SessionDep, client_id: Id, response: Response) -> ClientOut:
    client = await queries.client_by_id(session, client_id)
    response.headers["ETag"] = etag(client.version)
    return ClientOut.model_validate(client)
