"""Parts of a procedure that are lawful together, and some that are not."""

from dataclasses import replace
from datetime import time
from fractions import Fraction

import pytest

from app.domain.playbook.condition import Compare, Condition, Not, Sign
from app.domain.playbook.effect import ChatEffect, ReportEffect, TaskEffect
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.governance import Governance
from app.domain.playbook.measure import Counted, Fact, Measure, MeasureKind, Share
from app.domain.playbook.model import (
    Anchor,
    AnchorSource,
    ChecklistItem,
    Offset,
    OffsetUnit,
    Playbook,
    Side,
    Subject,
    TimeStandard,
)
from app.domain.playbook.moment import Moment
from app.domain.playbook.reminder import Awaited, Span, SpanUnit
from app.domain.playbook.trigger import Every, Schedule, Trigger
from tests.unit.domain.playbook.general_making import (
    BEGUN_ON,
    GENERAL,
    asking,
    deadline,
    escalation,
    mail,
)
from tests.unit.domain.playbook.making import general, playbook, reminder, stage, task
from tests.unit.domain.playbook.said import said


def test_a_procedure_with_one_of_everything_says_nothing() -> None:
    book = general(
        stages=(stage("first", due=None), stage("second", due=None, after=("first",))),
        anchors=(
            BEGUN_ON,
            Anchor("asked_on", "Asked", AnchorSource.STEP, Side.AFTER, "ask"),
            Anchor("close", "Closes", AnchorSource.FIELD, Side.BOTH, "closes_on"),
        ),
        steps=(
            task("ask", stage="first", due=Offset(-5, "close"), takes=TimeStandard(5, 5)),
            task("check", stage="first", blocks=frozenset({"answer"}), verified_by="boss"),
            task(
                "answer",
                stage="second",
                due=Offset(4, "asked_on", OffsetUnit.BUSINESS_HOURS),
                ordered=True,
                checklist=(ChecklistItem("One"), ChecklistItem("Two")),
                effects=(TaskEffect(Moment.READY, "rep", "Do it", "crm", "For {region}"),),
            ),
        ),
        effects=(
            mail("email", "About {amount}", "For {region}"),
            mail("boss"),
            ReportEffect(Moment.COMPLETED, "boss", "Report", ("done",)),
        ),
        deadlines=(
            deadline(warn_after=Span(60, SpanUnit.MINUTES), tell=("rep",), escalation="up"),
            deadline(key="run", steps=(), counts_from="started", within=Span(90, SpanUnit.DAYS)),
            deadline(key="answered", steps=("answer",), counts_from="asked_on"),
        ),
        escalations=(escalation(("rep", 0), ("boss", 2)),),
        measures=(Measure("done", "D", MeasureKind.RATE, Share(Counted.RUNS, Fact.DONE)),),
        reminders=(reminder(of=Awaited.OVERDUE_TASKS, tell=("rep",), template=""),),
        deviations_approved_by="boss",
        governance=Governance("New", "None", ("boss",), None, ("rep",)),
    )

    assert said(book) == []


def conditional(when: Condition, **changes: object) -> Playbook:
    """A schedule beside a condition on an input that may be left out."""
    daily = (Schedule(Every.DAY, time(9)),)
    trigger = replace(Trigger(schedules=daily, when=when), **changes)  # type: ignore[arg-type]
    amount = Field("amount", "Amount", FieldKind.NUMBER, required=False)
    return general(trigger=trigger, inputs=(amount,))


def test_a_condition_that_holds_of_an_empty_form_may_stand_beside_a_schedule() -> None:
    not_small = Not(Compare("amount", Sign.BELOW, Fraction(5)))

    assert said(conditional(not_small, events=("deal.created",))) == []


def test_the_client_of_a_run_about_a_client_has_an_address() -> None:
    assert said(general(subject=Subject.CLIENT, effects=(mail(""),))) == []


@pytest.mark.parametrize(
    ("book", "sentence"),
    [
        (
            general(trigger=Trigger()),
            "trigger: starts nothing; expected events, schedules, or by_hand: true",
        ),
        (
            general(
                trigger=Trigger(schedules=(Schedule(Every.DAY, time(9)),)),
                inputs=(
                    Field("amount", "Amount", FieldKind.NUMBER),
                    Field("note", "Note", FieldKind.TEXT, required=False),
                ),
            ),
            "inputs[0].required: nobody fills it where a schedule starts the run; expected "
            "required: false",
        ),
        (
            conditional(Compare("amount", Sign.ABOVE, Fraction(5)), by_hand=True),
            "trigger.when: asks for inputs that nobody fills where a schedule starts the run",
        ),
        (
            conditional(Not(Compare("amount", Sign.ABOVE, Fraction(5)))),
            "trigger.when: asks for inputs that nobody fills where a schedule starts the run",
        ),
        (
            general(effects=(ChatEffect(Moment.LIVE, "rep", "plan_live"),)),
            "effects[0].on: live is no moment of these runs; expected one of approval_refused, "
            "approval_requested, begun, cancelled, completed, deviated, escalated, stage_closed",
        ),
        (
            asking(effects=(ChatEffect(Moment.BEGUN, "rep", "plan_live"),)),
            "steps[0].effects[0].on: begun is no moment of a step; expected one of blocked, done, "
            "ready, reopened",
        ),
        (
            general(effects=(ChatEffect(Moment.BEGUN, "rep"),)),
            "effects[0].template: expected either `template` or `text`",
        ),
        (
            asking(effects=(ChatEffect(Moment.DONE, "rep", "plan_live", "Done"),)),
            "steps[0].effects[0].template: expected either `template` or `text`",
        ),
        (
            general(effects=(mail("email", subject=""),)),
            "effects[0].subject: expected `subject` with `text`, and only there",
        ),
        (
            general(effects=(mail("region"),)),
            "effects[0].to: 'region' is of kind: choice; expected kind: email",
        ),
        (
            general(
                inputs=(*GENERAL.inputs, Field("rep", "Rep", FieldKind.EMAIL)),
                effects=(mail("rep"),),
            ),
            "effects[0].to: 'rep' is a role and a field; expected a name that is one of them",
        ),
        (
            general(effects=(mail(""),)),
            "effects[0].to: is missing; a deal has no address of its own",
        ),
        (
            asking(blocks=frozenset({"ask"})),
            "steps[0].blocks: 'ask' blocks itself",
        ),
        (
            asking(takes=TimeStandard(0, 5)),
            "steps[0].takes: expected minutes: `least` 1 or more, `most` not below it",
        ),
        (
            asking(takes=TimeStandard(6, 5)),
            "steps[0].takes: expected minutes: `least` 1 or more, `most` not below it",
        ),
        (
            asking(ordered=True),
            "steps[0].ordered: expected `checklist` beside it: what is in order",
        ),
        (
            asking(checklist=(ChecklistItem("Same"), ChecklistItem("Same"))),
            "steps[0].checklist[1].text: 'Same' stands here a second time",
        ),
        (
            general(subject=Subject.PLAN),
            "subject: a plan is what the upgrade is about, and nothing else is",
        ),
    ],
)
def test_parts_that_make_no_sense_together_are_named(book: Playbook, sentence: str) -> None:
    assert sentence in said(book)


def test_the_upgrade_needs_both_of_its_anchors_and_dates_for_its_groups() -> None:
    live = playbook().anchors[1]
    sms = stage("sms", due=None)

    assert said(playbook(anchors=(live,))) == ["anchors: the upgrade counts from 'signed' as well"]
    assert said(playbook(stages=(sms, stage("google")))) == [
        "stages[0].due: is missing; a board holds items that stand in a group without a step"
    ]


def test_numbers_of_a_form_may_have_a_fraction_as_their_bound() -> None:
    half = Field("half", "Half", FieldKind.NUMBER, minimum=Fraction(1, 2))

    assert said(general(inputs=(*GENERAL.inputs, half))) == []
