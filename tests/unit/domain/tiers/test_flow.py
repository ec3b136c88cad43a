"""How a quote moves, what makes it stale, which site may be touched, what waits for a person."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from app.domain.tiers.account import Site
from app.domain.tiers.flow import (
    TRANSITIONS,
    ApplyState,
    ApprovalState,
    ChargeState,
    CreditState,
    QuoteRefuses,
    QuoteState,
    SiteMismatch,
    Standing,
    inputs_changed,
    is_past_its_cycle,
    may_decline,
    moved,
    same_site,
    state_of_new,
    waits_for,
)
from app.domain.tiers.outcome import Outcome
from tests.tiers import account, contract, quoted, usd

S = QuoteState
DUE = CreditState.DUE


def standing(state: QuoteState, **more: object) -> Standing:
    whole = Standing(
        state=state,
        outcome=Outcome.QUOTED,
        detail=None,
        approvals={},
        charge=None,
        apply=None,
        told=True,
    )
    return replace(whole, **more)  # type: ignore[arg-type]


def codes(of: Standing) -> list[str]:
    return [each.code for each in waits_for(of)]


def test_every_state_has_a_way_in_and_ends_are_ends() -> None:
    entered = {state for states in TRANSITIONS.values() for state in states}

    assert entered | {S.REQUESTED} == set(S)
    assert {state for state, to in TRANSITIONS.items() if not to} == {
        S.DECLINED,
        S.EXPIRED,
        S.STALE,
        S.CLOSED,
        S.CONFIRMED,
    }


def test_a_quote_goes_from_request_to_confirmation_step_by_step() -> None:
    path = [S.REQUESTED, S.QUOTED, S.ACCEPTED, S.CHARGED, S.APPLIED, S.CONFIRMED]

    for before, after in pairwise(path):
        assert moved(before, after) is after


@pytest.mark.parametrize(
    ("before", "after"),
    [(S.QUOTED, S.CHARGED), (S.CHARGED, S.EXPIRED), (S.STALE, S.ACCEPTED)],
)
def test_no_step_is_left_out_and_what_is_charged_goes_on(
    before: QuoteState, after: QuoteState
) -> None:
    with pytest.raises(QuoteRefuses):
        moved(before, after)


@pytest.mark.parametrize(
    ("state", "charge", "apply", "possible"),
    [
        (S.REQUESTED, None, None, True),
        (S.QUOTED, None, None, True),
        (S.ACCEPTED, ChargeState.FAILED, None, True),
        (S.ACCEPTED, ChargeState.BY_HAND, None, True),
        (S.ACCEPTED, ChargeState.PENDING, None, False),
        (S.ACCEPTED, ChargeState.UNCERTAIN, None, False),
        (S.CHARGED, ChargeState.NOTHING, ApplyState.SCHEDULED, True),
        (S.CHARGED, ChargeState.NOTHING, ApplyState.PENDING, False),
        (S.CHARGED, ChargeState.PAID, ApplyState.FAILED, False),
        (S.CONFIRMED, ChargeState.PAID, ApplyState.DONE, False),
        (S.EXPIRED, None, None, False),
    ],
)
def test_a_no_counts_while_no_money_can_have_moved(
    state: QuoteState, charge: ChargeState | None, apply: ApplyState | None, possible: bool
) -> None:
    if possible:
        may_decline(state, charge, apply)
        return
    with pytest.raises(QuoteRefuses):
        may_decline(state, charge, apply)


def test_no_no_comes_after_a_credit_was_given() -> None:
    waits = (S.CHARGED, ChargeState.NOTHING, ApplyState.SCHEDULED)
    may_decline(*waits, DUE)
    with pytest.raises(QuoteRefuses):
        may_decline(*waits, CreditState.GIVEN)


def test_a_refusal_says_from_where_it_would_be_possible() -> None:
    with pytest.raises(QuoteRefuses, match="becomes accepted from quoted only") as refused:
        moved(S.EXPIRED, S.ACCEPTED)

    assert refused.value.facts == {"state": "expired", "allowed_states": ["quoted"]}


def test_where_a_request_stands_once_it_is_reckoned() -> None:
    in_writing = account("1-5 at 399.95", cap_in_writing=True)

    assert state_of_new(quoted(account(), 15)) is S.QUOTED
    assert state_of_new(quoted(in_writing, 60)) is S.REQUESTED  # an approval
    assert state_of_new(quoted(account(contract_known=False), 15)) is S.REQUESTED
    assert state_of_new(quoted(account(pricing="core"), 60)) is S.REQUESTED
    assert state_of_new(quoted(account(), 10)) is S.CLOSED
    assert state_of_new(quoted(account(), 0)) is S.CLOSED


def test_what_differs_since_the_quote_is_named() -> None:
    before = account(contract=contract())

    assert inputs_changed(before, before) == ()
    assert inputs_changed(before, replace(before, price=usd("1.00"))) == ("price",)
    assert inputs_changed(before, account("1-15 at 349.95")) == ("band", "contract")
    assert inputs_changed(before, replace(before, next_billing_on=date(2027, 2, 1))) == (
        "next_billing_on",
    )
    assert inputs_changed(before, replace(before, site=Site("db-8", "site-42"))) == ("site",)
    assert inputs_changed(before, replace(before, courtesy_users=1)) == ()


def test_the_next_bills_day_ends_a_quote() -> None:
    assert not is_past_its_cycle(account(), date(2026, 12, 31))
    assert is_past_its_cycle(account(), date(2027, 1, 1))
    assert not is_past_its_cycle(account(next_billing_on=None), date(2027, 1, 1))


def test_only_the_accounts_own_database_and_site_may_be_touched() -> None:
    ours = Site("db-7", "site-42")

    same_site(ours, Site("db-7", "site-42"))
    with pytest.raises(SiteMismatch, match="not the account's database") as wrong:
        same_site(ours, Site("db-8", "site-42"))
    assert wrong.value.pointer == "/database"
    with pytest.raises(SiteMismatch, match="not the account's site id") as wrong:
        same_site(ours, Site("db-7", "site-43"))
    assert wrong.value.pointer == "/site_id"
    with pytest.raises(SiteMismatch, match="names no database"):
        same_site(None, ours)


def test_before_the_quote_a_person_reviews_or_approves() -> None:
    review = standing(S.REQUESTED, outcome=Outcome.NEEDS_REVIEW, detail="Nobody said.")
    approvals = {"credit": ApprovalState.REQUESTED, "capped_price": ApprovalState.GRANTED}

    assert [(each.code, each.detail) for each in waits_for(review)] == [
        ("needs_review", "Nobody said.")
    ]
    assert waits_for(standing(S.REQUESTED, outcome=Outcome.CUSTOM_PRICING))[0].detail == ""
    assert [each.detail for each in waits_for(standing(S.REQUESTED, approvals=approvals))] == [
        "credit waits for its approval."
    ]


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (standing(S.QUOTED), []),
        (standing(S.QUOTED, told=False), ["tell_costs"]),
        (standing(S.ACCEPTED, charge=ChargeState.PENDING), []),
        (standing(S.ACCEPTED, charge=ChargeState.BY_HAND), ["charge_by_hand"]),
        (standing(S.ACCEPTED, charge=ChargeState.FAILED), ["charge_failed"]),
        (standing(S.ACCEPTED, charge=ChargeState.UNCERTAIN), ["charge_uncertain"]),
        (standing(S.CHARGED, apply=ApplyState.SCHEDULED), []),
        (standing(S.CHARGED, apply=ApplyState.PENDING, told=False), []),
        (standing(S.CHARGED, apply=ApplyState.BY_HAND), ["apply_by_hand"]),
        (standing(S.CHARGED, apply=ApplyState.FAILED), ["apply_failed"]),
        (standing(S.APPLIED, apply=ApplyState.DONE), []),
        (standing(S.APPLIED, apply=ApplyState.DONE, told=False), ["tell_recap"]),
        (standing(S.CHARGED, apply=ApplyState.SCHEDULED, credit=DUE), ["credit_by_hand"]),
        (standing(S.CHARGED, apply=ApplyState.FAILED, credit=DUE), ["apply_failed"]),
        (standing(S.APPLIED, told=False, credit=DUE), ["credit_by_hand"]),
        (standing(S.APPLIED, told=False, credit=CreditState.GIVEN), ["tell_recap"]),
        (standing(S.CONFIRMED, told=False), []),
        (standing(S.DECLINED, told=False), []),
    ],
)
def test_what_waits_for_a_person(of: Standing, expected: list[str]) -> None:
    assert codes(of) == expected


def test_a_failure_says_why() -> None:
    failed = standing(S.CHARGED, apply=ApplyState.FAILED, why="Another site answered.")

    assert waits_for(failed)[0].detail == "Charged, and not applied. Another site answered."
