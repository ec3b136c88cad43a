"""Changes of contracts: shown, made, listed, taken back, tried again."""

from typing import Annotated

from fastapi import Query, Response

from app.api.acting import Acting, ActingDep
from app.api.change_shapes import ChangeOut, change_out, drafted_out, preview_out
from app.api.contract_bodies import ChangeIn
from app.api.permissions import CHANGE_CONTRACTS, READ
from app.api.shapes import WhyIn
from app.db.contracts import Loaded, lately, load, lock_change, lock_contract, renewing_of
from app.db.ids import new_id
from app.domain.calendar import day_of, zone_of
from app.domain.contract.change import ChangeKind, ChangeState, Rights
from app.domain.contract.preview import Preview, previewed
from app.domain.roles import Role
from app.queries import contracts as queries
from app.services.contracts.carrying_out import Retry, retry_change
from app.services.contracts.changing import (
    EnterChange,
    asked_of,
    enter_change,
    policy_for,
    superseded,
)
from app.services.contracts.stored import draft_json
from app.services.contracts.undoing import Undo, reinstate, withdraw_change
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.refusals import StaleVersion
from app.web.routing import SessionDep, make_router
from app.web.scalars import Id
from app.web.security import allow

contract_changes = make_router(tags=["contracts"])


def rights_of(call: Acting, *, waives_notice: bool = False) -> Rights:
    """What a caller may do beyond the rule: managers may back-date, and waive a notice period."""
    leads = call.actor.role in {Role.MANAGER, Role.ADMIN}
    return Rights(back_date=leads, waive_notice=leads and waives_notice)


@contract_changes.get("/v1/contracts/{contract_id}/changes", operation_id="contract_changes_list")
@allow(*READ)
async def contract_changes_list(
    contract_id: Id,
    session: SessionDep,
    asked: PageDep,
    state: Annotated[ChangeState | None, Query(description="Only in this state.")] = None,
) -> Page[ChangeOut]:
    """List the changes of a contract."""
    await load(session, contract_id)
    wanted = queries.changes_listed(contract_id, state)
    found = await page(session, wanted, queries.NEWEST_CHANGE, asked.limit, asked.cursor)
    views = [await queries.change_by_id(session, row[0].id) for row in found.rows]
    return Page(items=[change_out(view) for view in views], next_cursor=found.next_cursor)


@contract_changes.post(
    "/v1/contracts/{contract_id}/changes",
    operation_id="contract_changes_create",
    status_code=201,
    responses={200: {"model": ChangeOut, "description": "Only shown: `dry_run`."}},
)
@allow(*CHANGE_CONTRACTS)
async def contract_changes_create(contract_id: Id, body: ChangeIn, call: ActingDep) -> ChangeOut:
    """Change a contract, or show what a change would be.

    With `dry_run` nothing is stored: lines before and after, each money row with its reckoning,
    the next three bills without it and with it. The same rules decide when it is made, so the two
    agree to the cent. A change waits for an approval where its discount needs one, then for its
    day; one whose day is here is in force at once. `If-Match`, or `base_version`, names the
    contract's version; of two calls at once the second is answered with 412.
    """
    meant = body.base_version
    if meant is None and not body.dry_run:
        meant = await queries.version_of(call.session, contract_id)
    record = await lock_contract(call.session, contract_id)
    call.expected.check(record.version)
    if meant is not None and meant != record.version:
        # Somebody was first: before this call, or while it waited for the contract.
        raise StaleVersion(
            "The contract has changed since it was read: read it again.",
            pointer="/base_version" if body.base_version is not None else None,
            headers={"ETag": etag(record.version)},
        )
    if body.supersedes is not None:
        await superseded(call.session, contract_id, body.supersedes)
    left_out = [body.supersedes] if body.supersedes else []
    since = lately(body.effective_on, call.now)
    loaded = await load(call.session, contract_id, without=left_out, since=since)
    today = day_of(call.now, zone_of(loaded.timezone))
    order = body.order(today)
    rights = rights_of(call, waives_notice=body.waive_notice)
    asked = asked_of(call.office, order, rights, today, new_id())
    policy = policy_for(call.office, ChangeKind.RENEWAL)
    renewing = await renewing_of(call.session, contract_id, policy)
    seen = previewed(loaded.known, asked, call.office.catalog.contracts.bands, renewing)
    if body.dry_run:
        call.response.status_code = 200
        return _shown(seen, loaded)
    command = EnterChange(contract_id, order, rights, body.order_ref, body.supersedes)
    change = await enter_change(
        call.session, command, office=call.office, actor=call.actor, now=call.now
    )
    await call.session.flush()
    call.response.headers["Location"] = f"/v1/changes/{change.id}"
    call.response.headers["ETag"] = etag(change.version)
    view = await queries.change_by_id(call.session, change.id)
    return change_out(view, preview_out(seen, loaded.known.standing.contract.basis))


def _shown(seen: Preview, loaded: Loaded) -> ChangeOut:
    contract = loaded.known.standing.contract
    shown = draft_json(seen.decided.draft, seen.decided.before, contract.currency)
    return drafted_out(seen, contract, shown)


@contract_changes.get("/v1/changes/{change_id}", operation_id="changes_get")
@allow(*READ)
async def changes_get(change_id: Id, session: SessionDep, response: Response) -> ChangeOut:
    """Get a change."""
    view = await queries.change_by_id(session, change_id)
    response.headers["ETag"] = etag(view.change.version)
    return change_out(view)


@contract_changes.post("/v1/changes/{change_id}/withdraw", operation_id="changes_withdraw")
@allow(*CHANGE_CONTRACTS)
async def changes_withdraw(change_id: Id, body: WhyIn, call: ActingDep) -> ChangeOut:
    """Take a change back that is not in force; all that it scheduled goes with it."""
    await _hold(call, change_id)
    command = Undo(change_id, body.reason)
    await withdraw_change(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call, change_id)


@contract_changes.post("/v1/changes/{change_id}/reinstate", operation_id="changes_reinstate")
@allow(*CHANGE_CONTRACTS)
async def changes_reinstate(change_id: Id, body: WhyIn, call: ActingDep) -> ChangeOut:
    """Undo a termination that is not in force yet: the contract goes on as it was."""
    await _hold(call, change_id)
    command = Undo(change_id, body.reason)
    await reinstate(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call, change_id)


@contract_changes.post("/v1/changes/{change_id}/retry", operation_id="changes_retry")
@allow(*CHANGE_CONTRACTS)
async def changes_retry(change_id: Id, call: ActingDep) -> ChangeOut:
    """Try a stopped change again, on purpose, on what stands now.

    Its base and its money are taken anew. If its day is past by now, only a manager may.
    """
    await _hold(call, change_id)
    command = Retry(change_id, rights_of(call))
    await retry_change(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await _answer(call, change_id)


async def _hold(call: Acting, change_id: Id) -> None:
    _, change = await lock_change(call.session, change_id)
    call.expected.check(change.version)


async def _answer(call: Acting, change_id: Id) -> ChangeOut:
    await call.session.flush()
    view = await queries.change_by_id(call.session, change_id)
    call.response.headers["ETag"] = etag(view.change.version)
    return change_out(view)
