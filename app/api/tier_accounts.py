"""Accounts that pay by users: listed, added, replaced when their facts are read again."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import ConfigDict, Field

from app.api.acting import ActingDep
from app.api.permissions import BILL, READ
from app.api.tier_shapes import ACCOUNT_EXAMPLE, AccountIn, ContactIn, PaymentIn
from app.db import tier_quotes as rows
from app.queries import tier_quotes as queries
from app.services.tier_accounts import KeepAccount, add_account, replace_account
from app.web.bodies import Body, Out
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import SessionDep, make_router
from app.web.scalars import Id, Instant, Ref
from app.web.security import allow

tier_accounts = make_router(tags=["tier-accounts"], prefix="/v1/tier-accounts")

EXAMPLE: dict[str, Any] = {
    "ref": "ACC-1042",
    "account": ACCOUNT_EXAMPLE,
    "client": {"name": "Harbour Realty (sample)", "email": "owner@harbour.example"},
}


class TierAccountIn(Body):
    """An account as it was read."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    ref: Ref = Field(description="Its number in the billing system.")
    account: AccountIn
    client: ContactIn = Field(default_factory=ContactIn)
    payment: PaymentIn | None = None
    client_id: Id | None = Field(
        None, description="Whose it is: changes of users are written on this client's contract."
    )

    def command(self) -> KeepAccount:
        """The account to be kept."""
        return KeepAccount(
            self.ref,
            self.account.account(),
            self.client.model_dump(exclude_none=True),
            self.payment.model_dump() if self.payment else {},
            self.client_id,
        )


class TierAccountOut(Out):
    """An account that pays by users."""

    id: Id
    version: int
    ref: str
    client_id: Id | None
    account: dict[str, Any]
    client: dict[str, Any]
    payment: dict[str, Any]
    created_at: Instant
    updated_at: Instant


@tier_accounts.get("", operation_id="tier_accounts_list")
@allow(*READ)
async def tier_accounts_list(
    session: SessionDep,
    asked: PageDep,
    ref: Annotated[Ref | None, Query(description="Only with this ref.")] = None,
) -> Page[TierAccountOut]:
    """List the accounts."""
    wanted = queries.accounts_listed(ref)
    found = await page(session, wanted, queries.NEWEST_ACCOUNTS, asked.limit, asked.cursor)
    return found.page(lambda row: TierAccountOut.model_validate(queries.account_view(row[0])))


@tier_accounts.post("", operation_id="tier_accounts_create", status_code=201)
@allow(*BILL)
async def tier_accounts_create(body: TierAccountIn, call: ActingDep) -> TierAccountOut:
    """Add an account, so that requests may name it."""
    row = await add_account(call.session, body.command(), actor=call.actor, now=call.now)
    call.response.headers["Location"] = f"/v1/tier-accounts/{row.id}"
    return await _answer(call.session, row.id, call.response)


@tier_accounts.get("/{account_id}", operation_id="tier_accounts_get")
@allow(*READ)
async def tier_accounts_get(
    account_id: Id, session: SessionDep, response: Response
) -> TierAccountOut:
    """Get an account."""
    return await _answer(session, account_id, response)


@tier_accounts.put("/{account_id}", operation_id="tier_accounts_replace")
@allow(*BILL)
async def tier_accounts_replace(
    account_id: Id, body: TierAccountIn, call: ActingDep
) -> TierAccountOut:
    """Replace an account's facts.

    Quotes that were reckoned from other facts become stale when the client says yes.
    """
    held = await rows.lock_account(call.session, account_id)
    call.expected.check(held.version)
    await replace_account(call.session, account_id, body.command(), actor=call.actor, now=call.now)
    return await _answer(call.session, account_id, call.response)


async def _answer(session: SessionDep, account_id: Id, response: Response) -> TierAccountOut:
    account = await queries.account_by_id(session, account_id)
    response.headers["ETag"] = etag(account.version)
    return TierAccountOut.model_validate(account)
