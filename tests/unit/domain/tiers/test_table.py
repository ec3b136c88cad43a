"""Every row of the pricing table, in contract and out of it, up and down, with its edges."""

from datetime import date

import pytest

from app.domain.tiers.account import Account
from app.domain.tiers.outcome import Case, Outcome
from tests.tiers import account, card, contract, quoted, said

IN_CONTRACT = contract()


@pytest.mark.parametrize(
    ("of", "users", "answer"),
    [
        # up, in contract: the card's own price and band
        (account(contract=IN_CONTRACT), 11, "11-25 Users at 499.95"),
        (account(contract=IN_CONTRACT), 25, "11-25 Users at 499.95"),
        (account(contract=IN_CONTRACT), 26, "26-50 Users at 699.95"),
        (account(contract=IN_CONTRACT), 51, "needs_review: beyond_rate_card"),
        # the card goes before custom pricing
        (account(contract=IN_CONTRACT, pricing="growth"), 50, "26-50 Users at 699.95"),
        # up, out of contract: a started block of 5 is a whole one
        (account(), 11, "11-15 Users at 449.95"),
        (account(), 15, "11-15 Users at 449.95"),
        (account(), 16, "16-20 Users at 549.95"),
        (account("11-13 at 499.95"), 14, "14-18 Users at 599.95"),
        # up, IDX-only: blocks of 25, never routed
        (account("1-25 at 300.00", idx_only=True), 26, "26-50 Users at 400.00"),
        (account("1-25 at 300.00", idx_only=True), 51, "51-75 Users at 500.00"),
        (
            account("1-25 at 300.00", pricing="core", idx_only=True),
            240,
            "226-250 Users at 1200.00",
        ),
        # down, in contract: the card, or nothing
        (account("11-25 at 499.95", contract=IN_CONTRACT), 10, "1-10 Users at 349.95"),
        (
            account("11-25 at 499.95", contract=contract(rows=card("11-25 at 499.95"))),
            10,
            "refused: not_on_rate_card",
        ),
        # down, out of contract: whole blocks only, the floor holds
        (account("21-25 at 799.95"), 20, "16-20 Users at 699.95"),
        (account("21-25 at 799.95"), 16, "16-20 Users at 699.95"),
        (account("21-25 at 799.95"), 15, "11-15 Users at 599.95"),
        (account("11-25 at 499.95"), 10, "6-10 Users at 399.95"),
        (account("11-25 at 499.95"), 5, "1-5 Users at 399.95"),
        (account("6-10 at 499.95"), 5, "1-5 Users at 399.95"),
        (account("6-7 at 599.95"), 2, "1-2 Users at 499.95"),
        (
            account("1-25 at 300.00", idx_only=True, started="1-25 at 300.00"),
            1,
            "unchanged: same_band",
        ),
        (account("26-50 at 500.00", idx_only=True), 20, "needs_review: idx_only_decrease"),
        (account("11-13 at 499.95"), 10, "needs_review: no_whole_block"),
        # no change of band, also inside a wide one
        (account("11-25 at 499.95"), 11, "unchanged: same_band"),
        (account("11-25 at 499.95"), 25, "unchanged: same_band"),
    ],
)
def test_the_table_gives_its_answer(of: Account, users: int, answer: str) -> None:
    assert said(quoted(of, users)) == answer


def test_a_band_that_stays_keeps_its_price_for_as_long_as_the_client_stays() -> None:
    found = quoted(account("11-25 at 499.95"), 18)

    assert found.outcome is Outcome.UNCHANGED
    assert (found.to_band, found.to_price) == (found.from_band, found.from_price)
    assert found.description == "11-25 Users"
    assert found.prorated is None


def test_more_payments_than_due_is_out_of_contract() -> None:
    found = quoted(account(contract=contract(12, 13)), 25)

    assert found.case is Case.UP
    assert found.steps[1] == "13 of 12 contracted payments are made: out of contract."


def test_a_client_with_no_payment_made_yet_is_in_contract() -> None:
    found = quoted(account(contract=contract(12, 0, None)), 25)

    assert found.case is Case.UP_IN_CONTRACT
    assert found.steps[1] == "0 of 12 contracted payments are made: in contract."


@pytest.mark.parametrize(
    ("paid_on", "next_bill", "on", "bound"),
    [
        ("2026-12-01", "2027-01-01", "2026-12-06", True),
        ("2026-12-01", "2027-01-01", "2026-12-31", True),
        ("2026-12-01", "2027-01-01", "2027-01-01", False),
        ("2026-12-03", "2027-01-01", "2026-12-31", True),  # paid late, the cycle is the bill's
        ("2027-02-28", "2027-03-31", "2027-03-30", True),  # paid on the last of a short month
        ("2027-02-28", "2027-03-31", "2027-03-31", False),
        ("2026-06-01", "2027-01-01", "2026-12-06", False),
    ],
)
def test_the_last_contracted_payment_binds_to_the_end_of_its_cycle(
    paid_on: str, next_bill: str, on: str, bound: bool
) -> None:
    of = account(
        contract=contract(12, 12, date.fromisoformat(paid_on)),
        next_billing_on=date.fromisoformat(next_bill),
    )

    found = quoted(of, 25, date.fromisoformat(on))

    assert found.case is (Case.UP_IN_CONTRACT if bound else Case.UP)


def test_the_steps_say_how_it_was_reckoned() -> None:
    found = quoted(account("11-25 at 499.95"), 27)

    assert found.steps == (
        "On Sunday 6 December 2026 27 users are asked for; now 11-25 Users at 499.95 USD.",
        "No contract is running.",
        "27 users are 2 beyond 25: 1 started block of 5.",
        "499.95 USD + 1 x 100.00 USD = 599.95 USD for 26-30 Users.",
        "Charged now: the difference of 100.00 USD x 26 of 31 days (6 to 31 December 2026) "
        "= 83.87 USD.",
        "From Friday 1 January 2027: 599.95 USD a month.",
    )


def test_the_steps_of_a_decrease_say_why_the_floor_holds() -> None:
    found = quoted(account("11-25 at 499.95"), 10)

    assert found.case is Case.DOWN_TO_FLOOR
    assert found.steps[2:4] == (
        "15 users fewer are 3 whole blocks.",
        "499.95 USD - 3 x 100.00 USD would be under the floor of 399.95 USD: the floor holds, "
        "for 6-10 Users.",
    )


def test_the_last_payments_sentence_names_its_last_day() -> None:
    found = quoted(account(contract=contract(12, 12)), 25)

    assert found.steps[1:3] == (
        "All 12 contracted payments are made; the last, on Tuesday 1 December 2026, pays through "
        "Thursday 31 December 2026: still in contract.",
        "The contract's rate card lists 11-25 Users at 499.95 USD.",
    )
