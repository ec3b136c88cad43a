"""The client companies: listed and read; agreements make and complete them."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from app.api.permissions import READ
from app.queries import clients as queries
from app.web.bodies import Out
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import SessionDep, make_router
from app.web.scalars import Email, Id, Instant, Ref, Slug
from app.web.security import allow

clients = make_router(tags=["clients"], prefix="/v1/clients")


class ClientOut(Out):
    """A client company."""

    id: Id
    version: int
    ref: str | None = Field(description="Its id in the agreements' system.")
    name: str
    email: str
    timezone: str = Field(description="IANA name; the client's days are counted in it.")
    country: str | None
    region: str | None
    language: str
    package: str | None = Field(description="Key of the package that it has today, where known.")
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
    client = await queries.client_by_id(session, client_id)
    response.headers["ETag"] = etag(client.version)
    return ClientOut.model_validate(client)
