"""How contracts, their lines, bills and stories are shown."""

from datetime import date

from pydantic import Field

from app.domain.contract.bills import ContractBill
from app.domain.contract.line import Discount, Line, LineKind
from app.domain.contract.model import OPEN_END, RenewalTerms
from app.domain.contract.rows import MoneyRow, Purpose
from app.domain.contract.story import EntryKind
from app.domain.day_count import Basis
from app.domain.period import BillingPeriod
from app.domain.reckoning import ReckoningKind
from app.queries.contracts import ContractView
from app.web.bodies import Out
from app.web.money_fields import MoneyOut
from app.web.scalars import Day, Id, Instant


class DiscountOut(Out):
    """What comes off a line's price."""

    percent: str | None
    amount: MoneyOut | None
    once: bool = Field(description="Off the first bill only; no renewal has it.")


class ContractLineOut(Out):
    """A product on a contract, on the days from `from` up to `to`."""

    id: Id
    product: str
    title: str
    quantity: int
    unit_price: MoneyOut
    price: MoneyOut = Field(description="All units for one period, recurring discount taken off.")
    kind: LineKind
    billing_period: BillingPeriod
    anchor: str
    discount: DiscountOut | None
    from_: Day = Field(serialization_alias="from")
    to: Day | None = Field(description="The day after its last; null where nobody said.")
    first_bill_on: Day


class ContractOut(Out):
    """A contract as of a day."""

    id: Id
    version: int
    client_id: Id
    currency: str
    billing_period: BillingPeriod
    anchor: str
    starts_on: Day
    last_day: Day | None = Field(description="The term's last day, as signed; null if open.")
    ends_on: Day | None = Field(description="First day that is not served any more.")
    renewal: RenewalTerms
    notice_days: int
    basis: Basis
    order_ref: str | None
    predecessor_id: Id | None
    successor_id: Id | None
    unpaid_from: Day | None
    terminated: bool
    on: Day = Field(description="The day of which this is told.")
    lines: list[ContractLineOut] = Field(description="In force on that day.")
    pending_change_ids: list[Id]
    created_at: Instant


class MoneyRowOut(Out):
    """A credit or a charge with its reckoning, and the same as a sentence."""

    kind: ReckoningKind
    purpose: Purpose
    product: str | None
    line_id: Id | None
    due_on: Day
    money: MoneyOut = Field(description="Never negative: `kind` gives the direction.")
    days: int | None
    of_days: int | None = Field(description="Of the whole billing period that holds them.")
    price: MoneyOut | None = Field(description="Of the whole period.")
    from_: Day | None = Field(serialization_alias="from")
    to: Day | None
    basis: Basis
    rounding: str = "half_up"
    held: bool = Field(description="Counts only when the bill that it credits is paid.")
    sentence: str


class ContractBillOut(Out):
    """A bill: charges less credits, and less credit that stood on the account."""

    due_on: Day
    rows: list[MoneyRowOut]
    charges: MoneyOut
    credits: MoneyOut
    credit_used: MoneyOut
    credit_left: MoneyOut = Field(description="Stays on the account; it is never paid out.")
    total: MoneyOut
    foreseen: bool = Field(
        description="Of a renewal that comes by itself at the end, and is not made yet."
    )


class ContractBillsOut(Out):
    """The next bills of a contract."""

    items: list[ContractBillOut]


class BillCell(Out):
    """A row of a bill in a table; the last of each bill is its total."""

    due_on: Day
    row: str
    product: str | None
    money: MoneyOut
    days: int | None
    of_days: int | None
    price: MoneyOut | None
    from_: Day | None = Field(serialization_alias="from")
    to: Day | None
    held: bool
    foreseen: bool
    sentence: str


class StoryEntryOut(Out):
    """One line of a contract's story."""

    on: Day
    kind: EntryKind
    text: str
    change_id: Id | None
    state: str | None


class StoryOut(Out):
    """A contract from its first day to its last."""

    items: list[StoryEntryOut]


def line_out(line: Line) -> ContractLineOut:
    """A line as it is shown."""
    return ContractLineOut(
        id=line.id,
        product=line.product,
        title=line.title,
        quantity=line.quantity,
        unit_price=line.unit_price,
        price=line.price,
        kind=line.kind,
        billing_period=line.period,
        anchor=line.anchor.text(line.period),
        discount=_discount(line.discount),
        from_=line.days.start,
        to=_end(line.days.end),
        first_bill_on=line.billed_from,
    )


def _discount(discount: Discount | None) -> DiscountOut | None:
    if discount is None:
        return None
    percent = None if discount.percent is None else f"{discount.percent:f}"
    return DiscountOut(percent=percent, amount=discount.amount, once=discount.once)


def _end(day: date) -> date | None:
    return None if day == OPEN_END else day


def contract_out(view: ContractView) -> ContractOut:
    """A contract as of a day, as it is shown."""
    one = view.contract
    return ContractOut(
        id=one.id,
        version=view.version,
        client_id=one.client_id,
        currency=one.currency,
        billing_period=one.period,
        anchor=one.anchor.text(one.period),
        starts_on=one.term.start,
        last_day=None if one.is_open_ended else one.term.last,
        ends_on=_end(one.ends_on),
        renewal=one.renewal,
        notice_days=one.notice_days,
        basis=one.basis,
        order_ref=one.order_ref,
        predecessor_id=one.predecessor_id,
        successor_id=one.successor_id,
        unpaid_from=one.unpaid_from,
        terminated=one.is_terminated,
        on=view.on,
        lines=[line_out(line) for line in view.lines],
        pending_change_ids=list(view.pending),
        created_at=view.created_at,
    )


def money_row_out(row: MoneyRow, basis: Basis) -> MoneyRowOut:
    """A money row as it is shown."""
    reckoned = row.reckoning
    return MoneyRowOut(
        kind=row.kind,
        purpose=row.purpose,
        product=row.product or None,
        line_id=row.line_id,
        due_on=row.due_on,
        money=row.money,
        days=reckoned.days if reckoned else None,
        of_days=reckoned.of_days if reckoned else None,
        price=reckoned.price if reckoned else None,
        from_=reckoned.span.start if reckoned else None,
        to=reckoned.span.end if reckoned else None,
        basis=basis,
        held=row.is_held,
        sentence=row.sentence,
    )


def bill_out(bill: ContractBill, basis: Basis) -> ContractBillOut:
    """A bill as it is shown."""
    return ContractBillOut(
        due_on=bill.due_on,
        rows=[money_row_out(row, basis) for row in bill.rows],
        charges=bill.charges,
        credits=bill.credits,
        credit_used=bill.credit_used,
        credit_left=bill.credit_left,
        total=bill.total,
        foreseen=bill.is_foreseen,
    )


def cells_of(bill: ContractBill, basis: Basis) -> list[BillCell]:
    """A bill as the rows of a table, the credit used and the total last."""
    cells = [
        BillCell(
            due_on=bill.due_on,
            row=str(each.kind),
            product=each.product,
            money=each.money,
            days=each.days,
            of_days=each.of_days,
            price=each.price,
            from_=each.from_,
            to=each.to,
            held=each.held,
            foreseen=bill.is_foreseen,
            sentence=each.sentence,
        )
        for each in bill_out(bill, basis).rows
    ]
    sums = [("total", bill.total, "What is to be paid.")]
    if not bill.credit_used.is_zero:
        sums.insert(0, ("credit_used", bill.credit_used, "Credit that was on the account."))
    for row, money, said in sums:
        cells.append(
            BillCell(
                due_on=bill.due_on,
                row=row,
                product=None,
                money=money,
                days=None,
                of_days=None,
                price=None,
                from_=None,
                to=None,
                held=False,
                foreseen=bill.is_foreseen,
                sentence=said,
            )
        )
    return cells
