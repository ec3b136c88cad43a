"""A change looked at without being made: before and after, its money, the next bills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import chain
from uuid import UUID

from app.domain.approval import DiscountBand, approver_of
from app.domain.contract.bills import ContractBill, Credited, bills
from app.domain.contract.change import (
    ChangeKind,
    ChangeOrder,
    ChangePolicy,
    Draft,
    Rights,
    Succession,
    When,
)
from app.domain.contract.drafting import drafted, effective_day
from app.domain.contract.editing import NewId
from app.domain.contract.foreseen import Renewing, after, foreseen
from app.domain.contract.line import Line
from app.domain.contract.model import Standing
from app.domain.contract.rows import net
from app.domain.contract.succession import Accounts
from app.domain.contract.timeline import Projected, Signed, applied, projected
from app.domain.errors import DomainError
from app.domain.money import Money

BILLS = 3
"""How many bills a preview shows."""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that is known of a contract.

    Args:
        standing: What is in force.
        accounts: Its money up to now.
        pending: Its changes not yet in force, as they were entered.
    """

    standing: Standing
    accounts: Accounts
    pending: tuple[Signed, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that somebody asks for.

    Args:
        id: The id that it gets.
        order: What is asked for.
        policy: The installation's, for its kind.
        today: In the client's zone.
        rights: What the one who asks may do.
        new_id: Makes ids.
    """

    id: UUID
    order: ChangeOrder
    policy: ChangePolicy
    today: date
    rights: Rights
    new_id: NewId


@dataclass(frozen=True, slots=True)
class Decided:
    """What a change comes to, and as what it is to be signed.

    Args:
        draft: What it comes to.
        signed: The change with its day settled, and the base that it found.
        before: The lines that it ends or alters.
        approver: Role that must approve it; None where nobody has to.
    """

    draft: Draft
    signed: Signed
    before: tuple[Line, ...]
    approver: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A change with what follows from it.

    Args:
        decided: What it comes to.
        before: The contract with what is signed already.
        after: The same with this change.
        conflicts: Changes that it would take the base from, with the reason.
        bills_before: The next bills without it.
        bills_after: The next bills with it, those of a contract that it opens included.
        cost_now: Its own rows, charges less credits.
        a_period_before: What the recurring lines cost a period on the eve.
        a_period_after: The same from its day on.
    """

    decided: Decided
    before: Projected
    after: Projected
    conflicts: Mapping[UUID, DomainError]
    bills_before: tuple[ContractBill, ...]
    bills_after: tuple[ContractBill, ...]
    cost_now: Money
    a_period_before: Money
    a_period_after: Money


def decided(known: Known, asked: Asked, bands: Sequence[DiscountBand]) -> Decided:
    """Decide a change on what will stand on its day: the same for a preview and at signing (C6).

    Args:
        known: The contract.
        asked: The change.
        bands: Who approves a discount.

    Raises:
        DomainError: See `drafted`.
    """
    contract = known.standing.contract
    on = effective_day(contract, asked.order, asked.policy, asked.today)
    # What is in force at once is put on what stands, and not on what waits for an approval still.
    pending = known.pending if on > asked.today else ()
    stands = projected(known.standing, known.accounts, pending, until=on)
    draft = drafted(
        stands.standing,
        replace(asked.order, effective_on=on),
        policy=asked.policy,
        today=asked.today,
        rights=asked.rights,
        new_id=asked.new_id,
        accounts=Accounts(stands.rows, known.accounts.credits),
    )
    order = replace(asked.order, effective_on=draft.effective_on, when=When.ON_DATE)
    signed = Signed(
        asked.id, order, asked.policy, asked.today, asked.rights, draft.base, asked.new_id
    )
    touched = {end.line_id for end in draft.ends} | {line for line in draft.base.values() if line}
    before = tuple(line for line in stands.standing.lines if line.id in touched)
    return Decided(draft, signed, before, approver_of(draft.deepest_discount, bands))


def previewed(
    known: Known,
    asked: Asked,
    bands: Sequence[DiscountBand],
    renewing: Renewing | None = None,
) -> Preview:
    """Look at a change without making it (C5).

    Args:
        known: The contract.
        asked: The change.
        bands: Who approves a discount.
        renewing: By which rules the contract renews by itself; None where that is left out.

    Raises:
        DomainError: See `drafted`.

    Source: docs/domain/contracts.md, C5 and C6.
    """
    choice = decided(known, asked, bands)
    before = projected(known.standing, known.accounts, known.pending)
    after_it = _with(known, choice, asked.today)
    draft, currency = choice.draft, known.standing.contract.currency
    opened = draft.successor.lines if draft.successor else draft.opens
    only = frozenset(line.product for line in (*choice.before, *opened))
    next_three = partial(
        bills_ahead,
        account=known.accounts.credits,
        start=asked.today,
        count=BILLS,
        only=only,
        renewing=renewing,
    )
    follower = draft.successor.lines if draft.successor else after_it.standing.lines
    return Preview(
        decided=choice,
        before=before,
        after=after_it,
        conflicts={
            key: why
            for key, why in after_it.conflicts.items()
            if key not in before.conflicts and key != choice.signed.id
        },
        bills_before=next_three(before),
        bills_after=next_three(after_it),
        cost_now=net(draft.rows, currency),
        a_period_before=a_period(before.standing.lines, draft.effective_on, currency),
        a_period_after=a_period(follower, draft.effective_on, currency),
    )


def _with(known: Known, choice: Decided, today: date) -> Projected:
    """A contract with a change: in force at once where its day is here, else in its turn."""
    draft, signed = choice.draft, choice.signed
    if draft.effective_on > today:
        return projected(known.standing, known.accounts, (*known.pending, signed))
    own = () if draft.kind is ChangeKind.RECAST else draft.rows
    accounts = Accounts((*known.accounts.rows, *own), known.accounts.credits)
    found = projected(applied(known.standing, draft), accounts, known.pending)
    return replace(found, drafts={signed.id: draft, **found.drafts})


def bills_ahead(
    stands: Projected,
    account: Sequence[Credited],
    *,
    start: date,
    count: int,
    only: frozenset[str] | None = None,
    renewing: Renewing | None = None,
) -> tuple[ContractBill, ...]:
    """The next bills of a contract, and of those that follow it: signed, or foreseen.

    Args:
        stands: The contract with its pending changes.
        account: Credits put on its account.
        start: First day.
        count: How many.
        only: Products whose rows are wanted; None for all.
        renewing: By which rules it renews by itself; None where that is left out.
    """
    own = bills(stands.standing, stands.rows, start=start, count=count, account=account, only=only)
    following = (
        _bills_of(each, start=start, count=count, only=only)
        for draft in stands.drafts.values()
        if (each := draft.successor) is not None
    )
    merged = sorted(chain(own, *following), key=lambda bill: bill.due_on)[:count]
    if renewing is None:
        return tuple(merged)
    for each in foreseen(stands, Accounts((), account), renewing, until=date.max):
        if len(merged) == count and merged[-1].due_on < each.contract.term.start:
            break
        found = _bills_of(each, start=start, count=count, only=only)
        merged += [replace(bill, is_foreseen=True) for bill in found]
        merged = sorted(merged, key=lambda bill: bill.due_on)[:count]
    return tuple(merged)


def _bills_of(
    opened: Succession, *, start: date, count: int, only: frozenset[str] | None
) -> tuple[ContractBill, ...]:
    """The next bills of a contract that is opened."""
    standing, money = after(opened)
    first = max(start, opened.contract.term.start)
    return bills(standing, money.rows, start=first, count=count, account=money.credits, only=only)


def a_period(lines: Sequence[Line], on: date, currency: str) -> Money:
    """What the recurring lines in force on a day cost, each for its own billing period."""
    costs = (line.price.minor for line in lines if line.is_recurring and on in line.days)
    return Money.from_minor(sum(costs), currency)
