"""A product altered elsewhere on its contract: lines and bills follow, no money row is made."""

from dataclasses import replace

import pytest

from app.domain.contract.bills import bills
from app.domain.contract.change import ChangeKind
from app.domain.contract.errors import ContractEnded
from app.domain.contract.line import Ahead
from app.domain.contract.model import Standing
from app.domain.contract.settled import SettledElsewhere, settled_draft
from app.domain.contract.timeline import applied
from app.domain.period import Anchor, BillingPeriod
from tests.contracted import aud, contract, day, days, ids, line

USERS = line("user-tiers", 1, "310.00")


def now(
    price: str = "620.00",
    on: str = "2026-03-22",
    bill: str = "2026-04-01",
    period: BillingPeriod = BillingPeriod.MONTH,
) -> SettledElsewhere:
    return SettledElsewhere(
        "user-tiers", "21-25 Users", aud(price), period, day(on), day(bill), aud("100.00")
    )


def test_the_next_bill_has_the_new_price_and_nothing_is_billed_in_between() -> None:
    # given
    standing = Standing(contract(), (USERS, line()))

    # when
    draft = settled_draft(standing, now(), ids())

    # then
    assert (draft.kind, draft.rows) == (ChangeKind.UPGRADE, ())
    assert draft.base == {"user-tiers": USERS.id}
    after = applied(standing, draft)
    found = bills(after, (), start=day("2026-03-01"), count=3)
    assert [(str(bill.due_on), bill.total) for bill in found] == [
        ("2026-03-01", aud("1310.00")),
        ("2026-04-01", aud("1620.00")),
        ("2026-05-01", aud("1620.00")),
    ]
    # 310.00 x 10 / 31 is left of the old price, and 100.00 was charged beside it
    assert draft.opens[0].ahead == Ahead(days("2026-03-22", "2026-04-01"), aud("200.00"))


def test_a_contract_without_the_users_gets_their_line() -> None:
    draft = settled_draft(Standing(contract(), (line(),)), now(), ids())

    assert (draft.kind, draft.ends, draft.base) == (ChangeKind.UPGRADE, (), {"user-tiers": None})
    assert draft.opens[0].ahead == Ahead(days("2026-03-22", "2026-04-01"), aud("100.00"))


def test_a_lower_price_is_a_downgrade_on_its_bill_day() -> None:
    lower = replace(now("210.00", "2026-04-01"), charged=aud("0.00"))
    standing = Standing(contract(), (USERS,))

    draft = settled_draft(standing, lower, ids())

    assert draft.kind is ChangeKind.DOWNGRADE
    assert draft.opens[0].ahead is None
    (bill,) = bills(applied(standing, draft), (), start=day("2026-04-01"), count=1)
    assert bill.total == aud("210.00")


def test_a_later_line_of_the_product_stays() -> None:
    first = line("user-tiers", 1, "310.00", span=days("2026-01-01", "2026-06-01"))
    later = line("user-tiers", 1, "410.00", span=days("2026-06-01", "2027-01-01"))
    standing = Standing(contract(), (first, later))

    draft = settled_draft(standing, now(), ids())

    assert draft.opens[0].days == days("2026-03-22", "2026-06-01")
    assert later in applied(standing, draft).lines


@pytest.mark.parametrize(
    ("bill", "period", "anchor"),
    [
        ("2026-02-28", BillingPeriod.MONTH, Anchor(31)),  # a bill of the 31st
        ("2026-02-15", BillingPeriod.MONTH, Anchor(15)),
        ("2026-02-28", BillingPeriod.YEAR, Anchor(28, 2)),
    ],
)
def test_the_bills_keep_their_day(bill: str, period: BillingPeriod, anchor: Anchor) -> None:
    old = line("user-tiers", 1, "310.00", anchor=Anchor(31))

    draft = settled_draft(
        Standing(contract(), (old,)), now(on="2026-02-10", bill=bill, period=period), ids()
    )

    assert draft.opens[0].anchor == anchor


@pytest.mark.parametrize("on", ["2025-12-31", "2027-01-01"])
def test_a_contract_that_does_not_run_refuses(on: str) -> None:
    with pytest.raises(ContractEnded):
        settled_draft(Standing(contract(), (USERS,)), now(on=on, bill="2027-02-01"), ids())
