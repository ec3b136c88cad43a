"""A change looked at without being made."""

from uuid import UUID

from app.domain.approval import DiscountBand
from app.domain.contract.bills import Credited
from app.domain.contract.change import ChangeKind, ChangeOrder, Rights, When
from app.domain.contract.errors import BaseGone
from app.domain.contract.line import LineKind
from app.domain.contract.model import Standing
from app.domain.contract.preview import Asked, Known, Preview, bills_ahead, previewed
from app.domain.contract.rows import MoneyRow, Purpose
from app.domain.contract.succession import Accounts
from app.domain.contract.timeline import Signed, projected
from app.domain.reckoning import ReckoningKind
from tests.contracted import (
    POLICIES,
    UP,
    aud,
    day,
    edit,
    ids,
    line,
    order,
    percent,
    signed,
    standing,
    told,
)

NOBODY = (DiscountBand(None, None),)


def look(
    now: Standing,
    asked: ChangeOrder,
    *pending: Signed,
    change: int = 300,
    today: str = "2026-02-01",
) -> Preview:
    wanted = Asked(UUID(int=change), asked, POLICIES[asked.kind], day(today), Rights(), ids(change))
    return previewed(Known(now, Accounts(), pending), wanted, NOBODY)


def totals(seen: Preview) -> tuple[list[str], list[str]]:
    before = [f"{bill.due_on} {bill.total.amount}" for bill in seen.bills_before]
    after = [f"{bill.due_on} {bill.total.amount}" for bill in seen.bills_after]
    return before, after


def test_a_change_is_seen_with_its_bills_and_its_cost() -> None:
    now = standing(line(), line("support", 1, "31.00"))

    seen = look(now, order(UP, "2026-02-15", edit(quantity=150)))

    # 500.00 x 14 / 28 = 250.00 more
    assert totals(seen) == (
        ["2026-02-01 1031.00", "2026-03-01 1031.00", "2026-04-01 1031.00"],
        ["2026-02-01 1031.00", "2026-02-15 250.00", "2026-03-01 1531.00"],
    )
    assert seen.cost_now == aud("250.00")
    assert (seen.a_period_before, seen.a_period_after) == (aud("1031.00"), aud("1531.00"))
    assert {row.product for bill in seen.bills_after for row in bill.rows} == {"seats"}
    assert [each.quantity for each in seen.decided.before] == [100]
    assert seen.decided.approver is None


def test_a_change_starts_from_what_is_signed_before_its_day() -> None:
    now = standing()
    earlier = signed(now, order(UP, "2026-03-01", edit(quantity=120)))

    seen = look(now, order(UP, "2026-04-01", edit(add=30)), earlier)

    assert seen.decided.before[0].quantity == 120
    assert seen.decided.draft.opens[0].quantity == 150
    assert seen.conflicts == {}


def test_a_change_tells_whom_it_takes_the_base_from() -> None:
    now = standing()
    later = signed(now, order(UP, "2026-05-01", edit(quantity=150)))

    seen = look(now, order(UP, "2026-03-01", edit(quantity=120)), later)

    assert [type(why) for why in seen.conflicts.values()] == [BaseGone]


def test_a_change_of_today_is_decided_on_what_is_in_force() -> None:
    # given a change of the same day that waits for its approval still
    now = standing()
    waiting = signed(now, order(UP, "2026-02-15", edit(quantity=150)))

    seen = look(now, order(UP, "2026-02-15", edit(add=30)), waiting, today="2026-02-15")

    assert seen.decided.before[0].quantity == 100
    assert totals(seen)[1] == [
        "2026-02-15 150.00",
        "2026-03-01 1300.00",
        "2026-04-01 1300.00",
    ]
    # and the one that waits finds another base
    assert [type(why) for why in seen.conflicts.values()] == [BaseGone]


def test_the_bills_of_a_recast_are_those_of_the_new_contract() -> None:
    now = standing(line(), line("hours", 9, "1.00", kind=LineKind.ONE_TIME))

    seen = look(now, order(ChangeKind.RECAST, "2026-02-15", edit(quantity=200)))

    # 1000.00 x 14 / 28 = 500.00 off 2000.00
    assert totals(seen)[1] == [
        "2026-02-01 1000.00",
        "2026-02-15 1500.00",
        "2026-03-15 2000.00",
    ]
    assert seen.a_period_after == aud("2000.00")


def test_the_bills_of_a_renewal_follow_those_of_the_old_contract() -> None:
    now = standing()

    seen = look(now, order(ChangeKind.RENEWAL, None, edit(add=50)), today="2026-12-01")

    assert totals(seen) == (
        ["2026-12-01 1000.00"],
        ["2026-12-01 1000.00", "2027-01-01 1500.00", "2027-02-01 1500.00"],
    )


def test_a_downgrade_keeps_the_day_that_it_got() -> None:
    seen = look(standing(), order(ChangeKind.DOWNGRADE, "2026-02-15", edit(quantity=50)))

    assert seen.decided.signed.order.effective_on == day("2026-03-01")
    assert seen.decided.signed.order.when is When.ON_DATE
    assert seen.cost_now == aud("0.00")


def test_a_discount_is_somebodys_to_approve() -> None:
    bands = (DiscountBand(None, "ceo"),)
    asked = Asked(
        UUID(int=300),
        order(UP, "2026-02-15", edit(quantity=500, discount=percent("9"), keeps_discount=False)),
        POLICIES[UP],
        day("2026-02-01"),
        Rights(),
        ids(300),
    )

    assert previewed(Known(standing(), Accounts()), asked, bands).decided.approver == "ceo"


def test_bills_ahead_count_the_credit_on_the_account() -> None:
    row = MoneyRow(
        Purpose.CHANGE,
        "seats",
        None,
        day("2026-02-10"),
        ReckoningKind.CREDIT,
        aud("100.00"),
        None,
        "Left.",
    )
    stands = projected(standing(), Accounts([row]), [])
    account = [Credited(aud("50.00"), day("2026-02-01"))]

    found = bills_ahead(stands, account, start=day("2026-02-11"), count=1)

    # 1000.00 of 1 March less the 100.00; the 50.00 went off the bill of 1 February
    assert [f"{bill.due_on} {bill.total.amount}" for bill in found] == ["2026-03-01 900.00"]
    assert told(stands.rows) == [("credit", "100.00", "seats")]
