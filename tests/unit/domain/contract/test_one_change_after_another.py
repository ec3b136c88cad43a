"""Changes that follow one another, and what is billed after them."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from app.domain.contract.bills import bills
from app.domain.contract.change import When
from app.domain.contract.errors import LinesOverlap, NotBilledYet
from app.domain.contract.model import Standing
from app.domain.contract.rows import MoneyRow
from app.domain.contract.timeline import applied
from app.domain.proration import Manner
from tests.contracted import (
    DOWN,
    MANAGER,
    RENEWAL,
    TERMINATION,
    UP,
    aud,
    contract,
    day,
    days,
    draft,
    edit,
    line,
    order,
    percent,
    standing,
    successor_of,
)


def billed(
    now: Standing, rows: Sequence[MoneyRow], start: str = "2026-01-01", count: int = 30
) -> list[tuple[str, str, str]]:
    """The day of each bill, with its charges and credits."""
    found = bills(now, rows, start=day(start), count=count)
    return [(str(b.due_on), str(b.charges.amount), str(b.credits.amount)) for b in found]


def test_a_terminated_contract_is_not_billed_although_a_price_was_to_begin_later() -> None:
    now = standing()
    one = draft(now, order(UP, "2026-03-10", edit(quantity=150), billing_from=day("2026-05-15")))
    now = applied(now, one)

    end = draft(now, order(TERMINATION, "2026-03-20"), today="2026-03-15", change=101)

    got = billed(applied(now, end), [*one.rows, *end.rows])
    assert [each for each in got if each[0] >= "2026-03-20"] == []


def test_a_change_of_what_is_free_later_is_not_billed_beside_the_old_price() -> None:
    now = standing()
    free = edit(unit_price=aud("0.00"))
    asked = order(DOWN, "2026-03-10", free, billing_from=day("2026-05-15"), when=When.ON_DATE)
    one = draft(now, asked)
    now = applied(now, one)

    # when it is no longer free, before that
    again = order(UP, "2026-04-10", edit(unit_price=aud("12.00")))

    with pytest.raises(NotBilledYet):
        draft(now, again, today="2026-04-10", change=101)


def test_a_renewal_is_as_long_as_is_said_whatever_the_old_term() -> None:
    of = contract(term=days("2026-01-01", "2026-03-10"))
    now = standing(line(span=of.term), of=of)

    made = draft(now, order(RENEWAL, None, term_months=12))

    next_one = successor_of(made)
    assert next_one.contract.term == days("2026-03-10", "2027-03-10")
    again = draft(next_one, order(RENEWAL, None), change=101, today="2026-03-10")
    assert successor_of(again).contract.term == days("2027-03-10", "2028-03-10")


@pytest.mark.parametrize("on", ["2026-03-20", "2026-04-01"])
def test_a_discount_off_the_first_bill_comes_off_it_also_after_a_change_before_it(on: str) -> None:
    now = standing(line("plan", 1, "5.00"))
    seats = edit("seats", 10, unit_price=aud("10.00"), discount=percent("50", once=True))
    one = draft(now, order(UP, "2026-03-10", seats))
    now = applied(now, one)

    two = draft(now, order(UP, on, edit("seats", 12)), today=on, change=101)

    got = billed(applied(now, two), [*one.rows, *two.rows], "2026-04-01", 2)
    assert got == [("2026-04-01", "125.00", "60.00"), ("2026-05-01", "125.00", "0.00")]


def test_a_back_dated_change_of_a_lines_first_day_is_refused_once_that_was_billed() -> None:
    asked = order(DOWN, "2026-01-01", edit(quantity=90), when=When.ON_DATE, manner=Manner.FULL)

    with pytest.raises(LinesOverlap, match="Make it from the day after on") as refused:
        draft(standing(), asked, today="2026-02-10", rights=MANAGER)

    assert refused.value.facts == {"product": "seats", "on": "2026-01-01"}


def test_there_and_back_on_a_bill_day_nets_to_zero_also_after_a_back_dated_change() -> None:
    # given: entered on 1 March, from 15 February: 150 seats, settled up to 31 March
    now = standing()
    one = draft(
        now, order(UP, "2026-02-15", edit(quantity=150)), today="2026-03-01", rights=MANAGER
    )
    now = applied(now, one)

    # when: back to 100 from that very day
    back = order(DOWN, "2026-03-01", edit(quantity=100), when=When.ON_DATE, manner=Manner.FULL)
    two = draft(now, back, today="2026-03-01", change=101)

    got = billed(applied(now, two), [*one.rows, *two.rows], "2026-02-01", 3)
    # 50 seats x 10.00 x 14 / 28 = 250.00 are all that is more
    assert sum(Decimal(charged) - Decimal(credited) for _, charged, credited in got) == 3250
