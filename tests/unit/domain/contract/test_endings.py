"""Renewals, recasts and terminations, with the arithmetic beside them."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.contract.bills import Credited, bills
from app.domain.contract.change import Anchoring, ChangeKind, ChangePolicy, Draft, Rights, When
from app.domain.contract.errors import (
    ContractEnded,
    CreditTooHigh,
    EffectiveInPast,
    EffectiveOutsideTerm,
    LinesBeginLater,
    NoticeTooShort,
    RenewalNotAtEnd,
    RenewedBefore,
    TermEmpty,
)
from app.domain.contract.line import LineKind
from app.domain.contract.model import OPEN_END, RenewalTerms, Standing
from app.domain.contract.rows import MoneyRow, Purpose
from app.domain.contract.succession import Accounts
from app.domain.contract.timeline import applied
from app.domain.errors import CurrenciesDiffer
from app.domain.money import Money
from app.domain.period import Anchor, Days
from app.domain.proration import Manner
from app.domain.reckoning import ReckoningKind
from tests.contracted import (
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
    told,
)

RENEWAL, RECAST, TERMINATION = ChangeKind.RENEWAL, ChangeKind.RECAST, ChangeKind.TERMINATION
ONCE = LineKind.ONE_TIME
AUTOMATIC = RenewalTerms.AUTOMATIC


def begun(made: Draft) -> Standing:
    """The contract that a change opens."""
    assert made.successor is not None
    return Standing(made.successor.contract, made.successor.lines)


def first_bills(made: Draft, count: int = 2) -> list[tuple[str, str]]:
    assert made.successor is not None
    credit = made.successor.credit
    account = [Credited(credit, made.effective_on)] if credit.minor else []
    found = bills(
        begun(made), made.successor.rows, start=made.effective_on, count=count, account=account
    )
    return [(str(bill.due_on), str(bill.total.amount)) for bill in found]


# Renewals --------------------------------------------------------------------------------------


def test_a_renewal_goes_on_without_what_was_once() -> None:
    now = standing(
        line(discount=percent("10")),
        line("support", 1, "31.00", discount=percent("50", once=True)),
        line("hours", 100, "1.00", kind=ONCE),
    )

    made = draft(now, order(RENEWAL, None), today="2026-12-01")

    assert made.effective_on == day("2027-01-01")
    after = begun(made)
    assert after.contract.term == days("2027-01-01", "2028-01-01")
    assert after.contract.predecessor_id == now.contract.id
    assert [(each.product, each.discount) for each in after.lines] == [
        ("seats", percent("10")),
        ("support", None),
    ]
    assert first_bills(made) == [("2027-01-01", "931.00"), ("2027-02-01", "931.00")]


def test_a_renewal_may_bring_more_seats_and_hours() -> None:
    # given: 50 more seats and 100 hours from the first day of the renewal
    made = draft(
        standing(),
        order(
            RENEWAL,
            "2027-01-01",
            edit(add=50),
            edit("hours", 100, unit_price=aud("2.00"), kind=ONCE, title="Service hours"),
        ),
    )

    # then: 1500.00 + 200.00, then 1500.00
    assert first_bills(made) == [("2027-01-01", "1700.00"), ("2027-02-01", "1500.00")]
    assert set(made.base) == {"seats", "hours"}
    assert made.base["hours"] is None


def test_a_renewal_may_end_a_product_and_begin_a_discount() -> None:
    now = standing(line(), line("support", 1, "31.00"))

    made = draft(
        now,
        order(
            RENEWAL,
            None,
            edit("support", 0),
            edit(discount=percent("15"), keeps_discount=False),
        ),
    )

    assert made.deepest_discount is not None
    assert made.deepest_discount * 100 == 15
    assert first_bills(made, 1) == [("2027-01-01", "850.00")]


@pytest.mark.parametrize(
    ("term", "after"),
    [
        ({"term_months": 24}, ("2027-01-01", "2029-01-01")),
        ({"ends_on": day("2027-04-01")}, ("2027-01-01", "2027-04-01")),
    ],
)
def test_a_renewal_may_have_another_length(term: dict[str, object], after: tuple[str, str]) -> None:
    assert begun(draft(standing(), order(RENEWAL, None, **term))).contract.term == days(*after)


def test_a_renewal_takes_the_credit_along() -> None:
    left = MoneyRow(
        Purpose.CHANGE,
        "seats",
        None,
        day("2026-12-10"),
        ReckoningKind.CREDIT,
        aud("300.00"),
        None,
        "Left.",
    )

    made = draft(standing(), order(RENEWAL, None), accounts=Accounts([left]))

    assert first_bills(made, 1) == [("2027-01-01", "700.00")]


def test_a_term_from_the_31st_is_renewed_without_drifting() -> None:
    term = days("2026-01-31", "2026-02-28")
    month = contract(term=term, anchor=Anchor(31))

    first = draft(standing(line(span=term, anchor=Anchor(31)), of=month), order(RENEWAL, None))
    again = draft(begun(first), order(RENEWAL, None), change=101)

    assert begun(first).contract.term == days("2026-02-28", "2026-03-31")
    assert begun(again).contract.term == days("2026-03-31", "2026-04-30")


def test_a_renewal_may_begin_billing_anew() -> None:
    term = days("2026-01-15", "2027-01-15")
    now = standing(line(span=term), of=contract(term=term))

    made = draft(now, order(RENEWAL, None, anchor=Anchoring.RE_ANCHOR))

    assert begun(made).contract.anchor == Anchor(15)
    assert first_bills(made) == [("2027-01-15", "1000.00"), ("2027-02-15", "1000.00")]


def test_a_renewal_keeps_the_billing_day_unless_told() -> None:
    term = days("2026-01-15", "2027-01-15")
    now = standing(line(span=term), of=contract(term=term))

    # 1000.00 x 17 / 31
    assert first_bills(draft(now, order(RENEWAL, None))) == [
        ("2027-01-15", "548.39"),
        ("2027-02-01", "1000.00"),
    ]


def test_a_renewal_is_at_the_end_and_once() -> None:
    with pytest.raises(RenewalNotAtEnd):
        draft(standing(), order(RENEWAL, "2026-12-01"))
    with pytest.raises(RenewedBefore):
        draft(standing(of=replace(contract(), successor_id=UUID(int=9))), order(RENEWAL, None))
    with pytest.raises(ContractEnded):
        draft(standing(of=replace(contract(), is_terminated=True)), order(RENEWAL, None))
    cut = replace(contract(), ends_on=day("2026-06-01"))
    with pytest.raises(ContractEnded):
        draft(standing(of=cut), order(RENEWAL, None))
    with pytest.raises(TermEmpty):
        draft(standing(), order(RENEWAL, None, ends_on=day("2027-01-01")))


@pytest.mark.parametrize("kind", [RENEWAL, TERMINATION])
def test_a_contract_without_an_end_needs_the_day(kind: ChangeKind) -> None:
    term = Days(day("2026-01-01"), OPEN_END)

    with pytest.raises(EffectiveOutsideTerm):
        draft(standing(line(span=term), of=contract(term=term)), order(kind, None))


# Recasts -----------------------------------------------------------------------------------------


def growth_to_enterprise(**more: object) -> Draft:
    """A year of the growth plan, paid by the year, recast after 181 days."""
    yearly = replace(
        contract(term=days("2026-01-01", "2027-01-01")),
    )
    now = standing(line("growth", 1, "36500.00"), of=yearly)
    return draft(
        now,
        order(
            RECAST,
            "2026-07-01",
            edit("growth", 0),
            edit("enterprise", 1, unit_price=aud("6000.00"), title="Enterprise plan"),
            **more,
        ),
    )


def test_a_recast_credits_what_is_unused_against_the_new_contract() -> None:
    # given: 1000.00 a month, paid for July; recast on the 16th
    made = draft(standing(), order(RECAST, "2026-07-16", edit(quantity=200)))

    # then: 1000.00 x 16 / 31 = 516.13 off 2000.00
    assert told(made.rows) == [("credit", "516.13", "seats")]
    assert begun(made).contract.term == days("2026-07-16", "2027-07-16")
    assert begun(made).contract.anchor == Anchor(16)
    assert first_bills(made) == [("2026-07-16", "1483.87"), ("2026-08-16", "2000.00")]
    assert made.contract_ends_on == day("2026-07-16")


def test_credit_beyond_the_first_bill_stays_for_the_next() -> None:
    # given: an old plan at 36500.00 a month, recast on a bill day: nothing of it is prepaid
    assert growth_to_enterprise().rows == ()

    # given: the same with a credit that the contract states
    now = standing(line("growth", 1, "9300.00"))
    made = draft(
        now,
        order(
            RECAST,
            "2026-07-16",
            edit("growth", 0),
            edit("enterprise", 1, unit_price=aud("2000.00")),
        ),
    )

    # then: 9300.00 x 16 / 31 = 4800.00
    assert first_bills(made, 4) == [
        ("2026-07-16", "0.00"),
        ("2026-08-16", "0.00"),
        ("2026-09-16", "1200.00"),
        ("2026-10-16", "2000.00"),
    ]


def test_a_contract_may_state_the_credit() -> None:
    made = draft(
        standing(), order(RECAST, "2026-07-16", edit(quantity=200), stated_credit=aud("1000.00"))
    )

    assert told(made.rows) == [("credit", "1000.00", "")]
    assert made.rows[0].reckoning is None
    assert first_bills(made, 1) == [("2026-07-16", "1000.00")]


def test_no_credit_is_above_what_was_paid() -> None:
    with pytest.raises(CreditTooHigh) as refused:
        draft(
            standing(line(), line("hours", 1, "9.00", kind=ONCE)),
            order(RECAST, "2026-07-16", edit(quantity=200), stated_credit=aud("1000.01")),
        )

    assert refused.value.facts == {"paid": "1000.00 AUD"}


def test_a_stated_credit_is_in_the_contracts_currency() -> None:
    with pytest.raises(CurrenciesDiffer) as refused:
        draft(
            standing(),
            order(RECAST, "2026-07-16", edit(quantity=200), stated_credit=Money.of("1.00", "USD")),
        )

    assert refused.value.pointer == "/credit/currency"


def test_a_recast_can_be_agreed_without_credit_and_holds_what_is_unpaid() -> None:
    no_credit = draft(
        standing(), order(RECAST, "2026-07-16", edit(quantity=200), manner=Manner.NONE)
    )
    unpaid = standing(of=contract(unpaid_from=day("2026-07-01")))
    held = draft(unpaid, order(RECAST, "2026-07-16", edit(quantity=200)))

    assert no_credit.rows == ()
    assert held.rows[0].is_held
    assert first_bills(held, 1) == [("2026-07-16", "2000.00")]


def test_hours_bought_once_go_along_and_are_not_billed_again() -> None:
    now = standing(line(), line("hours", 100, "2.00", kind=ONCE))

    kept = draft(now, order(RECAST, "2026-07-01", edit(quantity=200)))
    more = draft(now, order(RECAST, "2026-07-01", edit("hours", add=10)))
    gone = draft(now, order(RECAST, "2026-07-01", edit("hours", 0)))

    assert [each.product for each in begun(kept).lines] == ["hours", "seats"]
    assert first_bills(kept, 1) == [("2026-07-01", "2000.00")]
    assert first_bills(more, 1) == [("2026-07-01", "1020.00")]
    assert [each.product for each in begun(gone).lines] == ["seats"]


def test_a_recast_contract_runs_twelve_months_unless_said() -> None:
    said = draft(standing(), order(RECAST, "2026-07-16", edit(quantity=200), term_months=6))
    ends = draft(
        standing(), order(RECAST, "2026-07-16", edit(quantity=200), ends_on=day("2026-12-31"))
    )

    assert begun(said).contract.term == days("2026-07-16", "2027-01-16")
    assert begun(ends).contract.term == days("2026-07-16", "2026-12-31")


def test_a_recast_is_not_back_dated() -> None:
    with pytest.raises(EffectiveInPast):
        draft(
            standing(),
            order(RECAST, "2026-07-16", edit(quantity=200)),
            today="2026-07-17",
            rights=Rights(back_date=True),
        )


def test_a_recast_does_not_lose_what_begins_only_after_it() -> None:
    # given: 150 seats and support are signed from 1 September; the recast is on 16 July
    now = standing(
        line(span=days("2026-01-01", "2026-09-01")),
        line("seats", 150, span=days("2026-09-01", "2027-01-01")),
        line("support", 1, "30.00", span=days("2026-09-01", "2027-01-01")),
    )

    with pytest.raises(LinesBeginLater) as unsaid:
        draft(now, order(RECAST, "2026-07-16", edit(quantity=200)))
    said = draft(now, order(RECAST, "2026-07-16", edit(quantity=200), edit("support", 0)))
    kept = edit("support", 1, unit_price=aud("30.00"))
    both = draft(now, order(RECAST, "2026-07-16", edit(quantity=200), kept))

    assert unsaid.value.facts == {"products": ["support"]}
    assert "from Tuesday 1 September 2026" in unsaid.value.detail
    assert [(each.product, each.quantity) for each in begun(said).lines] == [("seats", 200)]
    assert {each.product for each in begun(both).lines} == {"seats", "support"}


# Terminations -----------------------------------------------------------------------------------


def test_a_termination_at_the_end_gives_nothing_back() -> None:
    now = standing(of=contract(renewal=AUTOMATIC))

    made = draft(now, order(TERMINATION, None))

    assert made.effective_on == day("2027-01-01")
    assert made.rows == ()
    assert made.stops == (
        "100 x Seats after Thursday 31 December 2026.",
        "The automatic renewal on Friday 1 January 2027.",
    )
    after = applied(now, made)
    assert after.contract.is_terminated
    assert after.on(day("2026-12-31"))


def test_a_termination_on_a_day_credits_what_is_paid_and_not_used() -> None:
    now = standing()

    made = draft(now, order(TERMINATION, "2026-07-16"))

    assert told(made.rows) == [("credit", "516.13", "seats")]
    after = applied(now, made)
    assert after.contract.ends_on == day("2026-07-16")
    assert after.on(day("2026-07-15"))
    assert not after.on(day("2026-07-16"))
    found = bills(after, made.rows, start=day("2026-07-02"), count=3)
    assert [(str(bill.total.amount), str(bill.credit_left.amount)) for bill in found] == [
        ("0.00", "516.13")  # it stays on the account
    ]


def test_a_policy_may_give_nothing_back() -> None:
    policy = ChangePolicy(When.ON_DATE, Manner.NONE, Anchoring.KEEP)

    assert draft(standing(), order(TERMINATION, "2026-07-16"), policy=policy).rows == ()


def test_a_termination_before_the_start_leaves_no_line() -> None:
    now = standing()

    made = draft(now, order(TERMINATION, "2026-01-01"), today="2025-12-01")

    assert applied(now, made).lines == ()
    assert made.stops == ("100 x Seats after Wednesday 31 December 2025.",)


def test_lines_that_would_begin_later_never_do() -> None:
    now = standing(line(), line("more", span=days("2026-09-01", "2027-01-01")))

    made = draft(now, order(TERMINATION, "2026-07-16"))

    assert [each.product for each in applied(now, made).lines] == ["seats"]


@pytest.mark.parametrize("rights", [Rights(), Rights(back_date=True, waive_notice=True)])
def test_a_termination_is_never_in_the_past(rights: Rights) -> None:
    with pytest.raises(EffectiveInPast):
        draft(standing(), order(TERMINATION, "2026-07-15"), today="2026-07-16", rights=rights)


def test_notice_is_kept_or_waived() -> None:
    now = standing(of=contract(renewal=AUTOMATIC, notice_days=30))
    asked = order(TERMINATION, None)

    with pytest.raises(NoticeTooShort) as refused:
        draft(now, asked, today="2026-12-03")

    assert refused.value.facts == {"earliest": "2027-01-02"}
    draft(now, asked, today="2026-12-02")
    draft(now, asked, today="2026-12-31", rights=Rights(waive_notice=True))


def test_what_ends_by_itself_needs_no_notice() -> None:
    now = standing(of=contract(notice_days=30))

    assert draft(now, order(TERMINATION, None), today="2026-12-31").effective_on == day(
        "2027-01-01"
    )


def test_a_contract_ends_no_later_than_its_term() -> None:
    with pytest.raises(EffectiveOutsideTerm):
        draft(standing(), order(TERMINATION, "2027-01-02"))
