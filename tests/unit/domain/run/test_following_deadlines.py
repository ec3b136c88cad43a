"""What a new version of a playbook means for the deadlines of a run that is open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import Anchor, AnchorSource, Offset, Playbook, Side
from app.domain.playbook.reminder import Span, SpanUnit
from app.domain.playbook.who import Deadline, Escalation, From, Response, Rung
from app.domain.run.acting import blocked, completed
from app.domain.run.fate import Following
from tests.unit.domain.run.followed import (
    ANN,
    MONDAY,
    after,
    begin,
    begun,
    book,
    follow,
    moved_run,
    step,
)


def hours(amount: int) -> Span:
    return Span(amount, SpanUnit.HOURS)


def deadline(key: str, within: int, **changes: Any) -> Deadline:
    lawful = Deadline(key, key, Response.COMPLETION, ("call",), From.READY, hours(within))
    return replace(lawful, **changes)


def due(found: Following) -> dict[tuple[str, str], datetime]:
    assert found.moved is not None
    return {(each.key, each.step): each.due_at for each in found.moved.begun}


def test_deadlines_that_are_gone_end_and_the_same_run_on() -> None:
    old = book(step("call"), deadlines=(deadline("gone", 48), deadline("same", 48)))
    new = book(step("call"), deadlines=(deadline("same", 48),))

    found = follow(old, new, begun(old))

    assert found.moved is not None
    assert found.moved.over == {("gone", "call")}
    assert found.moved.run.running == {("same", "call")}
    assert due(found) == {}


def test_a_longer_deadline_counts_anew_from_the_same_moment() -> None:
    old = book(step("call"), deadlines=(deadline("reply", 48, warn_after=hours(1)),))
    path = Escalation("up", "Up", (Rung("lead", hours(2)),))
    longer = deadline("reply", 72, warn_after=hours(1), escalation="up")
    new = book(step("call"), deadlines=(longer,), escalations=(path,))

    found = follow(old, new, begun(old))

    assert found.moved is not None
    (begun_anew,) = found.moved.begun
    assert begun_anew.due_at == MONDAY + timedelta(hours=72)
    # What was to be warned of an hour after Monday is warned of no more on Tuesday.
    assert begun_anew.warn_at is None
    assert begun_anew.rungs[0].at == MONDAY + timedelta(hours=74)
    assert found.moved.over == {("reply", "call")}


def test_a_shorter_deadline_that_would_be_missed_already_does_not_begin() -> None:
    old = book(step("call"), deadlines=(deadline("reply", 48),))
    new = book(step("call"), deadlines=(deadline("reply", 24), deadline("fresh", 23)))

    found = follow(old, new, begun(old))

    assert due(found) == {}
    assert moved_run(found).running == {("reply", "call")}


def test_new_deadlines_begin_from_moments_that_are_known() -> None:
    old = book(step("call"), step("pack"), step("wait", waits_for=("pack",)))
    run = after(old, begun(old), begin, "call")
    run = after(old, run, blocked, "call", "No answer")
    run = after(old, run, completed, "pack", {}, ANN)
    every = ("call", "pack", "wait")
    response = Response.RESPONSE
    new = book(
        step("call"),
        step("pack"),
        step("wait", waits_for=("call",)),
        deadlines=(
            deadline("ready", 48, steps=every),
            deadline("begun", 49, counts_from=From.STARTED, warn_after=hours(40)),
            deadline("block", 50, counts_from=From.BLOCKED, of=response),
            deadline("answer", 51, of=response),
            deadline("run", 52, steps=(), counts_from=From.STARTED),
            deadline("run_answer", 53, steps=(), counts_from=From.STARTED, of=response),
            deadline("anchor", 54, steps=("wait",), counts_from="start"),
            deadline("no_anchor", 55, counts_from="launch"),
        ),
    )

    assert due(follow(old, new, run)) == {
        ("ready", "call"): MONDAY + timedelta(hours=48),
        ("begun", "call"): MONDAY + timedelta(hours=49),
        ("block", "call"): MONDAY + timedelta(hours=50),
        ("run", ""): MONDAY + timedelta(hours=52),
        ("anchor", "wait"): MONDAY + timedelta(hours=54),
    }


def test_a_deadline_of_a_step_that_waits_again_ends() -> None:
    old = book(step("pack"), step("call"), deadlines=(deadline("reply", 48),))
    new = replace(old, steps=(step("pack"), step("call", waits_for=("pack",))))
    found = follow(old, new, begun(old))
    assert moved_run(found).running == frozenset()


def test_a_deadline_that_is_over_does_not_begin_again() -> None:
    # Somebody has answered: the deadline for that has ended, and a longer one is none of theirs.
    answer = deadline("answer", 48, of=Response.RESPONSE)
    old = book(step("call"), deadlines=(answer,))
    run = after(old, begun(old), begin, "call")
    assert run.running == frozenset()
    longer = replace(answer, within=hours(72))
    assert due(follow(old, book(step("call"), deadlines=(longer,)), run)) == {}


def test_a_deadline_counts_from_its_anchor_where_that_moves() -> None:
    day = Field("launch_on", "Launch", FieldKind.DAY)
    other = Field("party_on", "Party", FieldKind.DAY)

    def launching(of: str) -> Playbook:
        anchor = Anchor("launch", "Launch", AnchorSource.FIELD, Side.BOTH, of)
        return book(
            step("call", due=Offset(0, "launch")),
            anchors=(anchor,),
            inputs=(day, other),
            deadlines=(deadline("reply", 48, counts_from="launch"),),
        )

    run = begun(launching("launch_on"), launch_on="2026-12-01", party_on="2026-12-08")
    found = follow(launching("launch_on"), launching("party_on"), run)
    assert due(found) == {("reply", "call"): datetime(2026, 12, 9, 14, 0, tzinfo=UTC)}
