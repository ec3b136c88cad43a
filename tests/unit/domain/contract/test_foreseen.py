"""Automatic renewals as they are foreseen, until something is signed or stands in their way."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.contract.bills import ContractBill, Credited
from app.domain.contract.change import ChangeKind, ChangeOrder
from app.domain.contract.foreseen import MOST_TERMS, Renewing, foreseen, renews_by_itself
from app.domain.contract.line import LineKind
from app.domain.contract.model import OPEN_END, Contract, RenewalTerms, Standing
from app.domain.contract.preview import bills_ahead
from app.domain.contract.succession import Accounts
from app.domain.contract.timeline import Projected, projected
from app.domain.period import Days
from tests.contracted import POLICIES, aud, contract, day, days, line, order, percent, signed
from tests.contracted import standing as of_lines

RENEWING = Renewing(POLICIES[ChangeKind.RENEWAL])
AUTOMATIC = contract(renewal=RenewalTerms.AUTOMATIC)
SEATS = line(discount=percent("50", once=True))
HOURS = line("hours", 20, "1.00", kind=LineKind.ONE_TIME)
NOW = of_lines(SEATS, HOURS, of=AUTOMATIC)


def stands(now: Standing, *pending: ChangeOrder) -> Projected:
    changes = [signed(now, each, change=100 + at) for at, each in enumerate(pending)]
    return projected(now, Accounts(), changes)


def starts(seen: Projected, until: str, renewing: Renewing = RENEWING) -> list[str]:
    found = foreseen(seen, Accounts(), renewing, until=day(until))
    return [str(each.contract.term.start) for each in found]


def due(bills: tuple[ContractBill, ...]) -> list[tuple[str, str, bool]]:
    return [(str(each.due_on), str(each.total.amount), each.is_foreseen) for each in bills]


def test_the_next_bills_go_on_past_the_end_and_say_so() -> None:
    found = bills_ahead(stands(NOW), (), start=day("2026-11-15"), count=3, renewing=RENEWING)
    without = bills_ahead(stands(NOW), (), start=day("2026-11-15"), count=3)

    assert due(found) == [
        ("2026-12-01", "1000.00", False),
        ("2027-01-01", "1000.00", True),  # without the hours, and without the first discount
        ("2027-02-01", "1000.00", True),
    ]
    assert due(without) == [("2026-12-01", "1000.00", False)]


def test_bills_before_the_end_are_not_foreseen() -> None:
    found = bills_ahead(stands(NOW), (), start=day("2026-02-15"), count=3, renewing=RENEWING)

    assert [each.is_foreseen for each in found] == [False] * 3


def test_credit_that_is_left_goes_against_the_foreseen_bills() -> None:
    account = (Credited(aud("1500.00"), day("2026-12-15")),)

    found = bills_ahead(stands(NOW), account, start=day("2026-12-15"), count=2, renewing=RENEWING)

    assert due(found) == [("2027-01-01", "0.00", True), ("2027-02-01", "500.00", True)]


def test_one_renewal_follows_another() -> None:
    assert starts(stands(NOW), "2026-12-31") == []
    assert starts(stands(NOW), "2027-01-01") == ["2027-01-01"]
    assert starts(stands(NOW), "2028-06-01") == ["2027-01-01", "2028-01-01"]


def test_what_follows_a_signed_renewal_is_foreseen_in_turn() -> None:
    seen = stands(NOW, order(ChangeKind.RENEWAL, None))

    assert starts(seen, "2028-06-01") == ["2028-01-01"]


def test_a_termination_leaves_nothing_to_foresee() -> None:
    assert starts(stands(NOW, order(ChangeKind.TERMINATION, None)), "2029-01-01") == []


def test_where_a_person_has_to_decide_nothing_is_foreseen() -> None:
    assert starts(stands(NOW), "2029-01-01", replace(RENEWING, waits=True)) == []


def test_a_contract_with_nothing_recurring_will_not_renew() -> None:
    assert starts(stands(of_lines(HOURS, of=AUTOMATIC)), "2029-01-01") == []


def test_days_do_not_run_on_for_ever() -> None:
    daily = replace(AUTOMATIC, term=days("2026-01-01", "2026-01-02"), ends_on=day("2026-01-02"))
    seen = stands(of_lines(line(span=daily.term), of=daily))

    assert len(starts(seen, "2030-01-01")) == MOST_TERMS


@pytest.mark.parametrize(
    "other",
    [
        replace(AUTOMATIC, renewal=RenewalTerms.MANUAL),
        replace(AUTOMATIC, term=Days(day("2026-01-01"), OPEN_END), ends_on=OPEN_END),
        replace(AUTOMATIC, is_terminated=True),
        replace(AUTOMATIC, successor_id=UUID(int=9)),
        replace(AUTOMATIC, ends_on=day("2026-07-01")),
    ],
)
def test_other_contracts_do_not_renew_by_themselves(other: Contract) -> None:
    assert renews_by_itself(NOW)
    assert not renews_by_itself(Standing(other, NOW.lines))


def test_a_contract_that_ends_has_no_bills_after_it() -> None:
    ends = stands(of_lines(SEATS))

    found = bills_ahead(ends, (), start=day("2026-12-01"), count=3, renewing=RENEWING)

    assert due(found) == [("2026-12-01", "1000.00", False)]
