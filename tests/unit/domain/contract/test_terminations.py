"""Terminations, with what is given back."""

import pytest

from app.domain.contract.bills import bills
from app.domain.contract.change import Anchoring, ChangePolicy, Rights, When
from app.domain.contract.errors import EffectiveInPast, EffectiveOutsideTerm, NoticeTooShort
from app.domain.contract.model import RenewalTerms
from app.domain.contract.timeline import applied
from app.domain.proration import Manner
from tests.contracted import TERMINATION, contract, day, days, draft, line, order, standing, told


def test_a_termination_at_the_end_gives_nothing_back() -> None:
    now = standing(of=contract(renewal=RenewalTerms.AUTOMATIC))

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
    now = standing(of=contract(renewal=RenewalTerms.AUTOMATIC, notice_days=30))
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
