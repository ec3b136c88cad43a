"""The locking load of a quote, and of whatever an outside effect belongs to."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.contracts import lock_contract
from app.db.models import Delivery, TierAccount, TierQuote
from app.db.runs import lock_run
from app.domain.tiers.flow import AccountNotFound, QuoteNotFound


async def lock(session: AsyncSession, quote_id: UUID) -> TierQuote:
    """Load a quote and hold its row until the transaction ends.

    Raises:
        QuoteNotFound: there is none.
    """
    quote = await session.get(TierQuote, quote_id, populate_existing=True, with_for_update=True)
    if quote is None:
        raise QuoteNotFound("There is no quote with this id.")
    return quote


async def lock_account(session: AsyncSession, account_id: UUID) -> TierAccount:
    """Load an account and hold its row until the transaction ends.

    Raises:
        AccountNotFound: there is none.
    """
    account = await session.get(
        TierAccount, account_id, populate_existing=True, with_for_update=True
    )
    if account is None:
        raise AccountNotFound("There is no account with this id.")
    return account


async def lock_owner(session: AsyncSession, delivery_id: UUID) -> None:
    """Hold the plan, quote, contract or run that an effect belongs to, before the effect."""
    owner = await session.execute(
        select(Delivery.plan_id, Delivery.quote_id, Delivery.contract_id, Delivery.run_id).where(
            Delivery.id == delivery_id
        )
    )
    plan_id, quote_id, contract_id, run_id = owner.one_or_none() or (None, None, None, None)
    if plan_id is not None:
        await plans.lock(session, plan_id)
    elif quote_id is not None:
        await lock(session, quote_id)
    elif contract_id is not None:
        await lock_contract(session, contract_id)
    elif run_id is not None:
        await lock_run(session, run_id)
