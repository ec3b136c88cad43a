"""Changes of users and their accounts as the API shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import TierAccount, TierQuote
from app.domain.tiers.flow import AccountNotFound, QuoteNotFound

NEWEST: Final = (TierQuote.created_at, TierQuote.id)
"""The columns that lists of quotes are ordered by."""

NEWEST_ACCOUNTS: Final = (TierAccount.created_at, TierAccount.id)
"""The columns that lists of accounts are ordered by."""


@dataclass(frozen=True, slots=True)
class QuoteFilter:
    """Which quotes a list holds; None means any."""

    state: str | None = None
    outcome: str | None = None
    account_id: UUID | None = None
    waiting: bool | None = None


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account that pays by users."""

    id: UUID
    version: int
    ref: str
    client_id: UUID | None
    account: Mapping[str, Any]
    client: Mapping[str, Any]
    payment: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingView:
    """One thing that a person has to do."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class QuoteTimes:
    """When a quote came how far."""

    expires_at: datetime
    created_at: datetime
    answered_at: datetime | None
    charged_at: datetime | None
    apply_on: date | None
    applied_at: datetime | None
    confirmed_at: datetime | None


def quotes_listed(by: QuoteFilter) -> Select[*tuple[Any, ...]]:
    """The quotes that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted: Select[*tuple[Any, ...]] = select(TierQuote)
    for column, value in (
        (TierQuote.state, by.state),
        (TierQuote.outcome, by.outcome),
        (TierQuote.account_id, by.account_id),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    if by.waiting is not None:
        waits = TierQuote.waits.is_not(None)
        wanted = wanted.where(waits if by.waiting else ~waits)
    return wanted


async def quote_by_id(session: AsyncSession, quote_id: UUID) -> TierQuote:
    """One quote, as the session has it.

    Raises:
        QuoteNotFound: there is none with this id.
    """
    row = await session.get(TierQuote, quote_id)
    if row is None:
        raise QuoteNotFound("There is no quote with this id.")
    return row


def accounts_listed(ref: str | None) -> Select[*tuple[Any, ...]]:
    """The accounts, or the one of a ref, to be ordered and cut by `NEWEST_ACCOUNTS`."""
    wanted: Select[*tuple[Any, ...]] = select(TierAccount)
    return wanted if ref is None else wanted.where(TierAccount.ref == ref)


def account_view(row: TierAccount) -> AccountView:
    """An account as it is shown."""
    return AccountView(
        row.id,
        row.version,
        row.ref,
        row.client_id,
        row.facts,
        row.contact,
        row.payment,
        row.created_at,
        row.updated_at,
    )


async def account_by_id(session: AsyncSession, account_id: UUID) -> AccountView:
    """One account.

    Raises:
        AccountNotFound: there is none with this id.
    """
    row = await session.get(TierAccount, account_id)
    if row is None:
        raise AccountNotFound("There is no account with this id.")
    return account_view(row)
