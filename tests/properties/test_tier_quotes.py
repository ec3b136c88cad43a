"""The whole space of requests: whatever is asked, the quote keeps the law."""

import json
from collections import Counter
from dataclasses import replace

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from app.domain.money import Money
from app.domain.tiers.account import Account, Asked
from app.domain.tiers.charge import due_after_yes, prorated_difference
from app.domain.tiers.documents import quote_as_json
from app.domain.tiers.flow import ChargeState
from app.domain.tiers.outcome import Case, Outcome, Quote
from app.domain.tiers.policy import BlockPricing
from app.domain.tiers.quote import quote
from tests.tier_space import ON_CARD, Request, flawed, requests
from tests.tiers import policy

TIERS = policy()
DEEP = 100_000
"""Examples of one property under `--hypothesis-profile deep`; 500 in every run of the tests."""

DEEPLY = settings.get_current_profile_name() == "deep"
thoroughly = settings(max_examples=DEEP if DEEPLY else 500, deadline=None)


def floor_of(account: Account) -> Money:
    pricing = TIERS.pricing(account.pricing)
    assert isinstance(pricing, BlockPricing)
    started = account.started
    return started.price if started and started.discounted else pricing.floor


@thoroughly
@given(requests(), st.integers(1, 60))
def test_every_request_gets_one_answer_that_keeps_the_law(request: Request, more: int) -> None:
    account, asked = request

    found = assert_lawful(account, asked)

    assert_never_cheaper(found, quote(TIERS, account, replace(asked, users=asked.users + more)))


@settings(max_examples=DEEP // 10 if DEEPLY else 100, deadline=None)  # of 27 requests each
@given(flawed())
def test_a_card_with_one_fault_prices_nothing_against_the_law(requests: list[Request]) -> None:
    for account, asked in requests:
        assert_lawful(account, asked)


def assert_lawful(account: Account, asked: Asked) -> Quote:
    """Reckon a request, and hold the law against what comes of it."""
    found = quote(TIERS, account, asked)
    assert found.steps
    assert_charged_as_previewed(found)
    if found.outcome is not Outcome.QUOTED:
        assert_no_price(found)
        return found
    assert found.to_band is not None
    assert found.to_price is not None
    assert found.limit is not None
    assert found.limit >= max(asked.users, found.to_band.last)
    assert found.to_price.minor > 0
    if found.case is Case.SAME_BAND or found.case is Case.SINGLE_USER:
        assert (found.to_band, found.to_price) == (account.band, account.price)
        assert found.prorated is None
    else:
        assert asked.users in found.to_band
    assert_direction(account, asked, found)
    assert_card(account, asked, found)
    assert_charge(account, asked, found)
    return found


def assert_charged_as_previewed(found: Quote) -> None:
    """What the client is shown is what the yes sends to be charged, to the cent and no more."""
    kept = json.loads(json.dumps(quote_as_json(found)))  # as the row has it by then
    for by_card in (True, False):
        due = due_after_yes(kept, by_card=by_card)
        assert due.money == (found.prorated.money if found.prorated else None)
        assert (due.state is ChargeState.WAIVED) == (found.waived is not None)
        assert (due.state is ChargeState.PENDING) == (by_card and found.prorated is not None)


def assert_never_cheaper(lower: Quote, upper: Quote) -> None:
    """More users never cost less within a case."""
    if lower.case is upper.case and lower.to_price is not None and upper.to_price is not None:
        assert upper.to_price >= lower.to_price


def assert_no_price(found: Quote) -> None:
    assert found.reason
    assert found.detail
    assert (found.prorated, found.waived, found.approvals) == (None, None, ())
    if found.outcome is Outcome.UNCHANGED:
        assert (found.to_band, found.to_price) == (found.from_band, found.from_price)
    else:
        assert (found.to_band, found.to_price) == (None, None)


def assert_direction(account: Account, asked: Asked, found: Quote) -> None:
    """Never down on a rise, never up on a decrease, never under the floor by blocks."""
    assert found.to_price is not None
    if asked.users > account.band.last:
        assert found.to_price >= account.price
        assert found.effective_on == asked.on
    if asked.users < account.band.first:
        assert found.to_price <= account.price
        assert found.effective_on == account.next_billing_on
    if found.case in {Case.DOWN, Case.DOWN_TO_FLOOR}:
        assert found.to_price >= floor_of(account)


def assert_card(account: Account, asked: Asked, found: Quote) -> None:
    """Nothing is priced beside a card that has two answers for a number of users, or none.

    What it says is what is asked; and fewer users leave the present band.
    """
    if account.contract is None or found.case is Case.SAME_BAND:
        return
    rows = sorted(account.contract.rate_card or (), key=lambda row: row.band.first)
    held = [users for row in rows for users in range(row.band.first, row.band.last + 1)]
    assert held == list(range(held[0], held[-1] + 1))
    assert [row.price for row in rows] == sorted(row.price for row in rows)
    if found.case in ON_CARD - {Case.SINGLE_USER}:
        (row,) = [row for row in rows if asked.users in row.band]
        assert (found.to_band, found.to_price) == (row.band, row.price)
    if found.case is Case.DOWN_IN_CONTRACT:
        assert row.band.last < account.band.first


def assert_charge(account: Account, asked: Asked, found: Quote) -> None:
    """Only a rise is charged, at most its difference, and not in the days of grace."""
    assert account.next_billing_on is not None
    assert found.to_price is not None
    reckoned = found.prorated or found.waived
    difference = found.to_price - account.price
    days = (account.next_billing_on - asked.on).days
    assert (reckoned is not None) == (difference.minor > 0 and days > TIERS.grace_days)
    if reckoned is not None:
        assert 0 <= reckoned.money.minor <= difference.minor
        assert reckoned.span.length == days <= reckoned.of_days
        assert reckoned == prorated_difference(
            difference, asked.on, account.next_billing_on, account.billing_period
        )


def test_the_space_holds_every_case_and_every_outcome() -> None:
    """The properties above would say nothing of what their examples never reach."""
    seen = Counter[object]()

    @seed(1)
    @settings(max_examples=1_000, database=None, deadline=None, phases=[Phase.generate])
    @given(requests())
    def look(request: Request) -> None:
        found = quote(TIERS, *request)
        seen.update((found.outcome, found.case))

    look()

    rare = {str(one): seen[one] for one in (*Outcome, *Case) if seen[one] < 5}
    assert not rare
