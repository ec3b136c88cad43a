"""What ends a contract: its renewal, its recast into another, its termination."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from app.domain.calendar import spoken
from app.domain.contract.change import (
    ChangeKind,
    ChangeOrder,
    ChangePolicy,
    Draft,
    LineEnd,
    Rights,
)
from app.domain.contract.editing import NewId, deepest_discount
from app.domain.contract.errors import (
    ContractEnded,
    CreditTooHigh,
    LinesBeginLater,
    NoticeTooShort,
    RenewalNotAtEnd,
    RenewedBefore,
)
from app.domain.contract.limits import refuse_unbilled
from app.domain.contract.model import RenewalTerms, Standing
from app.domain.contract.reckoned import paid_and_unused, unpaid_on, unused_rows
from app.domain.contract.rows import MoneyRow, Purpose
from app.domain.contract.succession import Accounts, left_on, successor, term_of
from app.domain.errors import CurrenciesDiffer
from app.domain.money import Money
from app.domain.proration import Manner
from app.domain.reckoning import ReckoningKind

_DAY: Final = timedelta(days=1)
RECAST_MONTHS: Final = 12
"""Term of a recast contract, unless another is said."""


def renewed(
    standing: Standing,
    order: ChangeOrder,
    policy: ChangePolicy,
    new_id: NewId,
    accounts: Accounts,
) -> Draft:
    """A contract that continues the service from the day after the old one's last.

    As it stands on that last day, upgrades included, without what was bought once and without
    one-time discounts, with what the order alters.

    Raises:
        RenewalNotAtEnd: Another day was named.
        ContractEnded: The contract was ended before its term's end.
        RenewedBefore: It has a successor.

    Source: docs/domain/contracts.md, "Kinds of change".
    """
    contract = standing.contract
    end = contract.term.end
    if contract.ends_on < end or contract.is_terminated:
        raise ContractEnded(f"The contract ends with {spoken(contract.ends_on - _DAY)}.")
    if contract.successor_id is not None:
        raise RenewedBefore(
            "The contract has a successor.", facts={"successor_id": str(contract.successor_id)}
        )
    if order.effective_on not in {None, end}:
        raise RenewalNotAtEnd(
            f"A renewal starts on {end}, the day after the contract's last.",
            pointer="/effective_on",
            facts={"effective_on": str(end)},
        )
    carries = [line for line in standing.on(end - _DAY) if line.is_recurring]
    term = term_of(contract, order, end, None)
    following, replaced = successor(standing, order, term, policy, new_id, carries=carries)
    left = left_on(standing, accounts, end)
    return Draft(
        kind=ChangeKind.RENEWAL,
        effective_on=end,
        billing_from=end,
        base={each.product: _source(standing, each.product, end - _DAY) for each in replaced},
        successor=replace(following, credit=left),
        deepest_discount=deepest_discount(replaced),
    )


def _source(standing: Standing, product: str, on: date) -> UUID | None:
    return next((line.id for line in standing.on(on) if line.product == product), None)


def recast(
    standing: Standing,
    order: ChangeOrder,
    effective_on: date,
    policy: ChangePolicy,
    new_id: NewId,
    accounts: Accounts,
) -> Draft:
    """End a contract, and open another on the same day with a term of its own.

    What is paid and not used goes against the new one's first charges; what is left of it stays
    on the account, and is never paid out by itself.

    Raises:
        CreditTooHigh: The stated credit is above what was paid.
        LinesBeginLater: A line begins only after that day, and the order does not name it.

    Source: docs/domain/contracts.md, "Kinds of change" and "What is refused".
    """
    contract = standing.contract
    lines = standing.on(effective_on)
    refuse_unbilled(lines, effective_on, standing.lines)
    order = _decides_of_later(standing, order, effective_on)
    rows = _credits(standing, order, effective_on, policy)
    term = term_of(contract, order, effective_on, RECAST_MONTHS)
    following, replaced = successor(standing, order, term, policy, new_id, carries=lines)
    left = left_on(standing, accounts, effective_on)
    for row in rows:
        left += Money.zero(contract.currency) if row.is_held else row.money
    return Draft(
        kind=ChangeKind.RECAST,
        effective_on=effective_on,
        billing_from=effective_on,
        base={each.product: _source(standing, each.product, effective_on) for each in replaced},
        ends=tuple(LineEnd(line.id, effective_on) for line in lines),
        contract_ends_on=effective_on,
        successor=replace(following, credit=left),
        rows=rows,
        deepest_discount=deepest_discount(replaced),
    )


def _decides_of_later(standing: Standing, order: ChangeOrder, on: date) -> ChangeOrder:
    """The order without what it only leaves out: a product of 0 units that has not begun.

    A line that begins later would end with the old contract, unsaid; so the order has to say.
    """
    later = [line for line in standing.lines if line.days.start > on]
    named = {edit.product for edit in order.edits}
    unsaid = [line for line in later if line.product not in named]
    if unsaid:
        listed = ", ".join(f"{line.spoken} from {spoken(line.days.start)}" for line in unsaid)
        raise LinesBeginLater(
            f"What begins only after that day would be lost: {listed}. Name each of these products "
            "with the quantity that the new contract has, or 0.",
            pointer="/lines",
            facts={"products": sorted({line.product for line in unsaid})},
        )
    only_later = {line.product for line in later} - {line.product for line in standing.on(on)}
    edits = tuple(
        edit for edit in order.edits if edit.quantity != 0 or edit.product not in only_later
    )
    return replace(order, edits=edits)


def _credits(
    standing: Standing, order: ChangeOrder, on: date, policy: ChangePolicy
) -> tuple[MoneyRow, ...]:
    contract, lines = standing.contract, standing.on(on)
    stated = order.stated_credit
    if stated is None:
        return unused_rows(contract, lines, on) if policy.manner is Manner.FULL else ()
    if stated.currency != contract.currency:
        raise CurrenciesDiffer(
            f"The contract is in {contract.currency}, the credit in {stated.currency}.",
            pointer="/credit/currency",
            facts={"currencies": [contract.currency, stated.currency]},
        )
    paid = paid_and_unused(contract, lines, on)
    if stated > paid:
        raise CreditTooHigh(
            f"{stated.spoken()} is above the {paid.spoken()} that was paid for the periods that "
            "hold that day.",
            pointer="/credit",
            facts={"paid": str(paid)},
        )
    said = f"The unused part of the old contract, as it was agreed: credit {stated.spoken()}."
    credit, held = ReckoningKind.CREDIT, unpaid_on(contract, lines, on)
    if held:
        said = f"{said.removesuffix('.')}; held until that bill is paid."
    return (MoneyRow(Purpose.STATED_CREDIT, "", None, on, credit, stated, None, said, held),)


def terminated(
    standing: Standing, effective_on: date, policy: ChangePolicy, today: date, rights: Rights
) -> Draft:
    """End a contract on a day, or at its end: the first day without service.

    Raises:
        NoticeTooShort: The notice period has begun already.

    Source: docs/domain/contracts.md, "Kinds of change".
    """
    contract = standing.contract
    goes_on = effective_on < contract.ends_on or contract.renewal is RenewalTerms.AUTOMATIC
    earliest = today + timedelta(days=contract.notice_days)
    if goes_on and effective_on < earliest and not rights.waive_notice:
        raise NoticeTooShort(
            f"The contract has {contract.notice_days} days' notice: {earliest} is the first day "
            "on which it can end. A manager may waive it.",
            pointer="/effective_on",
            facts={"earliest": str(earliest)},
        )
    lines = standing.on(effective_on)
    credits_it = effective_on < contract.ends_on and policy.manner is Manner.FULL
    return Draft(
        kind=ChangeKind.TERMINATION,
        effective_on=effective_on,
        billing_from=effective_on,
        ends=tuple(LineEnd(line.id, effective_on) for line in lines),
        contract_ends_on=effective_on,
        rows=unused_rows(contract, lines, effective_on) if credits_it else (),
        stops=tuple(_stops(standing, effective_on)),
    )


def _stops(standing: Standing, on: date) -> Iterator[str]:
    last = on - _DAY
    for line in standing.on(max(last, standing.contract.term.start)):
        yield f"{line.spoken} after {spoken(last)}."
    contract = standing.contract
    if contract.renewal is RenewalTerms.AUTOMATIC and not contract.is_open_ended:
        yield f"The automatic renewal on {spoken(contract.term.end)}."
