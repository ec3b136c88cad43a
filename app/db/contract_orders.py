"""Orders of changes, and the policies that they are reckoned by, as they are kept."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.db.base import Json
from app.domain.contract.change import (
    Anchoring,
    ChangeKind,
    ChangeOrder,
    ChangePolicy,
    LineEdit,
    Rights,
    When,
)
from app.domain.contract.line import Discount, LineKind
from app.domain.contract.planned import PlannedLines
from app.domain.money import Money
from app.domain.period import BillingPeriod
from app.domain.proration import Manner


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
