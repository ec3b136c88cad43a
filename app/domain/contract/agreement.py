"""A signed agreement that changes a contract, read from the canonical event document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from app.domain.agreement import AgreementTerms, ClientFacts, read_client, read_terms
from app.domain.contract.change import ChangeKind, ChangeOrder, LineEdit
from app.domain.contract.line import Discount, LineKind
from app.domain.errors import DomainError
from app.domain.fields import DocumentNotUnderstood, Reader
from app.domain.money import Money

_WHOLE = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PRODUCT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
MOST_LINES = 2000


@dataclass(frozen=True, slots=True)
class SignedChange:
    """Everything that the event of a signed change says.

    Args:
        agreement: The agreement; its ref makes the change once.
        client: Whose contract.
        contract: An id or an order's ref that names the contract; None where it is the only one.
        order: The change, its signing day still to be settled in the client's zone.
    """

    agreement: AgreementTerms
    client: ClientFacts
    contract: str | None
    order: ChangeOrder


def is_change_of_contract(document: Mapping[str, object]) -> bool:
    """Whether a signed agreement changes a contract: by its kind, or because it has lines.

    An upgrade without lines is one of packages.
    """
    agreement = Reader(Reader(document).inner("agreement").document)
    kind = (agreement.text("kind", most=32) or ChangeKind.UPGRADE).lower()
    return kind != ChangeKind.UPGRADE or _lines_in(document) is not None


def read_change(document: Mapping[str, object], today: date) -> SignedChange:
    """Read a signed change of a contract whole.

    Args:
        document: The event.
        today: Counts as the day of signing where none is given.

    Raises:
        DocumentNotUnderstood: With every fault of the document.

    Source: docs/api.md, "Intake".
    """
    reader = Reader(document)
    agreement = reader.inner("agreement")
    terms = read_terms(agreement)
    client = read_client(reader.inner("client"))
    named = reader.inner("contract")
    contract = named.text("id") or named.text("order_ref") or named.text("ref")
    kind = _one_of(agreement, "kind", ChangeKind)
    effective_on = _day(agreement, "effective_on") or _day(agreement, "live_on")
    credit = _money(agreement, "credit")
    if credit is not None and credit.minor < 0:
        agreement.fault("credit", "amount_invalid", "must not be below zero.")
    order = ChangeOrder(
        kind=kind or ChangeKind.UPGRADE,
        signed_on=terms.signed_at.date() if terms and terms.signed_at else today,
        effective_on=effective_on,
        edits=_edits(document, reader),
        billing_from=_day(agreement, "billing_from"),
        ends_on=_day(agreement, "ends_on"),
        term_months=_whole(agreement, "term_months"),
        stated_credit=credit,
    )
    if reader.faults or terms is None:
        raise DocumentNotUnderstood(reader.faults)
    return SignedChange(terms, client, contract, order)


def _lines_in(document: Mapping[str, object]) -> object:
    agreement = document.get("agreement")
    inside = agreement.get("lines") if isinstance(agreement, Mapping) else None
    return document.get("lines") if inside is None else inside


def _edits(document: Mapping[str, object], reader: Reader) -> tuple[LineEdit, ...]:
    value = _lines_in(document)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or len(value) > MOST_LINES:
        reader.fault("lines", "not_a_list", f"must be a list of at most {MOST_LINES}.")
        return ()
    edits: list[LineEdit] = []
    for index, entry in enumerate(value):
        if not isinstance(entry, Mapping):
            reader.fault(f"lines/{index}", "not_an_object", "must be an object.")
            continue
        edit = _edit(Reader(entry, f"/lines/{index}", reader.faults))
        if edit is not None:
            edits.append(edit)
    return tuple(edits)


def _edit(reader: Reader) -> LineEdit | None:
    product = reader.text("product", most=64, required=True)
    if product is not None and not _PRODUCT.fullmatch(product.lower()):
        reader.fault("product", "product_invalid", "must be 1 to 64 of a-z, 0-9, - and _.")
    kind = _one_of(reader, "kind", LineKind)
    discount = _discount(reader)
    if product is None:
        return None
    return LineEdit(
        product=product.lower(),
        quantity=_whole(reader, "quantity"),
        add=_whole(reader, "add"),
        unit_price=_money(reader, "unit_price"),
        title=reader.text("title"),
        kind=kind,
        discount=discount,
        keeps_discount=discount is None,
    )


def _discount(reader: Reader) -> Discount | None:
    if reader.value("discount") is None:
        return None
    inner = reader.inner("discount")
    percent = inner.text("percent", most=16)
    once = (inner.text("kind", most=16) or "").lower() == LineKind.ONE_TIME
    once = once or inner.value("once") in (True, "true")
    amount = _money(inner, "amount")
    try:
        share = Decimal(percent.rstrip("% ")) if percent is not None else None
        return Discount(share, amount, once)
    except (DomainError, InvalidOperation):
        reader.fault("discount", "discount_invalid", "must be a percentage or an amount.")
        return None


def _money(reader: Reader, key: str) -> Money | None:
    if reader.value(key) is None:
        return None
    inner = reader.inner(key)
    amount = inner.text("amount", most=32, required=True)
    currency = inner.text("currency", most=3, required=True)
    if amount is None or currency is None:
        return None
    try:
        return Money.of(amount, currency.upper())
    except DomainError as refusal:
        inner.raised("amount", refusal)
        return None


def _whole(reader: Reader, key: str) -> int | None:
    text = reader.matching(key, _WHOLE, "whole_invalid", "a whole number")
    return int(text) if text else None


def _day(reader: Reader, key: str) -> date | None:
    text = reader.matching(key, _DAY, "day_not_understood", "a day such as 2026-12-07")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        reader.fault(key, "day_not_understood", "is no day that exists.")
        return None


N = TypeVar("N", ChangeKind, LineKind)


def _one_of(reader: Reader, key: str, names: type[N]) -> N | None:
    text = reader.text(key, most=32)
    if text is None:
        return None
    try:
        return names(text.lower())
    except ValueError:
        known = ", ".join(str(each) for each in names)
        reader.fault(key, "kind_unknown", f"must be one of {known}.")
        return None
