"""Which playbooks contradict themselves, and where they do."""

from dataclasses import replace
from datetime import time

import pytest

from app.domain.playbook.checks import contradictions
from app.domain.playbook.model import (
    ChatEffect,
    Moment,
    OffsetUnit,
    Playbook,
    Role,
    Weekday,
    WeekTime,
)
from tests.unit.domain.playbook.making import (
    after_signing,
    before_live,
    playbook,
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
    )

    assert contradictions(book, services=SMS) == ()


@pytest.mark.parametrize(
    ("book", "path", "words"),
    [
        (playbook(owner="nobody"), ("owner",), "no role 'nobody'; expected one of lead, support"),
        (playbook(lead_role="x"), ("lead_role",), "no role 'x'"),
        (playbook(setup_role="x"), ("setup_role",), "no role 'x'"),
        (
            playbook(acknowledgement=replace(LAWFUL.acknowledgement, role="x")),
            ("acknowledgement", "role"),
            "no role 'x'",
        ),
        (
            playbook(acknowledgement=replace(LAWFUL.acknowledgement, escalate_to="x")),
            ("acknowledgement", "escalate_to"),
            "no role 'x'",
        ),
        (
            playbook(
                acknowledgement=replace(
                    LAWFUL.acknowledgement, escalate=WeekTime(Weekday.FRIDAY, time(9))
                )
            ),
            ("acknowledgement", "escalate"),
            "after that of the reminder",
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
            "nothing is due before signing",
        ),
        (
            playbook(stages=(stage("sms", due=before_live(-1)), stage("google"))),
            ("stages", 0, "due", "days"),
            "nothing is due after the live date",
        ),
        (
            playbook(steps=(step("a", due=before_live(91)),)),
            ("steps", 0, "due", "days"),
            "at most 90 days",
        ),
        (playbook(live_weekday=Weekday.TUESDAY), ("live_weekday",), "expected monday"),
        (playbook(window_days=7), ("window_days",), "expected 1 to 6 days"),
        (playbook(window_days=0), ("window_days",), "expected 1 to 6 days"),
        (
            playbook(complete_email=replace(LAWFUL.complete_email, cc=())),
            ("complete_email", "cc"),
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
