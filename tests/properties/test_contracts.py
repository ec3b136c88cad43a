"""Whatever is changed, and how often: no cent is lost, no past is rewritten, no lines overlap."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain.contract.bills import bills
from app.domain.contract.change import (
    Anchoring,
    ChangeKind,
    ChangeOrder,
    LineEdit,
    When,
)
from app.domain.contract.line import LineKind
from app.domain.contract.model import Standing, checked
from app.domain.contract.prepaid import credit_for_unused
from app.domain.contract.rows import MoneyRow
from app.domain.contract.succession import Accounts
from app.domain.contract.timeline import applied, projected
from app.domain.day_count import Basis, counted
from app.domain.errors import DomainError
from app.domain.money import Money, rounded
from app.domain.period import Anchor, BillingPeriod, Days, period_holding
from app.domain.proration import Manner, net_of, prorated, prorated_change
from app.domain.reckoning import PeriodPart, worth_of
from tests.contracted import aud, contract, draft, line, signed, standing

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
CURRENCIES = st.sampled_from(["AUD", "JPY", "KWD"])
PRICES = st.integers(0, 10**9)
PERIODS = st.sampled_from(list(BillingPeriod))
BASES = st.sampled_from(list(Basis))


@st.composite
def billed(draw: st.DrawFn) -> tuple[Days, date]:
    """A billing period, and a day in it."""
    period = draw(PERIODS)
    anchor = Anchor(draw(st.integers(0, 6) if period is BillingPeriod.WEEK else st.integers(1, 31)))
    day = draw(DAYS)
    return period_holding(period, anchor, day), day


@given(billed(), PRICES, CURRENCIES, BASES)
def test_a_row_is_rounded_once(
    case: tuple[Days, date], minor: int, currency: str, basis: Basis
) -> None:
    whole, day = case
    price = Money.from_minor(minor, currency)
    part = Days(day, whole.end)

    money = prorated(price, part, whole, basis)

    share = Fraction(counted(part, basis), counted(whole, basis))
    assert money == rounded(Fraction(price.amount) * share, currency)


@given(billed(), PRICES)
def test_a_cut_over_and_a_contract_reckon_alike(case: tuple[Days, date], minor: int) -> None:
    whole, day = case
    price = Money.from_minor(minor, "AUD")
    left = Days(day, whole.end)
    parts = [PeriodPart(left, whole)]

    assert rounded(worth_of(price, parts), "AUD") == prorated(price, left, whole)


@given(DAYS, st.integers(1, 400), st.integers(1, 400), BASES)
def test_days_add_up_under_both_bases(start: date, first: int, then: int, basis: Basis) -> None:
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=then)

    parts = counted(Days(start, middle), basis) + counted(Days(middle, end), basis)

    assert parts == counted(Days(start, end), basis)


@given(billed(), PRICES, PRICES, CURRENCIES, BASES)
def test_there_and_back_on_one_day_nets_to_zero(
    case: tuple[Days, date], old: int, new: int, currency: str, basis: Basis
) -> None:
    whole, day = case
    there, back = (
        prorated_change(
            whole,
            day,
            old=Money.from_minor(before, currency),
            new=Money.from_minor(after, currency),
            manner=Manner.FULL,
            basis=basis,
        )
        for before, after in ((old, new), (new, old))
    )

    assert net_of(there + back, currency).is_zero


@given(st.dates(date(2026, 1, 2), date(2026, 12, 31)), st.integers(1, 31), st.integers(1, 10**6))
def test_used_and_credited_make_the_original(on: date, anchor: int, minor: int) -> None:
    seats = line(
        quantity=1, unit_price=str(Money.from_minor(minor, "AUD").amount), anchor=Anchor(anchor)
    )

    found = credit_for_unused(contract(anchor=Anchor(anchor)), seats, on)

    assume(found is not None)
    assert found is not None
    row, prepaid = found
    assert row.money is not None
    assert aud("0.00") <= row.money <= prepaid.paid
    used = prorated(seats.price, Days(prepaid.span.start, on), prepaid.whole)
    assert abs(prepaid.paid.minor - used.minor - row.money.minor) <= 1  # by subtraction: not twice


MOVES = st.tuples(
    st.integers(0, 40),  # days after the one before
    st.sampled_from(["seats", "support", "hours"]),
    st.integers(0, 300),
    st.sampled_from([Anchoring.KEEP, Anchoring.KEEP, Anchoring.RE_ANCHOR]),
)


def orders_of(
    now: Standing, on: date, product: str, quantity: int, anchor: Anchoring
) -> list[ChangeOrder]:
    """The change by its right name: one of the two is refused."""
    is_new = all(each.product != product for each in now.on(on))
    kind = LineKind.ONE_TIME if product == "hours" else LineKind.RECURRING
    edit = LineEdit(product, quantity, unit_price=aud("7.77") if is_new else None, kind=kind)
    return [
        ChangeOrder(each, on, on, (edit,), anchor=anchor, when=When.ON_DATE, manner=Manner.FULL)
        for each in (ChangeKind.UPGRADE, ChangeKind.DOWNGRADE)
    ]


@settings(deadline=None)
@given(st.lists(MOVES, min_size=1, max_size=12), st.integers(1, 31))
def test_no_change_rewrites_a_bill_that_was_made_out_and_every_day_is_billed_once(
    moves: list[tuple[int, str, int, Anchoring]], anchor: int
) -> None:
    of = contract(anchor=Anchor(anchor))
    now, on = standing(line(anchor=Anchor(anchor)), of=of), date(2026, 1, 1)
    rows: list[MoneyRow] = []
    for number, (after, product, quantity, how) in enumerate(moves):
        on += timedelta(days=after)
        if on >= date(2027, 1, 1):
            break
        before = _bills(now, rows)
        for asked in orders_of(now, on, product, quantity, how):
            try:
                made = draft(now, asked, today=str(on), change=1000 + number)
            except DomainError:
                continue
            now, rows = applied(now, made), [*rows, *made.rows]
        # then: bills of days before the change are what they were, and lines never overlap
        assert [each for each in _bills(now, rows) if each[0] < on] == [
            each for each in before if each[0] < on
        ]
        if now.lines:
            checked(now.contract, now.lines)
    # then: all bills together are what the days in force cost, but for the rounding of rows
    billed_in_all = sum(charges - back for _, charges, back in _bills(now, rows))
    roundings = len(rows) + 2 * 13 * (len(now.lines) + 1)
    assert abs(billed_in_all - _worth(now, rows)) <= roundings


def _bills(now: Standing, rows: list[MoneyRow]) -> list[tuple[date, int, int]]:
    found = bills(now, rows, start=date(2026, 1, 1), count=400)
    return [(each.due_on, each.charges.minor, each.credits.minor) for each in found]


def _worth(now: Standing, rows: list[MoneyRow]) -> Fraction:
    """What the days in force cost, exactly, and what was bought once."""
    total = Fraction(sum(row.money.minor for row in rows if row.purpose == "one_time"))
    for each in now.lines:
        if not each.is_recurring:
            continue
        for day in each.days:
            whole = period_holding(each.period, each.anchor, day)
            total += Fraction(each.price.minor, whole.length)
    return total


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(1, 500).filter(lambda n: n != 100)
)
def test_a_preview_and_the_change_are_the_same_to_the_cent(on: date, quantity: int) -> None:
    now = standing()
    kind = ChangeKind.UPGRADE if quantity > 100 else ChangeKind.DOWNGRADE
    asked = ChangeOrder(kind, date(2026, 1, 1), on, (LineEdit("seats", quantity),))
    try:
        preview = draft(now, asked)
    except DomainError:
        assume(False)

    later = projected(now, Accounts(), [signed(now, asked)])

    assert list(later.drafts.values()) == [preview]
    assert later.rows == preview.rows
