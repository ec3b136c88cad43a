"""The catalog as shipped: the procedure's own figures, roles, names and dates."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.check import check, describe
from app.catalog.loader import load_catalog
from app.domain.calendar import spoken
from app.domain.cutover import Preference
from app.domain.money import Money
from app.domain.movement import Movement
from app.domain.playbook.effect import ChatEffect
from app.domain.playbook.model import Blocks
from app.domain.playbook.moment import OF_RUNS, OF_STEPS, Moment
from app.domain.playbook.reminder import Awaited, Reminder, Repeat, Span, SpanUnit
from app.domain.playbook.schedule import lay_out
from app.domain.playbook.upgrade import Sender
from app.domain.playbook.week import Weekday, WeekTime

CATALOG = load_catalog()
UPGRADE = CATALOG.upgrade_playbook
LIVE = date(2026, 12, 7)


def test_the_shipped_catalog_has_no_faults() -> None:
    assert check() == []


def test_packages_are_ranked_priced_and_marked_as_sample_data() -> None:
    packages = [CATALOG.packages[key] for key in ("start", "sprint", "scale")]

    assert [p.title for p in packages] == ["Start", "Sprint", "Scale"]
    assert [p.price for p in packages] == [
        Money.of("49.00", "AUD"),
        Money.of("196.00", "AUD"),
        Money.of("395.00", "AUD"),
    ]
    assert packages[0].rank < packages[1].rank < packages[2].rank
    assert all(p.sample and p.billing_period == "weekly" for p in packages)


def test_the_movement_table_is_that_of_the_procedure() -> None:
    table = {(m.from_key, m.to_key): m.removed_groups for m in CATALOG.movements}

    assert table == {
        ("start", "sprint"): (),
        ("start", "scale"): (),
        ("sprint", "scale"): ("Google Business",),
    }


def test_the_upgrade_carries_the_figures_of_the_procedure() -> None:
    assert UPGRADE.window_days == 6
    assert UPGRADE.live_weekday is Weekday.MONDAY
    assert UPGRADE.complete_email.title == "Upgrade Complete"
    assert UPGRADE.complete_email.cc == ("marketing@sweatdigital.com",)
    assert UPGRADE.complete_email.sent_by is Sender.PERSON
    assert [mail.title for mail in UPGRADE.mails_on(Moment.BEGUN)] == ["Upgrade Begun"]
    assert UPGRADE.boards_on(Moment.BEGUN)
    assert UPGRADE.roles_in_turn == ("sales", "support", "marketing")
    assert UPGRADE.billing.prefer is Preference.CREDIT


def test_the_acknowledgement_is_reminded_of_and_escalated_as_the_procedure_says() -> None:
    due, overdue = ladder(Awaited.ACKNOWLEDGEMENT)

    assert (due.when, due.tell) == (WeekTime(Weekday.FRIDAY, time(9)), ("marketing",))
    assert (overdue.when, overdue.tell) == (WeekTime(Weekday.FRIDAY, time(15)), ("lead",))


@pytest.mark.parametrize("of", [each for each in Awaited if each is not Awaited.ACKNOWLEDGEMENT])
def test_whatever_a_plan_waits_for_comes_before_the_lead_in_the_end(of: Awaited) -> None:
    assert ladder(of)[-1].tell == ("lead",)


def test_overdue_tasks_are_told_once_a_business_day_and_escalated_after_two() -> None:
    told, escalated = ladder(Awaited.OVERDUE_TASKS)

    assert (told.when, told.tell) == (Span(0, SpanUnit.BUSINESS_DAYS), ("support",))
    assert told.again == Repeat(Span(1, SpanUnit.BUSINESS_DAYS), 20)
    assert (escalated.when, escalated.again) == (Span(2, SpanUnit.BUSINESS_DAYS), None)


def test_a_blocked_task_is_escalated_within_two_hours() -> None:
    (escalated,) = ladder(Awaited.BLOCKED_TASKS)

    assert escalated.when == Span(2, SpanUnit.BUSINESS_HOURS)


def ladder(of: Awaited) -> list[Reminder]:
    """The reminders of one thing, from the first rung to the last."""
    return [each for each in UPGRADE.reminders if each.of is of]


def test_the_board_has_its_groups_and_items() -> None:
    titles = {stage.key: stage.title for stage in UPGRADE.stages}

    assert [(titles[step.stage or ""], step.title) for step in UPGRADE.steps] == [
        ("SMS", "Register the SMS sender number"),
        ("SMS", "Import the client's SMS contacts"),
        ("SMS", "Build the SMS automations"),
        ("Email Marketing", "Connect the sending domain"),
        ("Email Marketing", "Import the e-mail audience"),
        ("Email Marketing", "Build the welcome series"),
        ("Google Business", "Claim the Google Business profile"),
        ("Google Business", "Complete the Google Business profile"),
        ("Handover", "Brief Marketing on the new services"),
    ]
    assert all(step.blocks == {Blocks.READY} for step in UPGRADE.steps)
    assert all(step.role == "support" and step.checklist for step in UPGRADE.steps)


# Moments of runs and steps that a plan does not have.
OF_RUNS_ALONE = (OF_RUNS | OF_STEPS) - {Moment.BEGUN, Moment.COMPLETED, Moment.CANCELLED}


def test_every_moment_tells_somebody_and_every_chat_text_is_used() -> None:
    chats = [each for each in UPGRADE.effects if isinstance(each, ChatEffect)]

    assert {each.on for each in chats} == set(Moment) - OF_RUNS_ALONE
    used = {each.template for each in chats} | {each.template for each in UPGRADE.reminders}
    of_quotes = {"tier_quote_stuck"}
    of_contracts = {
        chat.template for each in CATALOG.contract_playbook.every for chat in each.chats
    }
    assert used | of_quotes | of_contracts == set(CATALOG.templates.names("chat"))


def test_due_dates_are_laid_out_backwards_from_the_live_monday() -> None:
    movement = CATALOG.movement("sprint", "scale")

    laid = lay_out(UPGRADE, movement, signed_on=date(2026, 11, 18), live_on=LIVE)

    assert [(each.step.key, spoken(each.due_on)) for each in laid] == [
        ("sms_sender", "Tuesday 24 November 2026"),
        ("email_domain", "Tuesday 24 November 2026"),
        ("sms_contacts", "Thursday 26 November 2026"),
        ("email_audience", "Thursday 26 November 2026"),
        ("sms_automations", "Monday 30 November 2026"),
        ("email_welcome", "Tuesday 1 December 2026"),
        ("brief_marketing", "Wednesday 2 December 2026"),
    ]


@pytest.mark.parametrize(("left", "taken"), [("start", "sprint"), ("start", "scale")])
def test_from_start_every_setup_step_is_there(left: str, taken: str) -> None:
    movement = CATALOG.movement(left, taken)

    laid = lay_out(UPGRADE, movement, signed_on=date(2026, 11, 18), live_on=LIVE)

    assert {each.step.key for each in laid} == {step.key for step in UPGRADE.steps}


DAYS = st.dates(date(1990, 1, 1), date(2190, 12, 31))


@given(
    signed_on=DAYS,
    weeks=st.integers(1, 60),
    movement=st.sampled_from(CATALOG.movements),
    holidays=st.frozensets(st.integers(0, 400), max_size=40),
)
def test_every_due_date_lies_between_signing_and_the_live_monday(
    signed_on: date, weeks: int, movement: Movement, holidays: frozenset[int]
) -> None:
    # Given any day of signing, any later Monday and any holidays between
    live_on = signed_on + timedelta(days=7 * weeks - signed_on.weekday())
    off = {signed_on + timedelta(days=days) for days in holidays}

    # When the steps are laid out
    laid = lay_out(UPGRADE, movement, signed_on=signed_on, live_on=live_on, holidays=off)

    # Then none is due outside, and none after one that waits for it
    assert all(signed_on <= each.due_on <= live_on for each in laid)
    due = {each.step.key: each.due_on for each in laid}
    for each in laid:
        assert all(due.get(key, signed_on) <= each.due_on for key in each.step.waits_for)


def test_the_description_counts_what_was_read() -> None:
    text = describe(CATALOG)

    assert "3 packages, 5 services, 3 movements, 3 playbooks, 2 pricing policies" in text
    assert "2 pricing policies, 5 e-mails, 43 chat messages" in text
    assert "package scale: Scale, 395.00 AUD weekly (sample data)" in text
    assert "playbook client-upgrade: version 1, 4 stages, 9 steps, 31 effects" in text
    assert "31 effects, 11 reminders" in text
    assert "policy user-tiers: Legacy, Core, Growth, in USD" in text
    assert "policy seats: Standard, in EUR (sample data)" in text
