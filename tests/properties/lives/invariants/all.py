"""Every invariant of an upgrade, as checks of what a life has left so far."""

from tests.properties.lives.invariants.agreements import (
    i7_a_second_agreement_waits,
    i7_one_agreement_makes_one_plan,
    i11_only_a_rise_is_an_upgrade,
)
from tests.properties.lives.invariants.bills import i4_each_day_is_billed_once
from tests.properties.lives.invariants.dates import (
    i1_a_live_date_is_a_monday,
    i2_a_live_date_is_in_the_future_when_it_is_set,
    i3_nothing_is_carried_out_outside_its_window,
    i3_the_automation_is_asked_in_the_window,
)
from tests.properties.lives.invariants.effects import (
    i8_a_moment_is_told_once,
    i8_each_outside_effect_happens_once,
    i8_what_counts_as_done_has_happened,
    i8_who_lost_a_delivery_writes_nothing_on_it,
)
from tests.properties.lives.invariants.followers import (
    i10_a_cancelled_plan_leaves_nothing_behind,
    i10_a_held_plan_sends_nothing,
    i10_a_letter_names_the_date_that_holds,
    i10_everything_follows_the_live_date,
    i10_only_what_is_awaited_is_reminded_of,
)
from tests.properties.lives.invariants.mails import (
    i5_no_client_email_leaves_at_or_after_the_live_instant,
    i6_a_plan_goes_live_by_itself_only_when_it_is_ready,
    i6_the_complete_email_leaves_once_with_nothing_in_its_way,
)
from tests.properties.lives.invariants.trail import i9_every_change_is_in_the_trail
from tests.properties.lives.life import Check

INVARIANTS: tuple[Check, ...] = (
    i1_a_live_date_is_a_monday,
    i2_a_live_date_is_in_the_future_when_it_is_set,
    i3_nothing_is_carried_out_outside_its_window,
    i3_the_automation_is_asked_in_the_window,
    i4_each_day_is_billed_once,
    i5_no_client_email_leaves_at_or_after_the_live_instant,
    i6_the_complete_email_leaves_once_with_nothing_in_its_way,
    i6_a_plan_goes_live_by_itself_only_when_it_is_ready,
    i7_one_agreement_makes_one_plan,
    i7_a_second_agreement_waits,
    i8_each_outside_effect_happens_once,
    i8_a_moment_is_told_once,
    i8_what_counts_as_done_has_happened,
    i8_who_lost_a_delivery_writes_nothing_on_it,
    i9_every_change_is_in_the_trail,
    i10_a_cancelled_plan_leaves_nothing_behind,
    i10_a_held_plan_sends_nothing,
    i10_everything_follows_the_live_date,
    i10_only_what_is_awaited_is_reminded_of,
    i10_a_letter_names_the_date_that_holds,
    i11_only_a_rise_is_an_upgrade,
)
