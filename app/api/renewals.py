"""What of contracts comes soon, what people were told of it, and what a client has on a day."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from app.api.acting import ActingDep
from app.api.permissions import READ, WORK
from app.db.models import ContractNotice
from app.domain.calendar import day_of, zone_of
from app.domain.contract.change import ChangeKind
from app.queries import clients as client_queries
from app.queries import renewals as queries
from app.queries.entitlements import entitlements_on
from app.services.contracts.changing import policy_for
from app.services.contracts.notices import NoticeNotFound, see_to
from app.web.bodies import Out
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import NowDep, SessionDep, WiredDep, make_router
from app.web.scalars import Day, Id, Instant, QueryFlag, QueryWhole
from app.web.security import allow

renewals = make_router(tags=["contracts"])
MOST_DAYS = 3660


class ComingOut(Out):
    """A contract that renews or ends soon, or a change of one."""

    on: Day
    what: str = Field(examples=["renews"], description="renews, ends, or the kind of the change.")
    contract_id: Id
    client_id: Id
    client_name: str
    renewal: str
    change_id: Id | None = Field(description="The change that decides it; null: nothing signed.")
    state: str | None


class ComingListOut(Out):
    """What comes, by day."""

    items: list[ComingOut]


class NoticeOut(Out):
    """What people were told of a contract, until somebody has seen to it."""

    id: Id
    version: int
    contract_id: Id
    change_id: Id | None
    kind: str
    role: str = Field(description="Whose it is to see to it.")
    said: str
    due_on: Day
    created_at: Instant
    done_at: Instant | None
    done_by: str | None


class EntitlementOut(Out):
    """A product that a client has on a day."""

    product: str
    title: str
    quantity: int = Field(description="Units, summed over the client's contracts.")
    contract_ids: list[Id]
    foreseen: bool = Field(
        description="Some of it comes by a renewal that is not made yet; the id is the old one's."
    )


class EntitlementsOut(Out):
    """What a client has on a day, past or to come."""

    client_id: Id
    on: Day
    items: list[EntitlementOut]


@renewals.get("/v1/renewals", operation_id="renewals_list")
@allow(*READ)
async def renewals_list(
    session: SessionDep,
    wired: WiredDep,
    now: NowDep,
    within_days: Annotated[QueryWhole, Query(description="How many days ahead.")] = 90,
) -> ComingListOut:
    """Show what renews, ends or changes within so many days."""
    today = day_of(now, wired.office.timezone)
    found = await queries.coming_within(session, today, min(within_days, MOST_DAYS))
    return ComingListOut(items=[ComingOut.model_validate(each) for each in found])


@renewals.get("/v1/contract-notices", operation_id="contract_notices_list")
@allow(*READ)
async def contract_notices_list(
    session: SessionDep,
    asked: PageDep,
    open_: Annotated[
        QueryFlag | None, Query(alias="open", description="Only those not seen to, or only those.")
    ] = None,
    contract_id: Annotated[Id | None, Query(description="Only of this contract.")] = None,
) -> Page[NoticeOut]:
    """List what people were told of contracts: renewals ahead, changes that were stopped."""
    wanted = queries.notices_listed(is_open=open_, contract_id=contract_id)
    found = await page(session, wanted, queries.NEWEST_NOTICE, asked.limit, asked.cursor)
    return found.page(lambda row: NoticeOut.model_validate(row[0]))


@renewals.post("/v1/contract-notices/{notice_id}/done", operation_id="contract_notices_done")
@allow(*WORK)
async def contract_notices_done(notice_id: Id, call: ActingDep) -> NoticeOut:
    """Tick a notice off: somebody has seen to it."""
    held = await call.session.get(ContractNotice, notice_id, with_for_update=True)
    if held is None:
        raise NoticeNotFound("There is no notice with this id.")
    call.expected.check(held.version)
    done = await see_to(call.session, notice_id, actor=call.actor, now=call.now)
    call.response.headers["ETag"] = etag(done.version)
    return NoticeOut.model_validate(done)


@renewals.get("/v1/clients/{client_id}/entitlements", operation_id="clients_entitlements")
@allow(*READ)
async def clients_entitlements(
    client_id: Id,
    session: SessionDep,
    wired: WiredDep,
    now: NowDep,
    response: Response,
    on: Annotated[Day | None, Query(description="The day; today where the client is.")] = None,
) -> EntitlementsOut:
    """Show what a client has on a day, with what is signed until then carried out.

    Contracts that renew by themselves are taken to have renewed: marked as foreseen.
    """
    client = await client_queries.client_by_id(session, client_id)
    day = on or day_of(now, zone_of(client.timezone))
    policy = policy_for(wired.office, ChangeKind.RENEWAL)
    items = await entitlements_on(session, client_id, day, policy=policy)
    response.headers["Cache-Control"] = "no-store"
    return EntitlementsOut(
        client_id=client_id,
        on=day,
        items=[EntitlementOut.model_validate(each) for each in items],
    )
