"""What is asked for beside the rule: free users, waivers, credits, one user, the old price."""

from dataclasses import replace

import pytest

from app.domain.money import Money
from app.domain.tiers.account import Courtesy, Credit, Exceptions
from app.domain.tiers.outcome import Approval, Case, Outcome
from app.domain.tiers.quote import quote
from tests.tiers import account, asked, contract, policy, quoted, said, usd

WIDE = contract()  # 1-10, 11-25, 26-50


def test_a_courtesy_user_is_free_and_beside_the_band() -> None:
    free = Exceptions(courtesy=Courtesy("partner_platform", "GGMS runs their plans (sample)"))

    found = quoted(account("6-10 at 500.00", courtesy_users=1), 10, exceptions=free)

    assert found.outcome is Outcome.QUOTED
    assert found.case is Case.SAME_BAND
    assert (found.to_band, found.to_price) == (found.from_band, found.from_price)
    assert found.prorated is None
    assert found.limit == 12
    assert found.approvals == ()
    assert (
        "One courtesy user beside the band, free (a partner platform's own login)." in found.steps
    )


def test_a_courtesy_user_may_come_with_a_rise() -> None:
    free = Exceptions(courtesy=Courtesy("roster_only", "the broker's name (sample)"))

    found = quoted(account(), 15, exceptions=free)

    assert said(found) == "11-15 Users at 449.95"
    assert found.limit == 16


@pytest.mark.parametrize(
    ("exceptions", "answer"),
    [
        (Exceptions(courtesy=Courtesy("roster_only", " ")), "refused: reason_missing"),
        (Exceptions(waive_prorated=""), "refused: reason_missing"),
        (Exceptions(courtesy=Courtesy("friend", "a friend")), "needs_review: courtesy_open"),
        (Exceptions(credit=Credit(usd("0.00"), "sorry")), "needs_review: credit_invalid"),
        (
            Exceptions(credit=Credit(Money.of("1.00", "EUR"), "sorry")),
            "needs_review: credit_invalid",
        ),
    ],
)
def test_an_exception_needs_its_reason_and_its_sense(exceptions: Exceptions, answer: str) -> None:
    assert said(quoted(account(), 15, exceptions=exceptions)) == answer


def test_a_policy_without_courtesy_users_gives_none() -> None:
    free = Exceptions(courtesy=Courtesy("roster_only", "a reason"))

    found = quote(replace(policy(), courtesy_reasons={}), account(), asked(15, exceptions=free))

    assert found.detail == "A user is free for one of these reasons: none."


def test_billing_waives_the_prorated_charge_with_a_reason() -> None:
    found = quoted(account(), 15, exceptions=Exceptions(waive_prorated="an angry client"))

    assert found.prorated is None
    assert found.waived is not None
    assert found.waived.money == usd("83.87")
    assert found.approvals == ()
    assert "Billing waives it: an angry client" in found.steps


def test_waiving_nothing_says_nothing() -> None:
    found = quoted(account("21-25 at 799.95"), 20, exceptions=Exceptions(waive_prorated="kind"))

    assert found.waived is None
    assert not any("waives" in step for step in found.steps)


def test_a_credit_waits_for_the_team_lead() -> None:
    found = quoted(account(), 15, exceptions=Exceptions(credit=Credit(usd("50.00"), "an outage")))

    assert said(found) == "11-15 Users at 449.95"
    assert found.approvals == (Approval.CREDIT,)
    assert "A credit of 50.00 USD is asked for: team_lead approves." in found.steps


def test_one_user_without_a_block_is_open_in_contract_where_the_next_step_is_wide() -> None:
    found = quoted(account(contract=WIDE), 11, exceptions=Exceptions(single_user="only one"))

    assert found.case is Case.SINGLE_USER
    assert (found.to_band, found.to_price) == (found.from_band, found.from_price)
    assert found.limit == 11
    assert found.approvals == (Approval.SINGLE_USER,)


@pytest.mark.parametrize(
    ("in_contract", "now", "users"),
    [
        (False, "1-10 at 349.95", 11),  # out of contract: the standard block
        (True, "1-10 at 349.95", 12),  # two users are not one
        (True, "26-50 at 699.95", 51),  # the card ends
    ],
)
def test_one_user_without_a_block_is_refused_anywhere_else(
    in_contract: bool, now: str, users: int
) -> None:
    of = account(now, contract=WIDE if in_contract else None)

    found = quoted(of, users, exceptions=Exceptions(single_user="only one"))

    assert said(found) == "refused: single_user_not_open"


def test_a_client_just_rolling_off_may_keep_the_old_step_if_the_team_lead_approves() -> None:
    of = account(contract=contract(12, 13))

    found = quoted(of, 25, exceptions=Exceptions(old_pricing="rolled off last week"))

    assert said(found) == "11-25 Users at 499.95"
    assert found.case is Case.UP_OLD_PRICING
    assert found.approvals == (Approval.OLD_PRICING,)


@pytest.mark.parametrize(
    ("made", "now", "users"),
    [(13, "1-10 at 349.95", 60), (13, "11-25 at 499.95", 5), (6, "1-10 at 349.95", 25)],
)
def test_old_pricing_is_for_a_rise_that_an_ended_card_lists(
    made: int, now: str, users: int
) -> None:
    of = account(now, contract=contract(12, made))

    found = quoted(of, users, exceptions=Exceptions(old_pricing="please"))

    assert said(found) == "needs_review: old_pricing_unclear"


def test_an_unhappy_client_is_told_what_else_there_is() -> None:
    assert quoted(account(), 15).alternatives == ()
    priced = quoted(account(), 15, unhappy=True).alternatives
    refused = quoted(account("11-25 at 179.95"), 10, unhappy=True).alternatives

    assert len(priced) == 3
    assert "referral" in priced[0]
    assert "not active" in priced[1]
    assert "Stay" in priced[2]
    assert refused == priced
