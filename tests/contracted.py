"""Contracts with lawful defaults, for tests: 100 seats at 10.00 AUD, monthly on the first, 2026."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from app.domain.contract.bills import Credited, bills
from app.domain.contract.change import (
    Anchoring,
    ChangeKind,
    ChangeOrder,
    ChangePolicy,
    Draft,
    LineEdit,
    Rights,
    When,
)
from app.domain.contract.drafting import drafted
from app.domain.contract.line import Discount, Line, LineKind
from app.domain.contract.model import Contract, RenewalTerms, Standing
from app.domain.contract.rows import MoneyRow
from app.domain.contract.succession import Accounts
from app.domain.contract.timeline import Signed, applied
from app.domain.day_count import Basis
from app.domain.money import Money
from app.domain.period import Anchor, BillingPeriod, Days
from app.domain.proration import Manner

CONTRACT, CLIENT = UUID(int=1), UUID(int=2)
UP, DOWN = ChangeKind.UPGRADE, ChangeKind.DOWNGRADE
RENEWAL, RECAST, TERMINATION = ChangeKind.RENEWAL, ChangeKind.RECAST, ChangeKind.TERMINATION
ONCE = LineKind.ONE_TIME
FIRST = Anchor(1)
ON_DATE = ChangePolicy(When.ON_DATE, Manner.FULL, Anchoring.KEEP)
CHARGE_ONLY = ChangePolicy(When.ON_DATE, Manner.CHARGE_ONLY, Anchoring.KEEP)
ANEW = ChangePolicy(When.ON_DATE, Manner.FULL, Anchoring.RE_ANCHOR)
NEXT_PERIOD = ChangePolicy(When.NEXT_PERIOD, Manner.NONE, Anchoring.KEEP)
POLICIES = {
    ChangeKind.UPGRADE: ON_DATE,
    ChangeKind.DOWNGRADE: NEXT_PERIOD,
    ChangeKind.RENEWAL: ChangePolicy(When.ON_DATE, Manner.NONE, Anchoring.KEEP),
    ChangeKind.RECAST: ANEW,
    ChangeKind.TERMINATION: ON_DATE,
}
MANAGER = Rights(back_date=True)


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(start: str, end: str) -> Days:
    return Days(day(start), day(end))


def aud(amount: str) -> Money:
    return Money.of(amount, "AUD")


def ids(change: int = 100):  # type: ignore[no-untyped-def]
    return lambda product: uuid5(UUID(int=change), product)


def percent(value: str, *, once: bool = False) -> Discount:
    return Discount(Decimal(value), None, once)


def line(
    product: str = "seats",
    quantity: int = 100,
    unit_price: str = "10.00",
    *,
    span: Days | None = None,
    currency: str = "AUD",
    kind: LineKind = LineKind.RECURRING,
    period: BillingPeriod = BillingPeriod.MONTH,
    anchor: Anchor = FIRST,
    discount: Discount | None = None,
) -> Line:
    on = span or days("2026-01-01", "2027-01-01")
    return Line(
        id=uuid5(UUID(int=50), f"{product} {on.start}"),
        product=product,
        title=product.capitalize(),
        quantity=quantity,
        unit_price=Money.of(unit_price, currency),
        kind=kind,
        period=period,
        anchor=anchor,
        days=on,
        billed_from=on.start,
        billed_to=on.end,
        until=on.end,
        discount=discount,
    )


def contract(
    *,
    term: Days | None = None,
    currency: str = "AUD",
    period: BillingPeriod = BillingPeriod.MONTH,
    anchor: Anchor = FIRST,
    renewal: RenewalTerms = RenewalTerms.MANUAL,
    notice_days: int = 0,
    basis: Basis = Basis.ACTUAL_DAYS,
    unpaid_from: date | None = None,
    order_ref: str | None = None,
) -> Contract:
    on = term or days("2026-01-01", "2027-01-01")
    return Contract(
        id=CONTRACT,
        client_id=CLIENT,
        currency=currency,
        period=period,
        anchor=anchor,
        term=on,
        ends_on=on.end,
        renewal=renewal,
        notice_days=notice_days,
        basis=basis,
        unpaid_from=unpaid_from,
        order_ref=order_ref,
    )


def standing(*lines: Line, of: Contract | None = None) -> Standing:
    return Standing(of or contract(), lines or (line(),))


def edit(product: str = "seats", quantity: int | None = None, **more: object) -> LineEdit:
    return LineEdit(product, quantity, **more)  # type: ignore[arg-type]


def order(
    kind: ChangeKind, effective_on: str | None, *edits: LineEdit, **more: object
) -> ChangeOrder:
    on = day(effective_on) if effective_on else None
    return ChangeOrder(kind, day("2026-01-01"), on, edits, **more)  # type: ignore[arg-type]


def draft(
    now: Standing,
    asked: ChangeOrder,
    *,
    today: str = "2026-01-01",
    policy: ChangePolicy | None = None,
    rights: Rights | None = None,
    accounts: Accounts | None = None,
    change: int = 100,
) -> Draft:
    return drafted(
        now,
        asked,
        policy=policy or POLICIES[asked.kind],
        today=day(today),
        rights=rights or Rights(),
        new_id=ids(change),
        accounts=accounts or Accounts(),
    )


def signed(
    now: Standing, asked: ChangeOrder, *, change: int = 100, today: str = "2026-01-01"
) -> Signed:
    """A change as it was signed on what stood then."""
    made = draft(now, asked, change=change, today=today)
    settled = ChangeOrder(
        asked.kind, asked.signed_on, made.effective_on, asked.edits, asked.billing_from
    )
    return Signed(
        UUID(int=change),
        settled,
        POLICIES[asked.kind],
        day(today),
        Rights(),
        made.base,
        ids(change),
    )


def told(rows: Sequence[MoneyRow]) -> list[tuple[str, str, str]]:
    """Rows as a table: kind, amount, product."""
    return [(str(row.kind), f"{row.money.amount}", row.product) for row in rows]


def bills_after(now: Standing, made: Draft) -> list[tuple[str, str]]:
    """The next three bills after a change, from its day on."""
    found = bills(applied(now, made), made.rows, start=made.effective_on, count=3)
    return [(str(bill.due_on), str(bill.total.amount)) for bill in found]


def successor_of(made: Draft) -> Standing:
    """The contract that a change opens."""
    assert made.successor is not None
    return Standing(made.successor.contract, made.successor.lines)


def first_bills(made: Draft, count: int = 2) -> list[tuple[str, str]]:
    """The first bills of the contract that a change opens, with the credit that it brings."""
    assert made.successor is not None
    credit = made.successor.credit
    account = [Credited(credit, made.effective_on)] if credit.minor else []
    found = bills(
        successor_of(made),
        made.successor.rows,
        start=made.effective_on,
        count=count,
        account=account,
    )
    return [(str(bill.due_on), str(bill.total.amount)) for bill in found]
