"""Accounts that pay by users: added, and replaced when their facts are read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import tier_quotes
from app.db.ids import new_id
from app.db.models import Client, TierAccount
from app.domain.actor import Actor
from app.domain.errors import ClientNotFound, Conflict, NotFound
from app.domain.tiers.account import Account
from app.domain.tiers.documents import account_as_json
from app.services.audit import record


class AccountRefTaken(Conflict):
    """Two accounts cannot have one ref."""

    code = "tier_account_ref_taken"


class AccountUnnamed(NotFound):
    """No account, or more than one, is known by what names it."""

    code = "tier_account_unnamed"


@dataclass(frozen=True, slots=True)
class KeepAccount:
    """An account as somebody read it."""

    ref: str
    account: Account
    contact: Mapping[str, Any]
    payment: Mapping[str, Any]
    client_id: UUID | None = None


async def add_account(
    session: AsyncSession, command: KeepAccount, *, actor: Actor, now: datetime
) -> TierAccount:
    """Add an account.

    Raises:
        AccountRefTaken: there is one with this ref.
        ClientNotFound: nobody knows this client.
    """
    await _known_client(session, command.client_id)
    if await session.scalar(select(TierAccount.id).where(TierAccount.ref == command.ref)):
        raise AccountRefTaken("There is an account with this ref.", pointer="/ref")
    row = TierAccount(
        id=new_id(),
        ref=command.ref,
        client_id=command.client_id,
        facts=account_as_json(command.account),
        contact=dict(command.contact),
        payment=dict(command.payment),
        created_at=now,
        updated_at=now,
        version=1,
    )
    session.add(row)
    _record(session, row, "tier_account.created", None, actor=actor, now=now)
    await session.flush()
    return row


async def replace_account(
    session: AsyncSession, account_id: UUID, command: KeepAccount, *, actor: Actor, now: datetime
) -> TierAccount:
    """Replace an account's facts; open quotes that were reckoned from others become stale.

    Raises:
        AccountNotFound: there is none.
        AccountRefTaken: another account has this ref.
        ClientNotFound: nobody knows this client.
    """
    await _known_client(session, command.client_id)
    row = await tier_quotes.lock_account(session, account_id)
    taken = await session.scalar(
        select(TierAccount.id).where(TierAccount.ref == command.ref, TierAccount.id != row.id)
    )
    if taken is not None:
        raise AccountRefTaken("There is another account with this ref.", pointer="/ref")
    before = row.facts
    row.ref, row.facts = command.ref, account_as_json(command.account)
    row.client_id = command.client_id
    row.contact, row.payment = dict(command.contact), dict(command.payment)
    row.updated_at = now
    row.version += 1
    _record(session, row, "tier_account.updated", before, actor=actor, now=now)
    await session.flush()
    return row


async def _known_client(session: AsyncSession, client_id: UUID | None) -> None:
    if client_id is not None and await session.get(Client, client_id) is None:
        raise ClientNotFound("There is no client with this id.", pointer="/client_id")


def _record(
    session: AsyncSession,
    row: TierAccount,
    action: str,
    before: Mapping[str, Any] | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject=("tier_account", row.id),
        now=now,
        before=before,
        after=row.facts,
    )


async def account_named(
    session: AsyncSession, *, ref: str | None, email: str | None
) -> TierAccount:
    """The account of a ref, else the only one of an address.

    Raises:
        AccountUnnamed: none, or several; the worst mistake is raising the wrong one.
    """
    if ref:
        wanted = select(TierAccount).where(TierAccount.ref == ref)
    elif email:
        wanted = select(TierAccount).where(
            func.lower(TierAccount.contact["email"].astext) == email.lower()
        )
    else:
        raise AccountUnnamed("The request names no account: it needs account.ref or an address.")
    found = list(await session.scalars(wanted.limit(2)))
    if len(found) != 1:
        number = "No account is" if not found else "Several accounts are"
        raise AccountUnnamed(f"{number} known by what the request names.")
    return found[0]
