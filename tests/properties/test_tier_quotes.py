"""The whole space of requests: whatever is asked, the quote keeps the law."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from app.domain.money import Money
from app.domain.period import BillingPeriod
from app.domain.tiers.account import (
    Account,
    Asked,
    Band,
    CardRow,
    Contract,
    Courtesy,
    Credit,
    Exceptions,
    Started,
)
from app.domain.tiers.charge import due_after_yes, prorated_difference
from app.domain.tiers.documents import quote_as_json
from app.domain.tiers.flow import ChargeState
from app.domain.tiers.outcome import Case, Outcome, Quote
from app.domain.tiers.policy import BlockPricing
from app.domain.tiers.quote import quote
from tests.tiers import policy

TIERS = policy()
MONTH = BillingPeriod.MONTH
DEEP = 100_000
"""Examples of one property under `--hypothesis-profile deep`; 500 in every run of the tests."""

DEEPLY = settings.get_current_profile_name() == "deep"
thoroughly = settings(max_examples=DEEP if DEEPLY else 500, deadline=None)

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
MINOR = st.integers(40_000, 300_000) | st.integers(0, 200_000)
MONEY = MINOR.map(lambda minor: Money.from_minor(minor, "USD"))
BANDS = st.builds(
    lambda first, width: Band(first, first + width), st.integers(1, 200), st.integers(0, 30)
)
STARTS = st.builds(Started, BANDS, st.just(Money.of("359.95", "USD")), st.booleans())
MOSTLY = st.sampled_from([True] * 7 + [False])
"""Most accounts are sound, or hardly any would ever be priced."""


@st.composite
def cards(draw: st.DrawFn, *, sound: bool) -> tuple[CardRow, ...]:
    """From the first user on, without gap, never cheaper; unless it is not to be sound."""
    rows, last, minor = [], 0, draw(st.integers(1, 60_000))
    for _ in range(draw(st.integers(1 if sound else 0, 4))):
        first = last + (1 if sound else draw(st.integers(0, 2)))
        last = first + draw(st.sampled_from([0, 4, 14, 24]) | st.integers(0, 29))
        rows.append(CardRow(Band(first, last), Money.from_minor(minor, "USD")))
        minor += draw(st.integers(0 if sound else -10, 30_000))
    return tuple(rows)


@st.composite
def contracts(draw: st.DrawFn, on: date, *, sound: bool) -> Contract | None:
    if draw(st.booleans()):
        return None
    if sound or draw(MOSTLY):
        made = draw(st.sampled_from([6, 12, 12, 13, 13]))
        paid_on = on - timedelta(days=draw(st.integers(0, 40)))
        return Contract(12, made, paid_on, draw(cards(sound=True)))
    return Contract(
        payments_due=draw(st.none() | st.integers(0, 36)),
        payments_made=draw(st.none() | st.integers(0, 40)),
        last_payment_on=draw(st.none() | DAYS),
        rate_card=draw(st.none() | cards(sound=False)),
    )


@st.composite
def accounts(draw: st.DrawFn, on: date, *, sound: bool) -> Account:
    contract = draw(contracts(on, sound=sound))
    rows = (contract.rate_card or ()) if contract else ()
    band, price = draw(BANDS), draw(MONEY)
    if rows and (sound or draw(MOSTLY)):
        row = draw(st.sampled_from([rows[-1], rows[0]]))
        band, price = row.band, row.price
    sound = sound or draw(MOSTLY)
    return Account(
        pricing=draw(st.sampled_from(["legacy", "core", "growth"])),
        band=band,
        price=price,
        billing_period=draw(st.sampled_from(list(BillingPeriod))) if not sound else MONTH,
        next_billing_on=on
        + timedelta(days=draw(st.integers(0, 28) if sound else st.integers(-1, 35))),
        contract=contract,
        contract_known=sound,
        idx_only=draw(st.sampled_from([False, False, True])),
        started=draw(STARTS if sound else st.none() | STARTS),
        bands_used=draw(st.integers(1, 9) if sound else st.none() | st.integers(0, 12)),
        cap_offered_in_writing=draw(st.booleans()),
        site_relation=None if sound else draw(st.sampled_from([None, "child"])),
        courtesy_users=draw(st.integers(0, 3)),
    )


EXCEPTIONS = st.one_of(
    st.just(Exceptions(single_user="one only")),
    st.just(Exceptions(old_pricing="just rolled off")),
    st.builds(
        Exceptions,
        credit=st.none() | st.builds(Credit, MONEY, st.just("an outage")),
        waive_prorated=st.none() | st.just("angry"),
        courtesy=st.none()
        | st.builds(Courtesy, st.sampled_from(["roster_only", "x"]), st.just("so")),
    ),
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Account, Asked]:
    on = draw(DAYS)
    # Every second request has nothing wrong with it, or hardly any would ever be priced.
    sound = draw(st.booleans())
    account = draw(accounts(on, sound=sound))
    exceptions = draw(EXCEPTIONS) if draw(st.booleans()) else Exceptions()
    near = st.integers(-40, 40).map(lambda more: account.band.last + more)
    users = draw(near if sound else near | st.integers(-2, 260) | st.sampled_from([10**4, 10**9]))
    if exceptions.single_user and (sound or draw(MOSTLY)):
        users = account.band.last + 1
    current = not sound and not draw(MOSTLY)
    return account, Asked(users, on, exceptions, draw(st.booleans()), current)


def floor_of(account: Account) -> Money:
    pricing = TIERS.pricing(account.pricing)
    assert isinstance(pricing, BlockPricing)
    started = account.started
    return started.price if started and started.discounted else pricing.floor


@thoroughly
@given(requests(), st.integers(1, 60))
def test_every_request_gets_one_answer_that_keeps_the_law(
    request: tuple[Account, Asked], more: int
) -> None:
    account, asked = request

    found = quote(TIERS, account, asked)

    assert found.steps
    assert_charged_as_previewed(found)
    assert_never_cheaper(found, quote(TIERS, account, replace(asked, users=asked.users + more)))
    if found.outcome is not Outcome.QUOTED:
        assert_no_price(found)
        return
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
    assert_charge(account, asked, found)


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
    wanted, seen = (*Outcome, *Case), set[object]()

    # Rare cases come late: it goes on until everything was seen, and gives up after 10,000.
    for start in range(20):

        @seed(start)
        @settings(max_examples=500, database=None, deadline=None, phases=[Phase.generate])
        @given(requests())
        def look(request: tuple[Account, Asked]) -> None:
            found = quote(TIERS, *request)
            seen.add(found.outcome)
            seen.add(found.case)

        look()
        if seen >= set(wanted):
            break

    missing: Sequence[object] = [one for one in wanted if one not in seen]
    assert not missing
