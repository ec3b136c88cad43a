"""Contracts: made by hand, read as of any day, told as a story, billed ahead."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.acting import ActingDep
from app.api.contract_bodies import ContractChangesIn, NewContractIn
from app.api.contract_shapes import (
    BillCell,
    ContractBillsOut,
    ContractOut,
    StoryEntryOut,
    StoryOut,
    bill_out,
    cells_of,
    contract_out,
)
from app.api.permissions import CHANGE_CONTRACTS, NOTE_PAYMENTS, READ
from app.db.contracts import load, lock_contract
from app.domain.calendar import day_of, zone_of
from app.domain.contract.change import ChangeKind
from app.queries import contracts as queries
from app.services.contracts.changing import policy_for
from app.services.contracts.creating import create_contract
from app.services.contracts.payments import note_payments
from app.web.csv_rows import csv_page, wants_csv
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import NowDep, SessionDep, WiredDep, make_router
from app.web.scalars import Day, Id, QueryFlag, QueryWhole, Ref
from app.web.security import allow

contracts = make_router(tags=["contracts"], prefix="/v1/contracts")

On = Annotated[Day | None, Query(description="As of this day; today where the client is, if not.")]
MOST_BILLS = 120


@contracts.get("", operation_id="contracts_list")
@allow(*READ)
async def contracts_list(
    session: SessionDep,
    asked: PageDep,
    now: NowDep,
    client_id: Annotated[Id | None, Query(description="Only of this client.")] = None,
    order_ref: Annotated[Ref | None, Query(description="Only from this agreement.")] = None,
    running_on: Annotated[Day | None, Query(description="Only those that run on this day.")] = None,
) -> Page[ContractOut]:
    """List the contracts, each as it stands today."""
    wanted = queries.contracts_listed(queries.ContractFilter(client_id, order_ref, running_on))
    found = await page(session, wanted, queries.NEWEST, asked.limit, asked.cursor)
    views = [await queries.contract_on(session, row[0].id, None, now=now) for row in found.rows]
    return Page(items=[contract_out(view) for view in views], next_cursor=found.next_cursor)


@contracts.post("", operation_id="contracts_create", status_code=201)
@allow(*CHANGE_CONTRACTS)
async def contracts_create(body: NewContractIn, call: ActingDep) -> ContractOut:
    """Make a contract by hand.

    Its lines are in force from its first day on unless they say otherwise; two lines of one
    product never overlap.
    """
    made = await create_contract(
        call.session, body.value(), office=call.office, actor=call.actor, now=call.now
    )
    call.response.headers["Location"] = f"/v1/contracts/{made.id}"
    view = await queries.contract_on(call.session, made.id, made.starts_on, now=call.now)
    call.response.headers["ETag"] = etag(view.version)
    return contract_out(view)


@contracts.get("/{contract_id}", operation_id="contracts_get")
@allow(*READ)
async def contracts_get(
    contract_id: Id, session: SessionDep, now: NowDep, response: Response, on: On = None
) -> ContractOut:
    """Get a contract as of a day, with what is signed until then carried out."""
    view = await queries.contract_on(session, contract_id, on, now=now)
    response.headers["ETag"] = etag(view.version)
    return contract_out(view)


@contracts.patch("/{contract_id}", operation_id="contracts_update")
@allow(*NOTE_PAYMENTS)
async def contracts_update(
    contract_id: Id, body: ContractChangesIn, call: ActingDep
) -> ContractOut:
    """Note from which day on its bills are unpaid, or that all are paid."""
    call.expected.check((await lock_contract(call.session, contract_id)).version)
    today = await _today(call.session, contract_id, call.now)
    await note_payments(
        call.session, contract_id, body.unpaid_from, today=today, actor=call.actor, now=call.now
    )
    view = await queries.contract_on(call.session, contract_id, None, now=call.now)
    call.response.headers["ETag"] = etag(view.version)
    return contract_out(view)


@contracts.get("/{contract_id}/timeline", operation_id="contracts_timeline")
@allow(*READ)
async def contracts_timeline(contract_id: Id, session: SessionDep) -> StoryOut:
    """Tell a contract from its first day to its last.

    What changed, when, by which order, entered and approved by whom; and what is signed for days
    to come.
    """
    entries = await queries.story_of(session, contract_id)
    return StoryOut(items=[StoryEntryOut.model_validate(entry) for entry in entries])


class BillsAsked:
    """Which bills are asked for."""

    def __init__(
        self,
        count: Annotated[QueryWhole, Query(description="How many, at most 120.")] = 3,
        from_: Annotated[
            Day | None, Query(alias="from", description="First day; else today.")
        ] = None,
        without: Annotated[Id | None, Query(description="A signed change to leave out.")] = None,
        signed: Annotated[
            QueryFlag,
            Query(description="Whether what is signed or foreseen counts before its day."),
        ] = True,
    ) -> None:
        self.count = min(max(count, 1), MOST_BILLS)
        self.start = from_
        self.without = [without] if without else []
        self.signed = signed


@contracts.get("/{contract_id}/bills", operation_id="contracts_bills")
@allow(*READ)
async def contracts_bills(
    contract_id: Id,
    request: Request,
    session: SessionDep,
    wired: WiredDep,
    now: NowDep,
    asked: Annotated[BillsAsked, Depends(BillsAsked)],
) -> ContractBillsOut:
    """Show the next bills, row by row; `text/csv` gives them as one table.

    Bills of a contract that a signed renewal or recast opens are among them, and those of
    automatic renewals, which are marked as foreseen; `signed=false` leaves both out.
    """
    found = await queries.next_bills(
        session,
        contract_id,
        start=asked.start,
        count=asked.count,
        without=asked.without,
        only_in_force=not asked.signed,
        policy=policy_for(wired.office, ChangeKind.RENEWAL),
        now=now,
    )
    basis = (await load(session, contract_id)).known.standing.contract.basis
    if wants_csv(request.headers):
        cells = [cell for bill in found for cell in cells_of(bill, basis)]
        items = [cell.model_dump(mode="json", by_alias=True) for cell in cells]
        return csv_page(BillCell, {"items": items})  # type: ignore[return-value]
    return ContractBillsOut(items=[bill_out(bill, basis) for bill in found])


async def _today(session: AsyncSession, contract_id: Id, now: NowDep) -> Day:
    loaded = await load(session, contract_id)
    return day_of(now, zone_of(loaded.timezone))
