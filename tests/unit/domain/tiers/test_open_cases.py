"""What nobody guesses: numbers, dates, cards and contracts that cannot be used as they are."""

from dataclasses import replace
from datetime import date

import pytest

from app.domain.money import Money
from app.domain.tiers.account import Account, Band, Contract, Started
from app.domain.tiers.outcome import Outcome
from app.domain.tiers.policy import PricingUnknown
from app.domain.tiers.quote import quote
from tests.tiers import account, asked, card, contract, policy, quoted, said, usd


@pytest.mark.parametrize("users", [0, -1, -(10**9)])
def test_fewer_than_one_user_is_refused(users: int) -> None:
    assert said(quoted(account(), users)) == "refused: requested_too_few"


@pytest.mark.parametrize("pricing", ["legacy", "core", "growth"])
def test_a_thousand_million_users_are_a_slip(pricing: str) -> None:
    assert said(quoted(account(pricing=pricing), 10**9)) == "needs_review: requested_too_many"


@pytest.mark.parametrize(
    ("of", "answer"),
    [
        (replace(account(), band=Band(0, 10)), "band_invalid"),
        (replace(account(), band=Band(10, 1)), "band_invalid"),
        (replace(account(), started=Started(Band(5, 1), usd("1.00"))), "band_invalid"),
        (account("1-10 at 0.00"), "price_invalid"),
        (account("1-10 at -1.00"), "price_invalid"),
        (account(bands_used=0), "counts_invalid"),
        (account(courtesy_users=-1), "counts_invalid"),
        (replace(account(), price=Money.of("10.00", "EUR")), "currency_differs"),
        (
            replace(account(), started=Started(Band(1, 5), Money.of("10.00", "EUR"))),
            "currency_differs",
        ),
        (account(next_billing_on=None), "billing_date_unknown"),
        (account(next_billing_on=date(2026, 12, 5)), "billing_date_past"),
        (account(next_billing_on=date(2027, 1, 7)), "billing_date_far"),
        (account(site_relation="parent"), "site_relation"),
        (account(site_relation="child"), "site_relation"),
        (account(contract_known=False), "contract_unknown"),
    ],
)
def test_an_account_that_cannot_be_read_is_for_a_person(of: Account, answer: str) -> None:
    assert said(quoted(of, 25)) == f"needs_review: {answer}"


@pytest.mark.parametrize(
    ("of", "answer"),
    [
        (contract(due=None), "contract_incomplete"),
        (contract(made=None), "contract_incomplete"),
        (contract(paid_on=None), "contract_incomplete"),
        (contract(rows=None), "contract_incomplete"),
        (contract(rows=()), "contract_incomplete"),
        (contract(due=0), "contract_counts_invalid"),
        (contract(made=-1), "contract_counts_invalid"),
        (contract(paid_on=date(2026, 12, 7)), "payment_in_future"),
        (contract(rows=card("1-10 at 349.95", "10-25 at 499.95")), "rate_card_overlaps"),
        (contract(rows=card("1-25 at 349.95", "11-20 at 499.95")), "rate_card_overlaps"),
        (contract(rows=card("1-10 at 349.95", "12-25 at 499.95")), "rate_card_gap"),
        (contract(rows=card("1-10 at 349.95", "11-25 at 299.95")), "rate_card_falls"),
        (contract(rows=card("0-10 at 349.95", "11-25 at 499.95")), "rate_card_invalid"),
        (contract(rows=card("1-10 at 0.00", "11-25 at 499.95")), "rate_card_invalid"),
        (contract(rows=card("1-10 at 99.95", "11-25 at 199.95")), "rate_card_contradicts"),
    ],
)
def test_a_contract_that_contradicts_itself_is_for_a_person(of: Contract, answer: str) -> None:
    assert said(quoted(account(contract=of), 25)) == f"needs_review: {answer}"


def test_a_card_is_read_in_any_order() -> None:
    of = contract(rows=card("11-25 at 499.95", "1-10 at 349.95"))

    assert said(quoted(account(contract=of), 25)) == "11-25 Users at 499.95"


@pytest.mark.parametrize(
    "rows",
    [card("1-10 at 349.95", "11-25 at 599.95"), card("1-12 at 349.95", "13-25 at 599.95")],
)
def test_a_decrease_by_card_never_costs_more_nor_keeps_the_band(rows: object) -> None:
    of = account("11-25 at 300.00", contract=contract(rows=rows))  # type: ignore[arg-type]

    assert said(quoted(of, 10)) == "needs_review: rate_card_contradicts"


def test_an_incomplete_contract_names_what_is_missing() -> None:
    found = quoted(account(contract=Contract(None, 3, None, None)), 25)

    assert found.detail == ("Of the contract is missing: payments_due, last_payment_on, rate_card.")
    assert found.steps[-1] == found.detail


def test_a_client_in_contract_who_wants_todays_pricing_is_for_a_person() -> None:
    in_contract = account(contract=contract())

    assert said(quoted(in_contract, 15, current_pricing=True)) == "needs_review: current_pricing"
    assert said(quoted(account(), 15, current_pricing=True)) == "11-15 Users at 449.95"


def test_a_site_that_stays_as_it_is_needs_nobody() -> None:
    assert quoted(account(site_relation="parent"), 5).outcome is Outcome.UNCHANGED


def test_a_pricing_of_nobody_is_no_request() -> None:
    with pytest.raises(PricingUnknown, match="expected one of legacy, core, growth") as refused:
        quoted(account(pricing="gold"), 25)

    assert refused.value.pointer == "/account/pricing"


def test_a_policy_without_idx_only_accounts_prices_none() -> None:
    bare = replace(policy(), idx_only=None)

    found = quote(bare, account(idx_only=True), asked(25))

    assert said(found) == "needs_review: idx_only_unpriced"
