"""Which adjustments an upgrade needs; the live date is Monday 7 December 2026."""

from collections.abc import Sequence
from datetime import date

import pytest

from app.domain.adjustment import (
    CARRIED_OUT,
    IRREVERSIBLE,
    AdjustmentKind,
    AdjustmentState,
    BillingMode,
    IntendedAdjustment,
    Made,
    adjustment_summary,
    adjustments_of_upgrade,
    goes_on_beside,
    is_kept,
    still_holds,
)
from app.domain.billed_service import BilledService
from app.domain.carrying_out import AdjustmentRefuses, adjustment_may
from app.domain.cutover import Preference
from app.domain.money import Money
from app.domain.movement import Package, PackageService, Service
from app.domain.period import Anchor, BillingPeriod, Days

K, S = AdjustmentKind, AdjustmentState
LIVE = date(2026, 12, 7)
WINDOW = tuple(date(2026, 12, day) for day in range(1, 7))
THURSDAYS = Anchor(3)


def aud(amount: str) -> Money:
    return Money.of(amount, "AUD")


def package(key: str, rank: int, period: str = "weekly", **prices: str) -> Package:
    services = tuple(
        PackageService(Service(name, name.replace("_", " ").title()), aud(price))
        for name, price in prices.items()
    )
    return Package(key, key.title(), rank, period, services)


SPRINT = package("sprint", 2, sms="49.00", google_business="35.00")
SCALE = package("scale", 3, sms="79.00", paid_ads="120.00")


def upgrade(
    *billed: BilledService,
    old: Package = SPRINT,
    prefer: Preference = Preference.CREDIT,
    window_days: int = 6,
    live_on: date = LIVE,
    made: Sequence[Made] = (),
    kept: Sequence[str] = (),
) -> list[IntendedAdjustment]:
    found = adjustments_of_upgrade(
        old, SCALE, billed, live_on, prefer=prefer, window_days=window_days, made=made, kept=kept
    )
    return list(found)


def in_short(adjustments: list[IntendedAdjustment]) -> list[tuple[str, str, str | None]]:
    return [(one.kind, one.service, str(one.money) if one.money else None) for one in adjustments]


def test_every_old_service_ends_and_every_new_one_starts_also_where_both_have_it() -> None:
    intended = upgrade()

    assert in_short(intended) == [
        ("cancel_service", "sms", "49.00 AUD"),
        ("cancel_service", "google_business", "35.00 AUD"),
        ("start_service", "sms", "79.00 AUD"),
        ("start_service", "paid_ads", "120.00 AUD"),
    ]
    assert {one.effective_on for one in intended} == {LIVE}
    assert {one.safe_days for one in intended} == {WINDOW}
    assert [one.reckoning for one in intended] == [None] * 4


@pytest.mark.parametrize(
    ("window_days", "follows"),
    [
        (6, "Nothing is then left over."),
        (0, "No day of the window is safe: settle it with billing by hand, or move the live date."),
    ],
)
def test_what_is_only_assumed_of_the_billing_is_said_to_be_so(
    window_days: int, follows: str
) -> None:
    # given: SMS is told of, Google Business is not
    sms = BilledService("sms", aud("49.00"), BillingPeriod.WEEK, THURSDAYS, date(2026, 12, 2))

    told, *_, assumed = (
        one for one in upgrade(sms, window_days=window_days) if one.kind is K.CANCEL_SERVICE
    )

    assert assumed.note == (
        "Nothing is known of how it is billed: assumed weekly on Mondays, paid through the eve "
        f"of the live date. {follows}"
    )
    assert "assumed" not in told.note


def test_what_the_client_buys_beside_the_old_package_is_left_alone() -> None:
    beside = BilledService(
        "website_care", aud("20.00"), BillingPeriod.WEEK, THURSDAYS, date(2026, 12, 2)
    )

    assert upgrade(beside) == upgrade()


def test_days_paid_twice_become_a_credit_beside_the_cancellation() -> None:
    # given: SMS is billed on Thursdays, so the bill of 3 December pays up to the 9th
    sms = BilledService("sms", aud("49.00"), BillingPeriod.WEEK, THURSDAYS, date(2026, 12, 2))

    cancel, credit, *_ = upgrade(sms)

    assert (cancel.kind, cancel.safe_days) == (K.CANCEL_SERVICE, WINDOW[3:])
    assert (credit.kind, credit.service, credit.money) == (K.CREDIT, "sms", aud("21.00"))
    assert (credit.effective_on, credit.safe_days) == (LIVE, WINDOW)
    assert credit.reckoning is not None
    assert credit.reckoning.sentence.startswith("3 of 7 days (7 to 9 December 2026) of Sms")
    assert cancel.note == credit.note != ""


def test_days_that_nobody_bills_become_a_charge_where_the_policy_prefers_it() -> None:
    sms = BilledService("sms", aud("49.00"), BillingPeriod.WEEK, THURSDAYS, date(2026, 12, 2))

    cancel, charge, *_ = upgrade(sms, prefer=Preference.BRIDGE)

    assert (cancel.kind, cancel.safe_days) == (K.CANCEL_SERVICE, WINDOW[:2])
    assert (charge.kind, charge.money) == (K.CHARGE, aud("28.00"))


def test_a_price_that_nobody_told_is_the_packages() -> None:
    sms = BilledService("sms", None, BillingPeriod.WEEK, THURSDAYS, date(2026, 12, 2))

    cancel, credit, *_ = upgrade(sms)

    assert cancel.money == aud("49.00")
    assert credit.money == aud("21.00")


@pytest.mark.parametrize(
    ("package_period", "money", "credit"),
    [("weekly", None, None), ("monthly", "49.00", "42.68"), ("yearly", None, None)],
)
def test_the_packages_price_counts_for_bills_of_its_own_period_only(
    package_period: str, money: str | None, credit: str | None
) -> None:
    # given: SMS is billed on the third of each month at a price that nobody told
    old = package("sprint", 2, package_period, sms="49.00")
    sms = BilledService("sms", None, BillingPeriod.MONTH, Anchor(3), date(2026, 12, 2))

    cancel, left_over, *_ = upgrade(sms, old=old)

    # then: 27 of 31 days are credited, at a price that is known or is left to a person
    assert cancel.money == (aud(money) if money else None)
    assert left_over.kind is K.CREDIT
    assert left_over.money == (aud(credit) if credit else None)
    assert left_over.reckoning is not None
    assert left_over.reckoning.days == 27


def test_a_service_given_for_nothing_stays_free() -> None:
    sms = BilledService("sms", aud("0.00"), BillingPeriod.WEEK, THURSDAYS, date(2026, 12, 2))

    cancel, *others = upgrade(sms)

    assert cancel.money == aud("0.00")
    assert "sms" not in {one.service for one in others if one.kind is K.CREDIT}


def test_days_that_come_to_nothing_are_nobodys_work() -> None:
    # given: a service for nothing, billed on Thursdays; and one at a cent a week
    free = BilledService("sms", aud("0.00"), BillingPeriod.WEEK, THURSDAYS, date(2026, 12, 9))
    nearly = BilledService(
        "google_business", aud("0.01"), BillingPeriod.WEEK, THURSDAYS, date(2026, 12, 9)
    )

    assert {one.kind for one in upgrade(free, nearly)} == {K.CANCEL_SERVICE, K.START_SERVICE}


def test_a_shorter_window_leaves_fewer_days_for_everything() -> None:
    assert {one.safe_days for one in upgrade(window_days=2)} == {WINDOW[4:]}


def test_no_window_leaves_no_day_at_all() -> None:
    assert {one.safe_days for one in upgrade(window_days=0)} == {()}


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("confirm", {S.SCHEDULED, S.DUE, S.SUBMITTED, S.FAILED, S.UNCERTAIN}),
        ("fail", {S.DUE, S.SUBMITTED, S.UNCERTAIN}),
        ("void", {S.SCHEDULED, S.DUE, S.FAILED}),
    ],
)
@pytest.mark.parametrize("state", list(AdjustmentState))
def test_an_action_is_allowed_in_its_states_and_refused_in_all_others(
    action: str, allowed: set[AdjustmentState], state: AdjustmentState
) -> None:
    if state in allowed:
        adjustment_may(action, state)
        return
    with pytest.raises(AdjustmentRefuses, match=f"'{action}'") as refused:
        adjustment_may(action, state)
    assert refused.value.facts == {"state": str(state), "allowed_states": sorted(map(str, allowed))}


@pytest.mark.parametrize("state", sorted(CARRIED_OUT))
def test_what_the_billing_system_may_hold_already_cannot_be_voided(state: AdjustmentState) -> None:
    with pytest.raises(AdjustmentRefuses):
        adjustment_may("void", state)


def test_only_the_ending_of_a_service_cannot_be_undone() -> None:
    assert {K.CANCEL_SERVICE} == IRREVERSIBLE


def test_the_billing_modes_are_those_of_the_settings() -> None:
    assert {str(mode) for mode in BillingMode} == {"manual", "hook", "api"}


def test_an_adjustment_is_named_in_a_sentence() -> None:
    assert adjustment_summary(K.CANCEL_SERVICE, "sms") == "Cancel service 'sms'"


def test_a_service_that_was_ended_for_an_earlier_date_is_bridged_up_to_the_new_one() -> None:
    # given: of which nothing is known: assumed paid through the eve of the date it was ended for
    ended = Made(K.CANCEL_SERVICE, "sms", LIVE, date(2026, 12, 2))

    intended = upgrade(live_on=date(2026, 12, 14), made=[ended])

    (bridge,) = (one for one in intended if one.service == "sms" and one.kind is K.CHARGE)
    assert str(bridge.money) == "49.00 AUD"
    assert bridge.note == (
        "The service was ended on Wednesday 2 December 2026, and goes on for the client up to the "
        "live date."
    )
    assert (K.CANCEL_SERVICE, "sms") not in {(one.kind, one.service) for one in intended}


def test_an_amount_that_was_waived_is_not_asked_for_again() -> None:
    thursdays = BilledService("sms", aud("49.00"), BillingPeriod.WEEK, THURSDAYS, date(2026, 12, 9))
    waived = Made(K.CREDIT, "sms", LIVE, None, Days(date(2026, 12, 7), date(2026, 12, 10)))

    assert [one.kind for one in upgrade(thursdays) if one.service == "sms"] == [
        K.CANCEL_SERVICE,
        K.CREDIT,
        K.START_SERVICE,
    ]
    assert [one.kind for one in upgrade(thursdays, made=[waived]) if one.service == "sms"] == [
        K.CANCEL_SERVICE,
        K.START_SERVICE,
    ]


def test_nothing_is_left_over_of_an_old_service_that_goes_on() -> None:
    thursdays = BilledService("sms", aud("49.00"), BillingPeriod.WEEK, THURSDAYS, date(2026, 12, 9))

    intended = upgrade(thursdays, kept=["sms"])

    assert in_short(intended) == [
        ("cancel_service", "google_business", "35.00 AUD"),
        ("start_service", "sms", "79.00 AUD"),
        ("start_service", "paid_ads", "120.00 AUD"),
    ]


def test_a_service_is_kept_where_its_ending_was_dropped_and_that_was_said() -> None:
    note = goes_on_beside("SMS")

    assert note == "SMS is not ended: it goes on, and is billed as before, beside the new package."
    assert is_kept("cancel_service", "voided", note)
    assert not is_kept("cancel_service", "voided", "")
    assert not is_kept("cancel_service", "due", note)
    assert not is_kept("start_service", "voided", note)


def test_a_start_holds_for_its_service_and_its_day_and_is_then_not_made_twice() -> None:
    right = Made(K.START_SERVICE, "paid_ads", LIVE, date(2026, 12, 2))
    other_day = Made(K.START_SERVICE, "paid_ads", date(2026, 12, 14), date(2026, 12, 2))
    not_taken = Made(K.START_SERVICE, "google_business", LIVE, date(2026, 12, 2))

    assert [still_holds(one, SCALE, LIVE) for one in (right, other_day, not_taken)] == [
        True,
        False,
        False,
    ]
    starts = [one.service for one in upgrade(made=[right]) if one.kind is K.START_SERVICE]
    assert starts == ["sms"]
    starts = [one.service for one in upgrade(made=[other_day]) if one.kind is K.START_SERVICE]
    assert starts == ["sms", "paid_ads"]
