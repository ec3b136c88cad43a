"""The procedure's own questions, one test each, with the answer that it gives."""

from datetime import date

import pytest

from app.domain.tiers.account import Contract, Courtesy, Credit, Exceptions, Site
from app.domain.tiers.flow import SiteMismatch, same_site
from app.domain.tiers.outcome import Approval, Case, Outcome
from tests.tiers import OLD_CARD, account, card, contract, quoted, said, usd

ENDED = contract(12, 12, date(2026, 6, 1))


def test_what_if_a_client_is_out_of_contract_and_stays_at_their_user_tier() -> None:
    # Nope! They can stay at that same price level indefinitely.
    found = quoted(account("11-25 at 179.95", contract=ENDED), 25, date(2026, 12, 6))

    assert found.outcome is Outcome.UNCHANGED
    assert found.to_price == usd("179.95")


def test_does_an_upgrade_out_of_contract_start_from_the_existing_price() -> None:
    # It does not require them to match the current base price first.
    found = quoted(account("1-5 at 99.95", contract=ENDED), 6)

    assert said(found) == "6-10 Users at 199.95"


def test_can_a_client_go_below_the_base_five_users() -> None:
    # No: 399.95 on older pricing, 499.95 for Core, 699.95 for Growth.
    assert said(quoted(account("1-5 at 399.95"), 1)) == "unchanged: same_band"
    assert said(quoted(account("6-10 at 399.95"), 5)) == "refused: at_floor"
    assert said(quoted(account("6-10 at 499.95", pricing="core"), 5)) == "refused: at_floor"
    assert said(quoted(account("6-10 at 699.95", pricing="growth"), 5)) == "refused: at_floor"


def test_is_there_a_cap_on_current_pricing() -> None:
    # No; beyond 45 users Growth goes to its success manager, Core to the sales lead.
    assert quoted(account(pricing="growth"), 46).goes_to == "the client's success manager"
    assert quoted(account(pricing="core"), 46).goes_to == "the sales lead"
    assert quoted(account(pricing="core"), 45).outcome is Outcome.QUOTED


def test_core_and_growth_have_the_standard_blocks_unless_they_are_idx_only() -> None:
    # "Should always have standard $100 per 5 users pricing unless IDX Only"; then nobody is routed.
    for pricing in ("core", "growth"):
        standard = account("6-10 at 799.95", pricing=pricing)
        idx_only = account("26-50 at 799.95", pricing=pricing, idx_only=True)

        assert said(quoted(standard, 11)) == "11-15 Users at 899.95"
        assert said(quoted(idx_only, 51)) == "51-75 Users at 899.95"


def test_is_there_a_cap_on_old_pricing() -> None:
    # Only if it was offered before, in writing, and a team lead confirms.
    offered = quoted(account("1-5 at 399.95", cap_in_writing=True), 120)
    never = quoted(account("1-5 at 399.95"), 120)

    assert said(offered) == "46-200 Users at 1299.95"
    assert offered.approvals == (Approval.CAPPED_PRICE,)
    assert said(never) == "116-120 Users at 2699.95"


def test_what_is_the_cap_of_a_client_who_upgraded_to_a_wide_band() -> None:
    # Started at 349.95 for 1-10, later 499.95 for 11-25: 1,299.95.
    of = account("11-25 at 499.95", started="1-10 at 349.95", bands_used=2, cap_in_writing=True)

    assert said(quoted(of, 150)) == "61-200 Users at 1299.95"


def test_what_is_the_cap_of_a_client_who_started_higher() -> None:
    # Started at 499.95 for 1-5: 1,399.95.
    of = account("1-5 at 499.95", started="1-5 at 499.95", cap_in_writing=True)

    assert said(quoted(of, 150)) == "46-200 Users at 1399.95"


def test_what_is_the_cap_of_a_client_who_started_wide_and_never_upgraded() -> None:
    # Started at 499.95 for 1-25: 1,399.95 for 66-200.
    of = account("1-25 at 499.95", started="1-25 at 499.95", cap_in_writing=True)

    assert said(quoted(of, 150)) == "66-200 Users at 1399.95"


def test_how_do_user_tiers_work_for_parent_and_child_sites() -> None:
    # Another article says so; here a person looks.
    for relation in ("parent", "child"):
        of = account(site_relation=relation)
        assert said(quoted(of, 15)) == "needs_review: site_relation"


def test_what_if_a_client_only_wants_one_extra_user() -> None:
    # The standard block; a team lead may make an exception in contract before a wide step.
    alone = Exceptions(single_user="only one agent joins")
    wide = quoted(account(contract=contract()), 11, exceptions=alone)

    assert said(quoted(account(), 11)) == "11-15 Users at 449.95"
    assert said(quoted(account(), 11, exceptions=alone)) == "refused: single_user_not_open"
    assert wide.approvals == (Approval.SINGLE_USER,)
    assert (wide.to_price, wide.limit) == (usd("349.95"), 11)


def test_one_extra_user_is_an_exception_only_before_a_step_of_15_or_more() -> None:
    alone = Exceptions(single_user="only one agent joins")
    by_14 = contract(rows=card("1-10 at 349.95", "11-24 at 499.95"))
    by_15 = contract(rows=card("1-10 at 349.95", "11-25 at 499.95"))

    refused = quoted(account(contract=by_14), 11, exceptions=alone)
    open_ = quoted(account(contract=by_15), 11, exceptions=alone)

    assert said(refused) == "refused: single_user_not_open"
    assert open_.approvals == (Approval.SINGLE_USER,)


def test_what_about_partner_platform_users() -> None:
    # Their standard user takes a place; a courtesy user makes up for it.
    partner = Exceptions(courtesy=Courtesy("partner_platform", "a coaching platform (sample)"))
    found = quoted(account(), 10, exceptions=partner)

    assert (found.to_price, found.limit, found.prorated) == (usd("349.95"), 11, None)


def test_what_is_a_roster_only_or_display_only_user() -> None:
    for why in ("roster_only", "display_only"):
        entry = Exceptions(courtesy=Courtesy(why, "shown on the roster"))
        assert quoted(account(), 10, exceptions=entry).limit == 11


def test_what_if_an_increase_is_asked_for_just_after_fulfilling_the_contract() -> None:
    # Final payment on 1 December, asked on the 6th: fine. Later: current pricing.
    of = account(contract=contract(12, 12, date(2026, 12, 1)))
    later = account(contract=contract(12, 12, date(2026, 12, 1)), next_billing_on=date(2027, 2, 1))

    assert said(quoted(of, 25, date(2026, 12, 6))) == "11-25 Users at 499.95"
    assert said(quoted(later, 25, date(2027, 1, 1))) == "21-25 Users at 649.95"


def test_out_of_contract_1_to_10_at_349_wants_25_as_the_contract_listed() -> None:
    # 21-25 total users would be 649.95; the contract's 499.95 can no longer be matched.
    found = quoted(account("1-10 at 349.95", contract=ENDED), 25)

    assert said(found) == "21-25 Users at 649.95"
    assert found.case is Case.UP


def test_out_of_contract_11_to_25_at_499_wants_the_next_tier() -> None:
    assert said(quoted(account("11-25 at 499.95", contract=ENDED), 26)) == "26-30 Users at 599.95"


def test_out_of_contract_11_to_25_at_499_decreases_to_10() -> None:
    # 100 per every 5 users removed, but not below 399.95.
    assert said(quoted(account("11-25 at 499.95", contract=ENDED), 10)) == "6-10 Users at 399.95"


def test_a_legacy_client_at_179_wants_back_to_99() -> None:
    # They stay at their current rate; we are unable to lower them further.
    of = account("11-25 at 179.95", contract=ENDED, started="1-10 at 99.95")

    assert said(quoted(of, 10)) == "refused: below_floor"


def test_a_second_site_that_started_at_a_discount_goes_back_to_it() -> None:
    of = account("6-10 at 459.95", started="1-5 at 359.95", discounted=True)

    assert said(quoted(of, 5)) == "1-5 Users at 359.95"


def test_what_if_a_client_is_angry_about_a_price_difference() -> None:
    # Referral discounts, inactive users, staying; even waiving the prorated charge.
    waived = Exceptions(waive_prorated="angry, long with us")
    found = quoted(account(), 15, exceptions=waived, unhappy=True)

    assert len(found.alternatives) == 3
    assert (found.prorated, found.to_price) == (None, usd("449.95"))


def test_what_if_an_angry_client_threatens_to_cancel() -> None:
    # A credit is for the team lead.
    credit = Exceptions(credit=Credit(usd("100.00"), "threatens to cancel"))

    assert quoted(account(), 15, exceptions=credit).approvals == (Approval.CREDIT,)


def test_can_an_old_client_move_to_new_pricing_while_in_contract() -> None:
    # No longer applicable, so nobody guesses.
    of = account(contract=contract())

    assert said(quoted(of, 15, current_pricing=True)) == "needs_review: current_pricing"


def test_a_client_just_rolling_off_may_get_the_old_step() -> None:
    # "The only time we may decide to flex": with the team lead.
    rolled = Exceptions(old_pricing="missed it by a week")
    found = quoted(account(contract=ENDED), 25, exceptions=rolled)

    assert said(found) == "11-25 Users at 499.95"
    assert found.approvals == (Approval.OLD_PRICING,)


def test_in_contract_the_rates_are_those_of_the_contract() -> None:
    of = account(contract=Contract(24, 7, date(2026, 12, 1), OLD_CARD))

    assert said(quoted(of, 25)) == "11-25 Users at 499.95"


def test_idx_only_accounts_pay_a_hundred_for_every_twenty_five() -> None:
    assert said(quoted(account("1-25 at 200.00", idx_only=True), 26)) == "26-50 Users at 300.00"


def test_only_the_difference_is_prorated() -> None:
    # From 399.95 to 499.95 the prorated spend is a portion of 100.
    found = quoted(account("1-5 at 399.95"), 6, date(2026, 12, 17))

    assert found.prorated is not None
    assert found.prorated.money == usd("48.39")  # 100 x 15 / 31


def test_a_decrease_is_not_credited() -> None:
    found = quoted(account("6-10 at 599.95"), 5)

    assert (found.to_price, found.prorated) == (usd("499.95"), None)


def test_within_a_few_days_of_the_next_bill_nothing_is_prorated() -> None:
    assert quoted(account(), 11, date(2026, 12, 29)).prorated is None
    assert quoted(account(), 11, date(2026, 12, 28)).prorated is not None


def test_the_wrong_database_or_site_is_never_changed() -> None:
    # "ALWAYS log into the correct database! Double-check that you're on the correct DB and site!!"
    of = account().site

    same_site(of, Site("db-7", "site-42"))
    for found in (Site("db-8", "site-42"), Site("db-7", "site-43")):
        with pytest.raises(SiteMismatch):
            same_site(of, found)


def test_the_usual_numbering_is_21_to_25_not_1_to_25() -> None:
    of = account(
        "1-20 at 500.00", contract=contract(rows=card("1-20 at 500.00", "21-25 at 600.00"))
    )

    assert quoted(of, 25).description == "21-25 Users"
    assert quoted(account(), 25).description == "21-25 Users"
