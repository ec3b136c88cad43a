"""The space of requests for users: anything, each case of the policy, each fault of a card."""

from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Final

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
from app.domain.tiers.outcome import Case

MONTH = BillingPeriod.MONTH

Request = tuple[Account, Asked]

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


MORE = st.integers(0, 30_000)
BESIDE = st.sampled_from([-1, 0, 1]) | st.integers(-500, 500)

ON_CARD: Final = {
    Case.UP_IN_CONTRACT,
    Case.UP_OLD_PRICING,
    Case.SINGLE_USER,
    Case.DOWN_IN_CONTRACT,
}
ONLY: Final = {
    Case.SINGLE_USER: Exceptions(single_user="one only"),
    Case.UP_OLD_PRICING: Exceptions(old_pricing="just rolled off"),
    Case.SAME_BAND: Exceptions(courtesy=Courtesy("roster_only", "a broker's entry")),
}
EXCEPTIONS = st.one_of(
    st.just(ONLY[Case.SINGLE_USER]),
    st.just(ONLY[Case.UP_OLD_PRICING]),
    st.builds(
        Exceptions,
        credit=st.none() | st.builds(Credit, MONEY, st.just("an outage")),
        waive_prorated=st.none() | st.just("angry"),
        courtesy=st.none()
        | st.builds(Courtesy, st.sampled_from(["roster_only", "x"]), st.just("so")),
    ),
)


@st.composite
def anything(draw: st.DrawFn) -> Request:
    """Accounts sound and unsound, whatever comes of them."""
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


def month_after(on: date) -> date:
    return (on.replace(day=1) + timedelta(days=31)).replace(day=min(on.day, 28))


@st.composite
def aimed(draw: st.DrawFn) -> Request:
    """Sound accounts that ask for what the policy prices, its rare cases as often as any other."""
    on, case = draw(DAYS), draw(st.sampled_from(list(Case)))
    account = replace(draw(accounts(on, sound=True)), idx_only=False)
    if draw(st.booleans()):  # the first day of a cycle: all of it is still to come
        account = replace(account, next_billing_on=month_after(on))
    if case in ON_CARD:
        account, users = _on_card(draw, account, case, on)
    elif case is Case.SAME_BAND:
        users = draw(st.integers(account.band.first, account.band.last))
    else:
        account, users = _by_blocks(draw, replace(account, contract=None), case)
    return account, Asked(users, on, ONLY.get(case, Exceptions()), draw(st.booleans()))


def _on_card(draw: st.DrawFn, account: Account, case: Case, on: date) -> tuple[Account, int]:
    """On the lowest row of a card, or on its highest where fewer are asked for."""
    card = draw(cards(sound=True))
    if case is Case.SINGLE_USER:
        card = (card[0], _next_row(card[0], draw(st.integers(15, 30)), draw(MORE)))
    elif len(card) == 1:
        card = (card[0], _next_row(card[0], draw(st.integers(1, 30)), draw(MORE)))
    made = 13 if case is Case.UP_OLD_PRICING else draw(st.integers(1, 11))
    paid_on = on - timedelta(days=draw(st.integers(0, 40)))
    has = card[-1] if case is Case.DOWN_IN_CONTRACT else card[0]
    contract = Contract(12, made, paid_on, card)
    pays = has.price
    if draw(st.booleans()):  # more or less than their card says: no rule may carry that over
        near = draw(st.sampled_from(card)).price.minor + draw(BESIDE)
        pays = Money.from_minor(max(1, near), "USD")
    account = replace(account, contract=contract, band=has.band, price=pays)
    if case is Case.SINGLE_USER:
        return account, has.band.last + 1
    if case is Case.DOWN_IN_CONTRACT:
        return account, draw(st.integers(1, has.band.first - 1))
    return account, draw(st.integers(has.band.last + 1, card[-1].band.last))


def _next_row(row: CardRow, width: int, more: int) -> CardRow:
    band = Band(row.band.last + 1, row.band.last + width)
    return CardRow(band, Money.from_minor(row.price.minor + more, row.price.currency))


def _by_blocks(draw: st.DrawFn, account: Account, case: Case) -> tuple[Account, int]:
    """Out of contract, with a present price and a band from which the case can be reached."""
    if case in {Case.DOWN, Case.DOWN_TO_FLOOR}:
        low, high = (140_000, 300_000) if case is Case.DOWN else (70_000, 90_000)
        price = Money.from_minor(draw(st.integers(low, high)), "USD")
        first = draw(st.integers(6, 45))
        band = Band(first, first + draw(st.integers(4, 24)))
        fewest = max(1, band.first - 10) if case is Case.DOWN else 1
        most = band.first - 1
        return replace(account, band=band, price=price), draw(st.integers(fewest, most))
    if case is Case.UP_CAPPED:
        used = draw(st.integers(6, 9))
        account = replace(account, pricing="legacy", cap_offered_in_writing=True, bands_used=used)
        ninth = account.band.last + (9 - used) * 5
        return account, draw(st.integers(ninth + 1, max(ninth + 1, 200)))
    idx_only = draw(st.booleans())
    pricing = account.pricing if idx_only else "legacy"  # the others stop at 45 users
    account = replace(account, pricing=pricing, idx_only=idx_only, cap_offered_in_writing=False)
    return account, account.band.last + draw(st.integers(1, 40))


class Flaw(StrEnum):
    """What one thing is wrong with a card, or with an account on it."""

    OVERLAP = "overlap"
    GAP = "gap"
    FALLS = "falls"
    STRADDLES = "straddles"
    CONTRADICTS = "contradicts"


@st.composite
def flawed(draw: st.DrawFn) -> list[Request]:
    """One card with every fault, each by a user or a cent and by a few; upwards and downwards.

    All of them in each example: drawn one at a time, examples repeat the same few.
    """
    on, dice = draw(DAYS), draw(st.randoms(use_true_random=True))
    account = replace(draw(accounts(on, sound=True)), idx_only=False)
    card = [CardRow(Band(1, dice.randint(4, 25)), Money.of("400.00", "USD"))]
    for _ in range(dice.randint(1, 3)):
        card.append(_next_row(card[-1], dice.randint(4, 25), dice.randint(0, 30_000)))
    return [
        _by_flawed_card(dice, account, on, list(card), (flaw, slip, rises))
        for flaw in Flaw
        for slip in (1, 2, 3)
        for rises in (True, False)
        if not (rises and flaw is Flaw.STRADDLES)
    ]


def _by_flawed_card(
    dice: Random, account: Account, on: date, card: list[CardRow], how: tuple[Flaw, int, bool]
) -> Request:
    flaw, slip, rises = how
    band = (card[0] if rises else card[-1]).band
    asked_for = dice.choice(card[1:] if rises else card[:-1])
    prices = [row.price for row in card]
    price = min(prices) if rises else max(prices)  # so that no comparison of prices refuses
    if flaw is Flaw.STRADDLES:  # the present band begins within the row that is asked for
        asked_for = card[-2]
        band = Band(asked_for.band.last + 1 - slip, band.last)
    elif flaw is Flaw.CONTRADICTS:  # more users would cost less, or fewer more
        off = slip if rises else -slip
        price = Money.from_minor(asked_for.price.minor + off, price.currency)
    else:
        at = dice.randrange(1, len(card))
        card[at] = _with_flaw(card[at - 1], card[at], flaw, slip)
        price = min(price, card[at].price) if rises else price
    wants = asked_for.band
    low, high = (band.last + 1, wants.last) if rises else (wants.first, band.first - 1)
    users = dice.randint(max(low, wants.first), min(high, wants.last))
    rolled_off = rises and dice.random() < 0.5
    contract = Contract(12, 13 if rolled_off else dice.randint(1, 11), on, tuple(card))
    account = replace(account, band=band, price=price, contract=contract)
    case = Case.UP_OLD_PRICING if rolled_off else Case.UP_IN_CONTRACT
    return account, Asked(users, on, ONLY.get(case, Exceptions()))


def _with_flaw(lower: CardRow, row: CardRow, flaw: Flaw, slip: int) -> CardRow:
    band, price = row.band, row.price
    if flaw is Flaw.FALLS:
        return CardRow(band, Money.from_minor(lower.price.minor - slip, price.currency))
    first = lower.band.last + 1 + (slip if flaw is Flaw.GAP else -slip)
    return CardRow(Band(first, band.last), price)


def requests() -> st.SearchStrategy[Request]:
    """Every second one aims at a case, or the rare ones would hardly ever come."""
    return aimed() | anything()
