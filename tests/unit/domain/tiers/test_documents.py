"""Accounts, requests and quotes as JSON: kept without loss, read from what others write."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.period import BillingPeriod
from app.domain.tiers.account import Account, Asked, Contract, Courtesy, Credit, Exceptions
from app.domain.tiers.documents import (
    AccountNotUnderstood,
    account_as_json,
    account_of,
    asked_as_json,
    asked_of,
    quote_as_json,
    requested_day,
    requested_users,
)
from tests.tiers import account, asked, band, contract, quoted, usd


@pytest.mark.parametrize(
    "of",
    [
        account(),
        account(contract=contract()),
        account(contract=Contract(None, None, None, None)),
        account(contract_known=False),
        account(started=None, bands_used=None, next_billing_on=None, period=BillingPeriod.YEAR),
        replace(account(site_relation="child", courtesy_users=2, idx_only=True), site=None),
    ],
)
def test_an_account_is_read_back_as_it_was(of: Account) -> None:
    assert account_of(account_as_json(of)) == of


@pytest.mark.parametrize(
    "of",
    [
        asked(25),
        Asked(
            25,
            date(2026, 12, 6),
            Exceptions(
                single_user="one",
                old_pricing="old",
                credit=Credit(usd("50.00"), "an outage"),
                waive_prorated="angry",
                courtesy=Courtesy("roster_only", "a name"),
            ),
            True,
            True,
        ),
    ],
)
def test_a_request_is_read_back_as_it_was(of: Asked) -> None:
    assert asked_of(asked_as_json(of)) == of


def test_a_quote_is_kept_as_it_is_answered() -> None:
    kept = quote_as_json(quoted(account(), 25))

    assert kept["from"] == {"band": "1-10", "money": {"amount": "349.95", "currency": "USD"}}
    assert kept["to"] == {"band": "21-25", "money": {"amount": "649.95", "currency": "USD"}}
    assert kept["prorated"] == {
        "money": {"amount": "251.61", "currency": "USD"},
        "days": 26,
        "of_days": 31,
        "from": "2026-12-06",
        "to": "2027-01-01",
    }
    assert (kept["effective_on"], kept["price_from"]) == ("2026-12-06", "2027-01-01")
    assert (kept["case"], kept["waived"], kept["approvals"]) == ("up_out_of_contract", None, [])


def test_a_quote_without_a_price_is_kept_too() -> None:
    kept = quote_as_json(quoted(account(), 0))

    assert (kept["outcome"], kept["case"], kept["to"]) == ("refused", None, None)
    assert (kept["effective_on"], kept["prorated"]) == (None, None)


def test_what_automations_write_is_understood() -> None:
    found = account_of(
        {
            "pricing": "legacy",
            "band": "1-10",
            "price": {"amount": "349.95", "currency": "USD"},
            "bands_used": "2",
            "idx_only": "true",
            "next_billing_on": "2027-01-01",
            "contract": None,
        }
    )

    assert (found.band, found.bands_used, found.idx_only) == (band("1-10"), 2, True)
    assert found.billing_period is BillingPeriod.MONTH
    assert found.contract_known


LAWFUL: dict[str, Any] = account_as_json(account(contract=contract()))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"pricing": ""}, "/account/pricing"),
        ({"pricing": 5}, "/account/pricing"),
        ({"band": "many"}, "/account/band"),
        ({"band": {"from": 1}}, "/account/band"),
        ({"band": {"from": 1.5, "to": 2}}, "/account/band"),
        ({"price": "349.95"}, "/account/price"),
        ({"price": {"amount": "1", "currency": "GOLD"}}, "/account/price"),
        ({"next_billing_on": "soon"}, "/account/next_billing_on"),
        ({"billing_period": "fortnight"}, "/account/billing_period"),
        ({"bands_used": True}, "/account/bands_used"),
        ({"contract": {"rate_card": [5]}}, "/account/contract/rate_card/0"),
        ({"contract": {"payments_due": "a few"}}, "/account/contract/payments_due"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(AccountNotUnderstood) as refused:
        account_of({**LAWFUL, **change})

    assert refused.value.pointer == pointer


def test_the_number_of_users_may_be_text_and_may_not_be_missing() -> None:
    assert (requested_users(25), requested_users("25")) == (25, 25)
    for wrong in (None, "", "a few"):
        with pytest.raises(AccountNotUnderstood):
            requested_users(wrong)


def test_the_day_of_a_request_may_be_missing() -> None:
    assert requested_day(None) is None
    assert requested_day("2026-12-06") == date(2026, 12, 6)
