"""What an account is after a change was applied."""

from dataclasses import replace
from datetime import date

from app.domain.money import Money
from app.domain.period import BillingPeriod
from app.domain.tiers.account import Account, Asked, Band, Courtesy, Exceptions
from app.domain.tiers.carried import carried
from app.domain.tiers.policy import TierPolicy
from app.domain.tiers.quote import quote
from tests.tiers import account, asked, band, contract, policy, usd


def after(of: Account, request: Asked, by: TierPolicy | None = None) -> Account:
    chosen = by or policy()
    found = quote(chosen, of, request)
    assert found.case is not None
    assert found.to_band is not None
    assert found.to_price is not None
    assert found.limit is not None
    return carried(chosen, of, found.case, found.to_band, found.to_price, found.limit)


def test_the_next_quote_starts_from_what_was_sold() -> None:
    found = after(account("1-10 at 349.95"), asked(25))

    assert (found.band, found.price) == (band("21-25"), usd("649.95"))
    assert found.bands_used == 4  # three blocks beyond the first band
    assert found.courtesy_users == 0


def test_a_step_of_a_card_is_one_band_however_wide() -> None:
    of = account("1-10 at 349.95", contract=contract())

    assert after(of, asked(25)).bands_used == 2


def test_the_capped_band_is_the_last_one() -> None:
    found = after(account("1-5 at 399.95", cap_in_writing=True), asked(60))

    assert (found.bands_used, found.band) == (10, band("46-200"))


def test_idx_only_blocks_count_as_one_each() -> None:
    assert after(account("1-25 at 300.00", idx_only=True), asked(60)).bands_used == 3


def test_after_a_decrease_nobody_knows_how_many_bands_were_used() -> None:
    found = after(account("21-25 at 799.95", bands_used=5), asked(20))

    assert (found.band, found.bands_used) == (band("16-20"), None)


def test_free_users_are_counted_beside_the_band() -> None:
    free = Exceptions(courtesy=Courtesy("roster_only", "a name"))
    alone = Exceptions(single_user="only one")
    has_one = replace(account(), courtesy_users=1)

    assert after(has_one, asked(10, exceptions=free)).courtesy_users == 2
    assert after(has_one, asked(10, exceptions=free)).bands_used == 1
    one_more = after(replace(has_one, contract=contract()), asked(11, exceptions=alone))
    assert (one_more.band, one_more.courtesy_users) == (band("1-10"), 2)


def test_what_was_unknown_stays_unknown() -> None:
    assert after(account(bands_used=None), asked(15)).bands_used is None


def test_seats_know_no_blocks() -> None:
    of = Account(
        pricing="standard",
        band=Band(5, 5),
        price=Money.of("100.00", "EUR"),
        billing_period=BillingPeriod.MONTH,
        next_billing_on=date(2027, 1, 1),
        bands_used=1,
    )

    assert after(of, asked(12), policy("seats")).bands_used == 2
