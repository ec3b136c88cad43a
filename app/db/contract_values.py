"""Contracts, their lines and money as rows, and as the values that the rules work with."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func
from sqlalchemy.dialects.postgresql import Range

from app.db.models import ContractLine, ContractRecord, ContractRow
from app.domain.contract.line import Ahead, Discount, Line, LineKind
from app.domain.contract.model import Contract, RenewalTerms
from app.domain.contract.rows import MoneyRow, Purpose
from app.domain.day_count import Basis
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod, Days
from app.domain.reckoning import Reckoning, ReckoningKind

# Contracts and lines ---------------------------------------------------------------------------


def contract_of(row: ContractRecord) -> Contract:
    """A stored contract as the rules see it."""
    return Contract(
        id=row.id,
        client_id=row.client_id,
        currency=row.currency,
        period=BillingPeriod(row.period),
        anchor=Anchor(row.anchor_day, row.anchor_month),
        term=Days(row.starts_on, row.term_ends_on),
        ends_on=row.ends_on,
        renewal=RenewalTerms(row.renewal),
        notice_days=row.notice_days,
        basis=Basis(row.basis),
        term_day=row.term_day,
        order_ref=row.order_ref,
        predecessor_id=row.predecessor_id,
        successor_id=row.successor_id,
        unpaid_from=row.unpaid_from,
        is_terminated=row.is_terminated,
    )


_PERIODS = {str(period): period for period in BillingPeriod}
_KINDS = {str(kind): kind for kind in LineKind}
LINE_COLUMNS = (
    ContractLine.id,
    ContractLine.product,
    ContractLine.title,
    ContractLine.quantity,
    ContractLine.unit_price_minor,
    ContractLine.kind,
    ContractLine.period,
    ContractLine.anchor_day,
    ContractLine.anchor_month,
    func.lower(ContractLine.days),
    func.upper(ContractLine.days),
    ContractLine.billed_from,
    ContractLine.billed_to,
    ContractLine.until,
    ContractLine.discount_percent,
    ContractLine.discount_minor,
    ContractLine.discount_once,
    func.lower(ContractLine.ahead),
    func.upper(ContractLine.ahead),
    ContractLine.ahead_minor,
)


def line_of(row: Row[*tuple[Any, ...]], currency: str) -> Line:
    """A stored line as the rules see it: `row` has `LINE_COLUMNS`, in their order."""
    discount = None
    if row[14] is not None or row[15] is not None:
        amount = None if row[15] is None else Money.from_minor(row[15], currency)
        percent = None if row[14] is None else Decimal(row[14])
        discount = Discount(percent, amount, row[16])
    ahead = None
    if row[17] is not None:
        ahead = Ahead(Days(row[17], row[18]), Money.from_minor(row[19], currency))
    return Line(
        id=row[0],
        product=row[1],
        title=row[2],
        quantity=row[3],
        unit_price=Money.from_minor(row[4], currency),
        kind=_KINDS[row[5]],
        period=_PERIODS[row[6]],
        anchor=Anchor(row[7], row[8]),
        days=Days(row[9], row[10]),
        billed_from=row[11],
        billed_to=row[12],
        until=row[13],
        discount=discount,
        ahead=ahead,
    )


def line_values(line: Line, contract_id: UUID, product_no: int) -> dict[str, Any]:
    """The columns of a line."""
    discount, ahead = line.discount, line.ahead
    return {
        "id": line.id,
        "contract_id": contract_id,
        "product_no": product_no,
        "product": line.product,
        "title": line.title,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price.minor,
        "kind": str(line.kind),
        "period": str(line.period),
        "anchor_day": line.anchor.day,
        "anchor_month": line.anchor.month,
        "days": range_of(line.days),
        "billed_from": line.billed_from,
        "billed_to": line.billed_to,
        "until": line.until,
        "discount_percent": discount.percent if discount else None,
        "discount_minor": discount.amount.minor if discount and discount.amount else None,
        "discount_once": bool(discount and discount.once),
        "ahead": range_of(ahead.days) if ahead else None,
        "ahead_minor": ahead.money.minor if ahead else None,
    }


def range_of(days: Days) -> Range[date]:
    """Days as the database keeps them."""
    return Range(days.start, days.end, bounds="[)")


# Money rows --------------------------------------------------------------------------------------


ROW_COLUMNS = (
    ContractRow.purpose,
    ContractRow.product,
    ContractRow.line_id,
    ContractRow.due_on,
    ContractRow.kind,
    ContractRow.money_minor,
    ContractRow.currency,
    ContractRow.days,
    ContractRow.of_days,
    ContractRow.price_minor,
    func.lower(ContractRow.span).label("span_from"),
    func.upper(ContractRow.span).label("span_to"),
    ContractRow.sentence,
    ContractRow.is_held,
)


def money_row_of(row: Row[*tuple[Any, ...]]) -> MoneyRow:
    """A stored money row as the rules see it: `row` has `ROW_COLUMNS`."""
    kind, money = ReckoningKind(row.kind), Money.from_minor(row.money_minor, row.currency)
    reckoning = None
    if row.days is not None:
        price = Money.from_minor(row.price_minor, row.currency)
        span = Days(row.span_from, row.span_to)
        said = row.sentence.removesuffix(".")
        reckoning = Reckoning(kind, money, row.days, row.of_days, price, span, said)
    return MoneyRow(
        Purpose(row.purpose),
        row.product,
        row.line_id,
        row.due_on,
        kind,
        money,
        reckoning,
        row.sentence,
        row.is_held,
    )


def money_row_values(row: MoneyRow, basis: Basis) -> dict[str, Any]:
    """The columns of a money row that say what it is, and how it came about."""
    reckoned = row.reckoning
    price = reckoned.price if reckoned else None
    return {
        "line_id": row.line_id,
        "product": row.product,
        "purpose": str(row.purpose),
        "kind": str(row.kind),
        "due_on": row.due_on,
        "money_minor": row.money.minor,
        "currency": row.money.currency,
        "is_held": row.is_held,
        "days": reckoned.days if reckoned else None,
        "of_days": reckoned.of_days if reckoned else None,
        "price_minor": price.minor if price else None,
        "span": range_of(reckoned.span) if reckoned else None,
        "basis": str(basis),
        "rounding": "half_up",
        "sentence": row.sentence,
    }
