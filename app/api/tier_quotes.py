"""Changes of users: asked for, read, answered, and the steps that a person makes by hand."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import ConfigDict, Field

from app.api.acting import Acting, ActingDep
from app.api.locking import hold_quote
from app.api.permissions import ASK_QUOTES, BILL, READ
from app.api.shapes import EvidenceIn, MaybeWhyIn
from app.api.tier_quote_shapes import TierQuoteOut, quote_out
from app.api.tier_shapes import ACCOUNT_EXAMPLE, AccountIn, QuoteIn
from app.db.models import TierQuote
from app.domain.carrying_out import Evidence
from app.domain.tiers.account import Site
from app.domain.tiers.flow import QuoteState
from app.domain.tiers.outcome import Outcome
from app.queries import tier_quotes as queries
from app.services import tier_by_hand
from app.services import tier_quotes as services
from app.services.office import Office
from app.services.tier_letters import letter_of, reference_of
from app.services.tier_rows import COSTS, RECAP, waiting_in
from app.web.bodies import Body
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import SessionDep, WiredDep, make_router
from app.web.scalars import Id, QueryFlag, Ref, Text
from app.web.security import allow

tier_quotes = make_router(tags=["tier-quotes"], prefix="/v1/tier-quotes")

EVIDENCE: dict[str, Any] = {"reference": "Billing, transaction 4711", "note": "Approved at 09:12."}


class AcceptIn(Body):
    """The client's yes; the account as it is today, where the caller has just read it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"account": ACCOUNT_EXAMPLE}]})

    account: AccountIn | None = Field(
        None, description="Compared with what was quoted: where it differs, it is quoted again."
    )


class ChargedByHandIn(Body):
    """That a person charged the card on file, and where that can be seen."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"evidence": EVIDENCE, "card": "Visa 4242"}]}
    )

    evidence: EvidenceIn
    card: Annotated[str, Text(max=60)] | None = Field(
        None, description="Kind and last digits, as the recap names it; never the number."
    )


class AppliedByHandIn(Body):
    """That a person set the limit, on which database and site, and where that can be seen."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"database": "db-7", "site_id": "site-42", "evidence": EVIDENCE}]
        }
    )

    database: Ref = Field(description="As the screen shows it, read anew.")
    site_id: Ref = Field(description="As the screen shows it, read anew.")
    evidence: EvidenceIn


class ProvedIn(Body):
    """That a person has done it, and where that can be seen."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"evidence": EVIDENCE}]})

    evidence: EvidenceIn


@tier_quotes.get("", operation_id="tier_quotes_list")
@allow(*READ)
async def tier_quotes_list(
    session: SessionDep,
    wired: WiredDep,
    asked: PageDep,
    state: Annotated[QuoteState | None, Query(description="Only in this state.")] = None,
    outcome: Annotated[Outcome | None, Query(description="Only with this outcome.")] = None,
    account_id: Annotated[Id | None, Query(description="Only of this account.")] = None,
    waiting: Annotated[
        QueryFlag | None, Query(description="Only those that wait for a person, or do not.")
    ] = None,
) -> Page[TierQuoteOut]:
    """List changes of users.

    Newest first. With `waiting=true` those that wait for a person: charged and not applied, a
    failed charge, an approval, a review.
    """
    wanted = queries.quotes_listed(queries.QuoteFilter(state, outcome, account_id, waiting))
    found = await page(session, wanted, queries.NEWEST, asked.limit, asked.cursor)
    return found.page(lambda row: _out(row[0], wired.office))


@tier_quotes.post("", operation_id="tier_quotes_create", status_code=201)
@allow(*ASK_QUOTES)
async def tier_quotes_create(body: QuoteIn, call: ActingDep) -> TierQuoteOut:
    """Ask for other users.

    The answer says what it costs, step by step, or why it has no price. What has a price is told
    to the client by e-mail, where their address and a helpdesk are known.
    """
    command = services.AskQuote(
        account=body.account.account() if body.account else None,
        account_id=body.account_id,
        users=body.requested_users,
        on=body.requested_on,
        exceptions=body.exceptions.exceptions(),
        unhappy=body.unhappy,
        current_pricing=body.wants_current_pricing,
        policy=body.policy,
        contact=body.client.model_dump(exclude_none=True),
        payment=body.payment.model_dump() if body.payment else {},
        sources=body.sources.model_dump(exclude_none=True),
        conversation_ref=body.conversation_ref,
    )
    row = await services.ask_quote(
        call.session, command, office=call.office, actor=call.actor, now=call.now
    )
    call.response.headers["Location"] = f"/v1/tier-quotes/{row.id}"
    return _answered(row, call)


@tier_quotes.get("/{quote_id}", operation_id="tier_quotes_get")
@allow(*READ)
async def tier_quotes_get(
    quote_id: Id, session: SessionDep, wired: WiredDep, response: Response
) -> TierQuoteOut:
    """Get a change of users."""
    row = await queries.quote_by_id(session, quote_id)
    response.headers["ETag"] = etag(row.version)
    return _out(row, wired.office)


@tier_quotes.post("/{quote_id}/accept", operation_id="tier_quotes_accept")
@allow(*ASK_QUOTES)
async def tier_quotes_accept(
    quote_id: Id, call: ActingDep, body: AcceptIn | None = None
) -> TierQuoteOut:
    """Take the client's yes.

    The rest runs by itself and shows in `state`: charged, applied, confirmed. Where band, price,
    contract or billing date have changed since, the quote is `stale` instead and a new one takes
    its place (`superseded_by`).
    """
    await hold_quote(call.session, quote_id, call.expected)
    present = body.account.account() if body and body.account else None
    row = await services.accept_quote(
        call.session, quote_id, present, office=call.office, actor=call.actor, now=call.now
    )
    return _answered(row, call)


@tier_quotes.post("/{quote_id}/decline", operation_id="tier_quotes_decline")
@allow(*ASK_QUOTES)
async def tier_quotes_decline(
    quote_id: Id, call: ActingDep, body: MaybeWhyIn | None = None
) -> TierQuoteOut:
    """Take the client's no; after a yes only while the card cannot have been charged."""
    await hold_quote(call.session, quote_id, call.expected)
    row = await services.decline_quote(
        call.session, quote_id, body.reason if body else None, actor=call.actor, now=call.now
    )
    return _answered(row, call)


@tier_quotes.post("/{quote_id}/charge-by-hand", operation_id="tier_quotes_charge_by_hand")
@allow(*BILL)
async def tier_quotes_charge_by_hand(
    quote_id: Id, body: ChargedByHandIn, call: ActingDep
) -> TierQuoteOut:
    """Note that a person charged the prorated amount, with proof."""
    proof = _evidence(body.evidence)
    return await _by_hand(call, quote_id, tier_by_hand.charge_by_hand, proof, body.card)


@tier_quotes.post("/{quote_id}/apply-by-hand", operation_id="tier_quotes_apply_by_hand")
@allow(*BILL)
async def tier_quotes_apply_by_hand(
    quote_id: Id, body: AppliedByHandIn, call: ActingDep
) -> TierQuoteOut:
    """Note that a person set the limit and the recurring amount.

    Refused unless database and site id are those of the account.
    """
    site, proof = Site(body.database, body.site_id), _evidence(body.evidence)
    return await _by_hand(call, quote_id, tier_by_hand.apply_by_hand, site, proof)


@tier_quotes.post("/{quote_id}/credit-by-hand", operation_id="tier_quotes_credit_by_hand")
@allow(*BILL)
async def tier_quotes_credit_by_hand(quote_id: Id, body: ProvedIn, call: ActingDep) -> TierQuoteOut:
    """Note that a person gave the credit that was approved; the recap tells of it."""
    proof = _evidence(body.evidence)
    return await _by_hand(call, quote_id, tier_by_hand.credit_by_hand, proof)


@tier_quotes.post("/{quote_id}/tell-by-hand", operation_id="tier_quotes_tell_by_hand")
@allow(*BILL)
async def tier_quotes_tell_by_hand(quote_id: Id, body: ProvedIn, call: ActingDep) -> TierQuoteOut:
    """Note that a person told the client: the costs of a quote, or the recap of one applied."""
    await hold_quote(call.session, quote_id, call.expected)
    row = await tier_by_hand.tell_by_hand(
        call.session, quote_id, _evidence(body.evidence), actor=call.actor, now=call.now
    )
    return _answered(row, call)


async def _by_hand(
    call: Acting, quote_id: UUID, step: Callable[..., Awaitable[TierQuote]], *proof: object
) -> TierQuoteOut:
    """Hold the quote, note the step that a person has made, and answer with what it is then."""
    await hold_quote(call.session, quote_id, call.expected)
    row = await step(
        call.session, quote_id, *proof, office=call.office, actor=call.actor, now=call.now
    )
    return _answered(row, call)


def _evidence(given: EvidenceIn) -> Evidence:
    return Evidence(given.reference, given.note)


def _answered(row: TierQuote, call: Acting) -> TierQuoteOut:
    call.response.headers["ETag"] = etag(row.version)
    return _out(row, call.office)


def _out(row: TierQuote, office: Office) -> TierQuoteOut:
    waiting = [queries.WaitingView(each.code, each.detail) for each in waiting_in(row)]
    letters = {"tell_costs": COSTS, "tell_recap": RECAP}
    to_tell = None
    if waiting and (letter := letters.get(waiting[0].code)):
        mail = letter_of(row, letter, office)
        to_tell = {"subject": mail.subject, "text": mail.text}
    return quote_out(row, reference_of(row), waiting, to_tell)
