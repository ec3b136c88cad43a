"""Contracts as rows and documents, and as the values that the rules work with."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func
from sqlalchemy.dialects.postgresql import Range

from app.db.base import Json
from app.db.models import ContractLine, ContractRecord, ContractRow
from app.domain.contract.change import (
    Anchoring,
    ChangeKind,
    ChangeOrder,
    ChangePolicy,
    LineEdit,
    Rights,
    When,
)
from app.domain.contract.line import Ahead, Discount, Line, LineKind
from app.domain.contract.model import Contract, RenewalTerms
from app.domain.contract.planned import PlannedLines
from app.domain.contract.rows import MoneyRow, Purpose
from app.domain.day_count import Basis
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod, Days
from app.domain.proration import Manner
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


# Orders and policies ---------------------------------------------------------------------------


def order_json(order: ChangeOrder) -> Json:
    """An order as it is kept."""
    return {
        "kind": str(order.kind),
        "signed_on": str(order.signed_on),
        "effective_on": _text(order.effective_on),
        "edits": [_edit_json(edit) for edit in order.edits],
        "billing_from": _text(order.billing_from),
        "manner": _text(order.manner),
        "when": _text(order.when),
        "anchor": _text(order.anchor),
        "ends_on": _text(order.ends_on),
        "term_months": order.term_months,
        "stated_credit": money_json(order.stated_credit),
    }


def order_of(kept: Mapping[str, Any]) -> ChangeOrder:
    """A kept order."""
    return ChangeOrder(
        kind=ChangeKind(kept["kind"]),
        signed_on=date.fromisoformat(kept["signed_on"]),
        effective_on=_day(kept["effective_on"]),
        edits=tuple(_edit_of(edit) for edit in kept["edits"]),
        billing_from=_day(kept["billing_from"]),
        manner=Manner(kept["manner"]) if kept["manner"] else None,
        when=When(kept["when"]) if kept["when"] else None,
        anchor=Anchoring(kept["anchor"]) if kept["anchor"] else None,
        ends_on=_day(kept["ends_on"]),
        term_months=kept["term_months"],
        stated_credit=_money(kept["stated_credit"]),
    )


def _edit_json(edit: LineEdit) -> Json:
    return {
        "product": edit.product,
        "quantity": edit.quantity,
        "add": edit.add,
        "unit_price": money_json(edit.unit_price),
        "title": edit.title,
        "kind": _text(edit.kind),
        "discount": _discount_json(edit.discount),
        "keeps_discount": edit.keeps_discount,
    }


def _edit_of(kept: Mapping[str, Any]) -> LineEdit:
    return LineEdit(
        product=kept["product"],
        quantity=kept["quantity"],
        add=kept["add"],
        unit_price=_money(kept["unit_price"]),
        title=kept["title"],
        kind=LineKind(kept["kind"]) if kept["kind"] else None,
        discount=_discount_of(kept["discount"]),
        keeps_discount=kept["keeps_discount"],
    )


def policy_json(policy: ChangePolicy, rights: Rights) -> Json:
    """A policy, and what the one who asked might do beyond it, as they are kept."""
    return {
        "when": str(policy.when),
        "manner": str(policy.manner),
        "anchor": str(policy.anchor),
        "grace_days": policy.grace_days,
        "back_date": rights.back_date,
        "waive_notice": rights.waive_notice,
    }


def policy_of(kept: Mapping[str, Any]) -> tuple[ChangePolicy, Rights]:
    """A kept policy with the rights."""
    policy = ChangePolicy(
        When(kept["when"]), Manner(kept["manner"]), Anchoring(kept["anchor"]), kept["grace_days"]
    )
    return policy, Rights(kept["back_date"], kept["waive_notice"])


def money_json(money: Money | None) -> Json | None:
    """Money as it is kept in documents."""
    return {"amount": str(money.amount), "currency": money.currency} if money else None


def money_of(kept: Mapping[str, str]) -> Money:
    """Money kept in a document."""
    return Money.of(kept["amount"], kept["currency"])


def _money(kept: Mapping[str, str] | None) -> Money | None:
    return money_of(kept) if kept else None


def _discount_json(discount: Discount | None) -> Json | None:
    if discount is None:
        return None
    percent = None if discount.percent is None else f"{discount.percent:f}"
    return {"percent": percent, "amount": money_json(discount.amount), "once": discount.once}


def _discount_of(kept: Mapping[str, Any] | None) -> Discount | None:
    if kept is None:
        return None
    percent = None if kept["percent"] is None else Decimal(kept["percent"])
    return Discount(percent, _money(kept["amount"]), kept["once"])


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def planned_json(planned: PlannedLines) -> Json:
    """What an upgrade of packages does to a contract, as it is kept."""
    return {
        "ends": list(planned.ends),
        "opens": [
            {"product": product, "title": title, "price": money_json(price)}
            for product, title, price in planned.opens
        ],
        "period": str(planned.period),
    }


def planned_of(kept: Mapping[str, Any]) -> PlannedLines:
    """The same, read back."""
    return PlannedLines(
        tuple(kept["ends"]),
        tuple((one["product"], one["title"], money_of(one["price"])) for one in kept["opens"]),
        BillingPeriod(kept["period"]),
    )
