"""From one contract to the next: its term, its lines, and the credit that goes with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.domain.contract.bills import Credited, credit_left
from app.domain.contract.change import Anchoring, ChangeOrder, ChangePolicy, Succession
from app.domain.contract.editing import NewId, Replaced, carried, edited
from app.domain.contract.errors import TermEmpty, TermTooLong
from app.domain.contract.line import Line
from app.domain.contract.model import Contract, Standing, checked, next_term
from app.domain.contract.reckoned import is_billed, settled
from app.domain.contract.rows import MoneyRow
from app.domain.money import Money
from app.domain.period import Days, anchor_on, months_after
from app.domain.proration import Manner

LAST_END: Final = date(2199, 12, 31)
CONTRACT = ""
"""What a successor's id is made from: no product is called so."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """A contract's money beside its lines.

    Args:
        rows: Of its changes up to now.
        credits: Put on its account from outside it.
    """

    rows: Sequence[MoneyRow] = ()
    credits: Sequence[Credited] = ()


def left_on(standing: Standing, accounts: Accounts, on: date) -> Money:
    """The credit that stands on a contract's account when a day begins."""
    return credit_left(standing, accounts.rows, accounts.credits, on=on)


def term_of(contract: Contract, order: ChangeOrder, start: date, usual_months: int | None) -> Days:
    """The term of a contract that follows: to the end that is named, or so many months.

    Args:
        contract: The one that it follows.
        order: May name an end, or a length.
        start: Its first day.
        usual_months: The length where none is named; None takes that of the old term.

    Raises:
        TermEmpty: The named end is not after the start.
        TermTooLong: It ends after 2199.
    """
    term = _term_of(contract, order, start, usual_months)
    if term.end > LAST_END:
        raise TermTooLong(
            f"The new contract would end on {term.end}: {LAST_END} is the last end there is.",
            pointer="/term_months",
        )
    return term


def _term_of(contract: Contract, order: ChangeOrder, start: date, usual_months: int | None) -> Days:
    if order.ends_on is not None:
        if order.ends_on <= start:
            raise TermEmpty("The new contract would end before it starts.", pointer="/ends_on")
        return Days(start, order.ends_on)
    months = order.term_months or usual_months
    if start == contract.term.end:
        return next_term(contract, months)
    return Days(start, months_after(start, months or 12))


def successor(
    standing: Standing,
    order: ChangeOrder,
    term: Days,
    policy: ChangePolicy,
    new_id: NewId,
    *,
    carries: Sequence[Line],
) -> tuple[Succession, tuple[Replaced, ...]]:
    """The contract that follows, with what it carries over and what the order alters.

    Args:
        standing: The old contract.
        order: The edits.
        term: The new term.
        policy: Says whether billing begins anew.
        new_id: Makes ids.
        carries: The old lines that go on; what was bought once is not billed again.

    Source: docs/domain/contracts.md, "Kinds of change".
    """
    contract = _following(standing.contract, term, policy, new_id)
    kept = [_kept(line, standing.contract, contract, policy, new_id) for line in carries]
    replaced = edited(contract, kept, order.edits, term, new_id)
    altered = {each.product for each in replaced}
    lines = [line for line in kept if line.product not in altered]
    rows: list[MoneyRow] = []
    for each in replaced:
        if each.new is None or each.new.is_recurring:
            lines += [each.new] if each.new else []
            continue
        # Of what was bought once, only the units added are billed.
        once = settled(contract, each, term.start, manner=Manner.FULL, grace_days=0)
        lines += [once.new] if once.new else []
        rows += once.rows
    checked(contract, lines)
    zero = Money.zero(contract.currency)
    return Succession(contract, tuple(lines), zero, tuple(rows)), replaced


def _following(old: Contract, term: Days, policy: ChangePolicy, new_id: NewId) -> Contract:
    re_anchors = policy.anchor is Anchoring.RE_ANCHOR
    return Contract(
        id=new_id(CONTRACT),
        client_id=old.client_id,
        currency=old.currency,
        period=old.period,
        anchor=anchor_on(term.start, old.period) if re_anchors else old.anchor,
        term=term,
        ends_on=term.end,
        renewal=old.renewal,
        notice_days=old.notice_days,
        basis=old.basis,
        term_day=_term_day(old, term),
        order_ref=old.order_ref,
        predecessor_id=old.id,
    )


def _kept(
    line: Line, old: Contract, contract: Contract, policy: ChangePolicy, new_id: NewId
) -> Line:
    """A line as it goes on in the contract that follows."""
    # Up to the new end, or to an end of its own that it had inside the old term.
    own = line if line.until < old.ends_on else replace(line, until=contract.ends_on)
    kept = carried(own, contract.term, new_id(line.product))
    if line.is_recurring:
        if policy.anchor is Anchoring.RE_ANCHOR:
            return replace(kept, period=contract.period, anchor=contract.anchor)
        return kept
    if is_billed(line, contract.term.start):
        return replace(kept, billed_to=contract.term.start)
    return replace(kept, billed_from=line.billed_from)


def _term_day(old: Contract, term: Days) -> int:
    # A renewal keeps the day on which the first term began, where a month was too short for it.
    day = old.term_day or old.term.start.day
    goes_on = term.start == old.term.end == months_after(term.start, 0, day_of_month=day)
    return day if goes_on else term.start.day
