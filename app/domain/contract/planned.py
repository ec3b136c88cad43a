"""An upgrade of packages as a change of the client's contract: a plan carries it out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from app.domain.billed_service import BilledService
from app.domain.contract.change import ChangeKind, Draft, LineEnd
from app.domain.contract.editing import NewId
from app.domain.contract.errors import ContractEnded
from app.domain.contract.line import Line, LineKind
from app.domain.contract.model import Contract, Standing
from app.domain.contract.rows import MoneyRow
from app.domain.money import Money
from app.domain.movement import Package
from app.domain.period import Anchor, BillingPeriod, Days, anchor_on


@dataclass(frozen=True, slots=True)
class PlannedLines:
    """What an upgrade of packages does to a contract.

    Args:
        ends: Products of the package left.
        opens: Products of the package taken, in their order: title and price of one period.
        period: How often the package taken is billed; its bills begin on the live date.
    """

    ends: tuple[str, ...]
    opens: tuple[tuple[str, str, Money], ...]
    period: BillingPeriod


def planned_lines(old: Package, new: Package, period: BillingPeriod) -> PlannedLines:
    """End every service of the package left, and begin every one of the package taken.

    Args:
        old: The package left.
        new: The package taken.
        period: How often it is billed.

    Source: docs/domain/upgrade.md, "What happens" 4.
    """
    return PlannedLines(
        tuple(part.service.key for part in old.services),
        tuple((part.service.key, part.service.title, part.price) for part in new.services),
        period,
    )


def planned_draft(
    standing: Standing,
    planned: PlannedLines,
    effective_on: date,
    new_id: NewId,
    rows: Sequence[MoneyRow] = (),
) -> Draft:
    """What an upgrade of packages comes to on a contract.

    Its money is the plan's: the cut-over of each old service by its own bills, by the same
    proration. What the client has beside the package stays.

    Args:
        standing: The contract and its lines.
        planned: What the upgrade does.
        effective_on: The live date.
        new_id: Makes ids.
        rows: The plan's credits and charges.

    Raises:
        ContractEnded: The contract does not run on the live date.
    """
    contract = standing.contract
    if not contract.term.start <= effective_on < contract.ends_on:
        raise ContractEnded(
            f"The contract does not run on {effective_on}.",
            facts={"ends_on": str(contract.ends_on)},
        )
    opened = {product for product, _, _ in planned.opens}
    touched = {*planned.ends, *opened}
    ended = [line for line in standing.on(effective_on) if line.product in touched]
    days = Days(effective_on, contract.ends_on)
    anchor = anchor_on(effective_on, planned.period)
    lines = tuple(
        _line(new_id(product), product, title, price, planned.period, anchor, days)
        for product, title, price in planned.opens
    )
    return Draft(
        kind=ChangeKind.UPGRADE,
        effective_on=effective_on,
        billing_from=effective_on,
        ends=tuple(LineEnd(line.id, effective_on) for line in ended),
        opens=lines,
        rows=tuple(rows),
    )


def first_lines(
    contract: Contract, billed: Sequence[BilledService], new_id: NewId
) -> tuple[Line, ...]:
    """The lines of a contract that is made from what a client is known to have.

    Args:
        contract: It begins on its first day.
        billed: Each service as it is billed; one whose price nobody knows costs nothing here.
        new_id: Makes ids.
    """
    zero = Money.zero(contract.currency)
    lines = []
    for each in billed:
        known = each.price is not None and each.price.currency == contract.currency
        price = each.price if known and each.price is not None else zero
        anchor = each.anchor.placed_in(contract.term.start.month)
        line = _line(
            new_id(each.service),
            each.service,
            each.title or each.service,
            price,
            each.period,
            each.anchor if each.period in {BillingPeriod.WEEK, BillingPeriod.MONTH} else anchor,
            contract.term,
        )
        if each.paid_through is not None and each.paid_through >= contract.term.start:
            line = replace(line, billed_from=date.fromordinal(each.paid_through.toordinal() + 1))
        lines.append(line)
    return tuple(lines)


def billed_by_contract(lines: Sequence[Line], told: Sequence[BilledService]) -> list[BilledService]:
    """How a client's services are billed: as somebody told, else by the lines' own anchors.

    Args:
        lines: In force, of the client's contracts.
        told: What was told, which counts more.
    """
    known = {each.service for each in told}
    by_line: dict[str, BilledService] = {}
    for line in lines:
        # A line made without a price says nothing of one.
        if line.product not in known and line.is_recurring and not line.price.is_zero:
            by_line[line.product] = BilledService(
                line.product, line.price, line.period, line.anchor, None, line.title
            )
    return [*told, *by_line.values()]


def _line(
    line_id: UUID,
    product: str,
    title: str,
    price: Money,
    period: BillingPeriod,
    anchor: Anchor,
    days: Days,
) -> Line:
    return Line(
        id=line_id,
        product=product,
        title=title,
        quantity=1,
        unit_price=price,
        kind=LineKind.RECURRING,
        period=period,
        anchor=anchor,
        days=days,
        billed_from=days.start,
        billed_to=days.end,
        until=days.end,
    )
