"""Orders, offsets, deadlines and schedules that cannot be kept."""

import pytest

from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.governance import Governance
from app.domain.playbook.model import (
    Anchor,
    AnchorSource,
    Offset,
    OffsetUnit,
    Playbook,
    Side,
)
from app.domain.playbook.reminder import Awaited, Span, SpanUnit
from app.domain.playbook.trigger import Every
from app.domain.playbook.week import Weekday
from tests.unit.domain.playbook.general_making import (
    BEGUN_ON,
    GENERAL,
    TWO_HOURS,
    anchored,
    asking,
    deadline,
    escalation,
    scheduled,
    timed,
)
from tests.unit.domain.playbook.making import general, reminder, stage, task
from tests.unit.domain.playbook.said import said


@pytest.mark.parametrize(
    "book",
    [
        scheduled(),
        scheduled(every=Every.WEEK, weekday=Weekday.MONDAY),
        scheduled(every=Every.MONTH, day=5),
        scheduled(every=Every.MONTH, day=28),
    ],
)
def test_a_schedule_by_day_week_or_month_is_lawful(book: Playbook) -> None:
    assert said(book) == []


@pytest.mark.parametrize(
    ("book", "sentences"),
    [
        (
            general(
                stages=(
                    stage("first", due=None, after=("second",)),
                    stage("second", due=None, after=("first",)),
                    stage("third", due=None),
                )
            ),
            [
                "stages[0].after: 'first' is never entered: the stages before it wait for "
                "one another",
                "stages[1].after: 'second' is never entered: the stages before it wait for "
                "one another",
            ],
        ),
        (
            general(
                stages=(
                    stage("first", due=None),
                    stage("second", due=None, after=("first",)),
                    stage("third", due=None, after=("second",)),
                ),
                steps=(
                    task("ask", stage="first", waits_for=("answer",)),
                    task("answer", stage="third"),
                    task("free"),
                ),
            ),
            [
                "steps[0]: 'ask' is never ready: it comes after answer by its stage, its anchor or "
                "what blocks it, and that comes after it",
                "steps[1]: 'answer' is never ready: it comes after ask by its stage, its anchor or "
                "what blocks it, and that comes after it",
            ],
        ),
        (
            general(
                anchors=(BEGUN_ON, Anchor("told", "T", AnchorSource.STEP, Side.AFTER, "answer")),
                steps=(task("ask", due=Offset(1, "told")), task("answer", waits_for=("ask",))),
            ),
            [
                "steps[0]: 'ask' is never ready: it comes after answer by its stage, its anchor or "
                "what blocks it, and that comes after it",
                "steps[1]: 'answer' is never ready: it comes after ask by its stage, its anchor or "
                "what blocks it, and that comes after it",
            ],
        ),
        (
            general(
                steps=(
                    task("ask", blocks=frozenset({"answer"}), waits_for=("answer",)),
                    task("answer"),
                )
            ),
            [
                "steps[0]: 'ask' is never ready: it comes after answer by its stage, its anchor or "
                "what blocks it, and that comes after it",
                "steps[1]: 'answer' is never ready: it comes after ask by its stage, its anchor or "
                "what blocks it, and that comes after it",
            ],
        ),
    ],
)
def test_an_order_that_cannot_be_is_named(book: Playbook, sentences: list[str]) -> None:
    assert said(book) == sentences


@pytest.mark.parametrize(
    ("book", "sentence"),
    [
        (
            asking(due=Offset(-1, "begun_on")),
            "steps[0].due.days: nothing is due before 'begun_on'; expected 0 or more",
        ),
        (
            anchored(side=Side.BOTH),
            "anchors[1].side: is not known before it is there; expected side: after",
        ),
        (
            anchored(source=AnchorSource.PROCEDURE),
            "anchors[1].from: only the upgrade has code of its own; expected event, start, field, "
            "step",
        ),
        (
            anchored(source=AnchorSource.FIELD, of="amount"),
            "anchors[1].field: 'amount' is of kind: number; expected an input of kind: day",
        ),
        (
            general(
                anchors=(BEGUN_ON, Anchor("won", "W", AnchorSource.FIELD, Side.AFTER, "won_on")),
                inputs=(
                    *GENERAL.inputs,
                    Field("won_on", "Won on", FieldKind.DAY, required=False),
                ),
            ),
            "anchors[1].field: 'won_on' may be missing; expected an input that is required",
        ),
        (
            general(
                anchors=(
                    BEGUN_ON,
                    Anchor("close", "C", AnchorSource.FIELD, Side.BOTH, "closes_on"),
                ),
                steps=(task("ask", due=Offset(-2, "close", OffsetUnit.BUSINESS_HOURS)),),
            ),
            "steps[0].due.hours: business hours are counted forwards only; expected 0 or more",
        ),
        (
            asking(due=Offset(1001, "begun_on", OffsetUnit.HOURS)),
            "steps[0].due.hours: expected at most 1000 hours from the anchor",
        ),
        (timed(within=Span(0, SpanUnit.HOURS)), "deadlines[0].within: expected 1 to 1,000 hours"),
        (
            timed(warn_after=Span(0, SpanUnit.MINUTES)),
            "deadlines[0].warn_after: expected 1 to 1,440 minutes",
        ),
        (
            timed(warn_after=TWO_HOURS),
            "deadlines[0].warn_after: expected a time before `within`: a warning comes before the "
            "breach",
        ),
        (
            timed(within=Span(1, SpanUnit.DAYS), warn_after=Span(24, SpanUnit.HOURS)),
            "deadlines[0].warn_after: expected a time before `within`: a warning comes before the "
            "breach",
        ),
        (
            timed(within=Span(60, SpanUnit.MINUTES), warn_after=Span(1, SpanUnit.BUSINESS_HOURS)),
            "deadlines[0].warn_after: expected a time before `within`: a warning comes before the "
            "breach",
        ),
        (
            timed(tell=("rep",)),
            "deadlines[0].on_warning: expected `warn_after` beside it: when to warn",
        ),
        (
            timed(steps=()),
            "deadlines[0].from: a whole run is neither ready nor blocked; expected `steps`, "
            "started or an anchor",
        ),
        (
            general(
                anchors=(BEGUN_ON, Anchor("told", "T", AnchorSource.STEP, Side.AFTER, "ask")),
                deadlines=(deadline(counts_from="told"),),
            ),
            "deadlines[0].steps[0]: counts from 'told', which is when 'ask' is done",
        ),
        (
            scheduled(every=Every.WEEK),
            "trigger.schedules[0].weekday: expected `weekday` with every: week, and only there",
        ),
        (
            scheduled(weekday=Weekday.MONDAY),
            "trigger.schedules[0].weekday: expected `weekday` with every: week, and only there",
        ),
        (
            scheduled(every=Every.MONTH),
            "trigger.schedules[0].day: expected `day` with every: month, and only there",
        ),
        (
            scheduled(day=5),
            "trigger.schedules[0].day: expected `day` with every: month, and only there",
        ),
        (
            scheduled(every=Every.MONTH, day=29),
            "trigger.schedules[0].day: expected 1 to 28: every month has these days",
        ),
        (
            general(escalations=(escalation(("rep", 0), ("boss", 91)),)),
            "escalations[0].path[1].after: expected 0 to 90 business hours",
        ),
        (
            general(escalations=(escalation(("rep", 0), ("boss", 1), ("rep", 2)),)),
            "escalations[0].path[2].role: 'rep' is on this path already",
        ),
        (
            general(reminders=(reminder(tell=("rep",), template=""),)),
            "reminders[0].of: only plans wait for that; expected one of overdue_tasks, "
            "blocked_tasks",
        ),
        (
            general(reminders=(reminder(of=Awaited.OVERDUE_TASKS, tell=("rep",)),)),
            "reminders[0].template: only plans have templates; their title and the steps are told",
        ),
        (
            general(governance=Governance("C", "I", ("boss",), within=Span(0, SpanUnit.HOURS))),
            "governance.within: expected 1 to 1,000 hours",
        ),
        (
            general(
                governance=Governance(
                    "C", "I", ("boss",), newcomers_within=Span(367, SpanUnit.DAYS)
                )
            ),
            "governance.newcomers_within: expected 1 to 366 days",
        ),
    ],
)
def test_a_time_that_cannot_be_kept_is_named(book: Playbook, sentence: str) -> None:
    assert said(book) == [sentence]
