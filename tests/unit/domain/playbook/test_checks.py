"""Which playbooks contradict themselves, and where they do."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from app.domain.playbook.checks import contradictions
from app.domain.playbook.effect import ChatEffect
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import OffsetUnit, Playbook, Role, Subject
from app.domain.playbook.moment import Moment
from app.domain.playbook.reminder import Awaited, Repeat, Span, SpanUnit
from app.domain.playbook.trigger import Trigger
from app.domain.playbook.week import Weekday, WeekTime
from tests.unit.domain.playbook.making import (
    acknowledgement,
    after_signing,
    before_live,
    business_days,
    business_hours,
    playbook,
    reminder,
    stage,
    step,
)

LAWFUL = playbook()
SMS = frozenset({"sms"})


def test_a_lawful_playbook_has_no_contradictions() -> None:
    book = playbook(
        stages=(stage("sms", service="sms"), stage("google")),
        steps=(
            step("register", due=before_live(9)),
            step("build", service="sms", waits_for=("register",)),
            # Offsets of two kinds cannot be compared without a date; the layout sees to them.
            step("claim", due=after_signing(1), waits_for=("build",)),
            step("check", due=before_live(4, OffsetUnit.BUSINESS_DAYS), waits_for=("build",)),
        ),
        reminders=(
            *LAWFUL.reminders,
            reminder("days", when=business_days(2), again=Repeat(business_days(1), 60)),
            # Hours and days cannot be compared without a date either.
            reminder("hours", when=business_hours(1)),
            reminder("list", of=Awaited.OVERDUE_TASKS, when=business_days(0)),
        ),
    )

    assert contradictions(book, services=SMS) == ()


@pytest.mark.parametrize(
    ("book", "path", "words"),
    [
        (playbook(owner="nobody"), ("owner",), "no role 'nobody'; expected one of lead, support"),
        (playbook(lead_role="x"), ("procedure", "lead_role"), "no role 'x'"),
        (playbook(setup_role="x"), ("procedure", "setup_role"), "no role 'x'"),
        (
            playbook(reminders=(reminder("a"), reminder("a", when=business_days(2)))),
            ("reminders", 1, "key"),
            "'a' stands here a second time",
        ),
        (
            playbook(reminders=(reminder(template=""),)),
            ("reminders", 0, "template"),
            "is missing; expected the words",
        ),
        (
            playbook(reminders=(reminder(tell=("support", "x")),)),
            ("reminders", 0, "tell", 1),
            "no role 'x'",
        ),
        (
            playbook(reminders=(reminder(tell=("lead", "lead")),)),
            ("reminders", 0, "tell", 1),
            "'lead' stands here a second time",
        ),
        (
            playbook(reminders=(reminder(when=WeekTime(Weekday.FRIDAY, time(9))),)),
            ("reminders", 0, "at"),
            "only an acknowledgement is asked for before the live date; expected `after`",
        ),
        (
            playbook(reminders=(reminder(when=business_hours(0)),)),
            ("reminders", 0, "after"),
            "expected 1 to 90 business hours",
        ),
        (
            playbook(reminders=(reminder(of=Awaited.OVERDUE_TASKS, when=business_days(-1)),)),
            ("reminders", 0, "after"),
            "expected 0 to 90 business days",
        ),
        (
            playbook(reminders=(reminder(when=business_days(91)),)),
            ("reminders", 0, "after"),
            "expected 1 to 90 business days",
        ),
        (
            playbook(reminders=(reminder(again=Repeat(business_hours(0), 2)),)),
            ("reminders", 0, "every"),
            "expected 1 to 90 business hours",
        ),
        (
            playbook(reminders=(reminder(again=Repeat(business_days(1), 1)),)),
            ("reminders", 0, "most"),
            "expected 2 to 60 times",
        ),
        (
            playbook(reminders=(reminder(again=Repeat(business_days(1), 61)),)),
            ("reminders", 0, "most"),
            "expected 2 to 60 times",
        ),
        (
            playbook(reminders=(reminder("a"), reminder("b"))),
            ("reminders", 1, "after"),
            "expected a time after that of 'a', which stands above it",
        ),
        (
            playbook(reminders=(acknowledgement("a", time(9)), acknowledgement("b", time(9)))),
            ("reminders", 1, "at"),
            "expected a time after that of 'a', which stands above it",
        ),
        (
            playbook(stages=(stage("sms", service="fax"), stage("google"))),
            ("stages", 0, "service"),
            "no service 'fax'; expected one of sms",
        ),
        (playbook(steps=(step("a", role="x"),)), ("steps", 0, "role"), "no role 'x'"),
        (playbook(steps=(step("a", stage="x"),)), ("steps", 0, "stage"), "no stage 'x'"),
        (playbook(steps=(step("a", service="x"),)), ("steps", 0, "service"), "no service 'x'"),
        (
            playbook(steps=(step("a"), step("b", waits_for=("a", "x")))),
            ("steps", 1, "waits_for", 1),
            "no step 'x'",
        ),
        (
            playbook(effects=(ChatEffect(Moment.LIVE, "x", "plan_live"),)),
            ("effects", 0, "room"),
            "no role 'x'",
        ),
        (
            playbook(steps=(step("a"), step("b", title="B"), step("a", title="A"))),
            ("steps", 2, "key"),
            "'a' stands here a second time",
        ),
        (
            playbook(steps=(step("a", title="Same"), step("b", title="Same"))),
            ("steps", 1, "title"),
            "'Same in sms' stands here a second time",
        ),
        (
            playbook(stages=(stage("sms"), stage("google", title="Sms"))),
            ("stages", 1, "title"),
            "'Sms' stands here a second time",
        ),
        (
            playbook(roles=(*LAWFUL.roles, Role("lead", "L", "-", in_turn=False))),
            ("roles", 2, "key"),
            "'lead' stands here a second time",
        ),
        (
            playbook(steps=(step("a", waits_for=("b",)), step("b", waits_for=("a",)))),
            ("steps",),
            "wait for one another: a, b",
        ),
        (
            playbook(
                steps=(step("a", due=before_live(3)), step("b", waits_for=("a",))),
            ),
            ("steps", 1, "waits_for", 0),
            "'b' waits for 'a', which is due after it",
        ),
        (
            playbook(steps=(step("a", due=after_signing(-1)),)),
            ("steps", 0, "due", "days"),
            "nothing is due before 'signed'",
        ),
        (
            playbook(stages=(stage("sms", due=before_live(-1)), stage("google"))),
            ("stages", 0, "due", "days"),
            "nothing is due after 'live'",
        ),
        (
            playbook(steps=(step("a", due=before_live(367)),)),
            ("steps", 0, "due", "days"),
            "at most 366 calendar days",
        ),
        (
            playbook(trigger=Trigger(by_hand=True)),
            ("trigger", "events"),
            "expected agreement.signed among them",
        ),
        (
            playbook(subject=Subject.LEAD, effects=()),
            ("subject",),
            "a plan is what the upgrade is about",
        ),
        (
            playbook(inputs=(Field("size", "Size", FieldKind.WHOLE),)),
            ("inputs",),
            "plans have none; expected to be left out",
        ),
        (
            playbook(
                steps=(step("a", effects=(ChatEffect(Moment.DONE, "support", "", "Done."),)),)
            ),
            ("steps", 0, "effects"),
            "plans tell their own moments; expected an effect of the playbook",
        ),
        (
            playbook(reminders=(reminder(when=Span(1, SpanUnit.DAYS)),)),
            ("reminders", 0, "after"),
            "expected business_hours or business_days",
        ),
        (
            playbook(reminders=(reminder(again=Repeat(Span(1, SpanUnit.HOURS), 2)),)),
            ("reminders", 0, "every"),
            "expected business_hours or business_days",
        ),
        (playbook(live_weekday=Weekday.TUESDAY), ("procedure", "live_weekday"), "expected monday"),
        (playbook(window_days=7), ("procedure", "window_days"), "expected 1 to 6 days"),
        (playbook(window_days=0), ("procedure", "window_days"), "expected 1 to 6 days"),
        (
            playbook(billing=replace(LAWFUL.billing, answer_within=timedelta())),
            ("procedure", "billing", "answer_within", "hours"),
            "expected 1 to 168 hours",
        ),
        (
            playbook(billing=replace(LAWFUL.billing, answer_within=timedelta(hours=169))),
            ("procedure", "billing", "answer_within", "hours"),
            "expected 1 to 168 hours",
        ),
        (
            playbook(complete_email=replace(LAWFUL.complete_email, cc=())),
            ("procedure", "complete_email", "cc"),
            "at least one address",
        ),
    ],
)
def test_a_contradiction_is_named_with_its_field(
    book: Playbook, path: tuple[str | int, ...], words: str
) -> None:
    found = contradictions(book, services=SMS)

    assert [each.path for each in found] == [path]
    assert words in found[0].message
