"""Requests for other users from outside, and what Stripe tells of their charges."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import tier_quotes
from app.domain.actor import Actor
from app.domain.agreement import EventType
from app.domain.errors import DomainError, Invalid
from app.domain.tiers.documents import account_of, requested_day, requested_users
from app.domain.tiers.flow import ChargeState, QuoteState
from app.services.inbound.events import Brought, Understood
from app.services.office import Office
from app.services.tier_accounts import account_named
from app.services.tier_effects import alert
from app.services.tier_quotes import USER_TIERS, AskQuote, ask_quote
from app.services.tier_rows import kept
from app.services.tier_steps import paid

STRIPE: Final = "stripe"
"""The only source that is believed about money: whoever may bring requests may not say so."""


class PaymentNotOurs(Invalid):
    """What is told of a payment names no quote of ours, or comes from somebody else."""

    code = "payment_not_ours"


async def requested(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """Somebody asks for other users: quoted as if the API had been called.

    The account is given whole, or named by its ref, or by the address of one client only.
    """
    document = brought.document
    account, client = _part(document, "account"), _part(document, "client")
    users = requested_users(document.get("requested_users"))
    given = account_of(account) if "pricing" in account else None
    account_id = None
    if given is None:
        ref, email = account.get("ref"), client.get("email")
        account_id = (await account_named(session, ref=ref, email=email)).id
    names = ("name", "contact_name", "email", "language")
    command = AskQuote(
        account=given,
        account_id=account_id,
        users=users,
        on=requested_day(document.get("requested_on")),
        policy=str(document.get("policy") or USER_TIERS),
        contact={name: str(client[name]) for name in names if client.get(name)},
        source=brought.source,
        conversation_ref=str(document["conversation_ref"])
        if document.get("conversation_ref")
        else None,
    )
    row = await ask_quote(session, command, office=office, actor=actor, now=now)
    return Understood("processed", f"Quote {row.id}: {row.outcome}.")


async def payment_told(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """Stripe says what became of a charge: a late success goes on, a late failure stops.

    A charge that contradicts what was quoted changes nothing, and people are told.

    Raises:
        PaymentNotOurs: it names no quote, or somebody else than Stripe says so.
        QuoteNotFound: there is no such quote.
    """
    payment = _part(brought.document, "payment")
    row = await tier_quotes.lock(session, _quote_id(brought))
    if brought.kind is EventType.PAYMENT_SUCCEEDED:
        before = row.state
        try:
            await paid(session, row, payment, office=office, actor=actor, now=now)
        except DomainError as contradiction:
            await alert(session, row, contradiction.detail, office=office, now=now)
            await kept(session, row)
            return Understood("quarantined", f"{contradiction.code}: {contradiction.detail}")
        await kept(session, row)
        known = row.state == before
        return Understood("ignored", "It was known.") if known else Understood("processed", "Paid.")
    charge = row.charge or {}
    if row.state != QuoteState.ACCEPTED or charge.get("state") != ChargeState.UNCERTAIN:
        return Understood("ignored", "The charge's own answer says what became of it.")
    why = f"Stripe says that the charge failed ({payment.get('code') or 'no code'})."
    row.charge = {**charge, "state": ChargeState.FAILED, "why": why}
    await kept(session, row)
    return Understood("processed", why)


def _quote_id(brought: Brought) -> UUID:
    if brought.source != STRIPE:
        raise PaymentNotOurs("Only Stripe is believed about its payments.")
    try:
        return UUID(str(brought.document.get("quote_id")))
    except ValueError:
        raise PaymentNotOurs("The payment names no quote of ours.") from None


def _part(document: Mapping[str, object], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    return part if isinstance(part, Mapping) else {}
