"""Three bills of an upgrade: the last old one, what is settled between, and the first new one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.adjustment import PACKAGE_PERIODS
from app.domain.billed_service import BilledService, bills_of
from app.domain.calendar import spoken
from app.domain.cutover_plan import ServiceCutOver
from app.domain.money import Money, total_of
from app.domain.movement import Package
from app.domain.period import Anchor, BillingPeriod, Days, period_holding
from app.domain.reckoning import ReckoningKind

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BillRow:
    """One line of a bill.

    Args:
        kind: A charge, or a credit against the others.
        service: Key of the service.
        title: What people call it.
        money: Never negative; None where nobody knows it.
        span: The days that it pays for, or gives back.
        of_days: Length of the whole billing period that holds the first of them.
        billed_on: The day on which the bill falls; None for what is settled in the window, and
            for what is paid so far ahead that nobody told when it was billed.
        sentence: All this in words.
    """

    kind: ReckoningKind
    service: str
    title: str
    money: Money | None
    span: Days
    of_days: int
    billed_on: date | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Bill:
    """The rows of one of the three, and what they come to.

    Args:
        rows: In the order of the package's services.
        total: What the client pays, credits taken off, so below zero where they get money back;
            None where an amount is not known or the currencies differ.
        sentence: What it comes to, in words.
    """

    rows: tuple[BillRow, ...]
    total: Money | None
    sentence: str


@dataclass(frozen=True, slots=True)
class ThreeBills:
    """What a client is billed around the live date, for the whole package.

    Args:
        last_old: The last bill of each old service before the live date.
        change_over: Credits for days paid and not used, charges for days served and not billed.
        first_new: The first bill of the new package.
    """

    last_old: Bill
    change_over: Bill
    first_new: Bill


def three_bills(new: Package, ending: Sequence[ServiceCutOver], live_on: date) -> ThreeBills:
    """Lay out the bills around a live date; their days meet without a gap or an overlap (I4).

    Args:
        new: The package taken; its billing period begins anew on the live date.
        ending: How every service of the old package ends.
        live_on: The live date, in the client's zone.

    Source: docs/domain/upgrade.md, "The cut-over plan"; docs/domain/money.md, "Proration".
    """
    last = [_last_bill(each, live_on) for each in ending]
    between = [
        BillRow(
            row.kind,
            each.bill.service,
            each.bill.title,
            row.money,
            row.span,
            row.of_days,
            None,
            f"{row.sentence}.",
        )
        for each in ending
        for row in each.plan.rows
    ]
    first = _first_rows(new, live_on)
    currency = new.price.currency
    begins = f"{new.title} from {spoken(live_on)} on, every {_period_of(new)}"
    return ThreeBills(
        _bill(last, currency, "The last bills before the live date"),
        _bill(between, currency, "Credits and charges of the change-over")
        if between
        else Bill(
            (), Money.zero(currency), "Nothing is left over: the old days end where they should."
        ),
        _bill(first, currency, begins),
    )


def _last_bill(each: ServiceCutOver, live_on: date) -> BillRow:
    """The last bill that a service gets if it is ended on one of its safe days."""
    bill = each.bill
    bills = bills_of(bill, live_on)
    issued = bills.issued_before(each.plan.ended_on)
    paid_to = issued.end if issued else bills.unpaid_from
    whole = period_holding(bills.period, bills.anchor, paid_to - _DAY)
    span = Days(whole.start, paid_to)
    money = bill.price if span == whole else None
    return BillRow(
        ReckoningKind.CHARGE,
        bill.service,
        bill.title,
        money,
        span,
        whole.length,
        whole.start if whole.start < live_on else None,
        _said_of(bill, whole, span, live_on, money),
    )


def _said_of(
    bill: BilledService, whole: Days, span: Days, live_on: date, money: Money | None
) -> str:
    # Who has paid far ahead has had the bill, and nobody told when.
    on = f"billed on {spoken(whole.start)}" if whole.start < live_on else "billed ahead"
    billed = f"{bill.title}, {on} for {span.spoken()}"
    if money is not None:
        return f"{billed}: {money.spoken()}."
    if span != whole:
        return f"{billed}, a part of its {bill.period}: what was billed for it is not known."
    return f"{billed}: its price is not known."


def _first_rows(new: Package, live_on: date) -> list[BillRow]:
    period = _period_of(new)
    anchor = Anchor(live_on.weekday() if period is BillingPeriod.WEEK else live_on.day)
    whole = period_holding(period, anchor, live_on)
    return [
        BillRow(
            ReckoningKind.CHARGE,
            part.service.key,
            part.service.title,
            part.price,
            whole,
            whole.length,
            live_on,
            f"{part.service.title} for {whole.spoken()}: {part.price.spoken()}.",
        )
        for part in new.services
    ]


def _period_of(package: Package) -> BillingPeriod:
    return PACKAGE_PERIODS[package.billing_period]


def _bill(rows: Sequence[BillRow], currency: str, about: str) -> Bill:
    known = [(row.kind, row.money) for row in rows if row.money is not None]
    currencies = {money.currency for _, money in known}
    if len(currencies) > 1:
        sums = (_net([p for p in known if p[1].currency == each], each) for each in currencies)
        spoken_sums = " and ".join(sorted(each.spoken() for each in sums))
        return Bill(tuple(rows), None, f"{about}: {spoken_sums}, which do not add up.")
    total = _net(known, *(currencies or {currency}))
    unknown = [row.title for row in rows if row.money is None]
    if not unknown:
        return Bill(tuple(rows), total, f"{about}: {_paid(total)}.")
    names = ", ".join(dict.fromkeys(unknown))
    part = f"{_paid(total)} and what {names} comes to" if known else "not known"
    return Bill(tuple(rows), None, f"{about}: {part}; the total is for a person to work out.")


def _net(parts: Iterable[tuple[ReckoningKind, Money]], currency: str) -> Money:
    signed = (money if kind is ReckoningKind.CHARGE else -money for kind, money in parts)
    return total_of(signed, currency)


def _paid(total: Money) -> str:
    return f"{abs(total).spoken()} in the client's favour" if total.minor < 0 else total.spoken()
