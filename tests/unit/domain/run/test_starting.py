"""How a run begins: its trigger, its form, its anchors, and what has a date at once."""

from datetime import UTC, datetime, time, timedelta
from fractions import Fraction

import pytest

from app.domain.fields import DocumentNotUnderstood
from app.domain.playbook.condition import Compare, Sign
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import Anchor, AnchorSource, Offset, Side
from app.domain.playbook.moment import Moment
from app.domain.playbook.trigger import Every, Schedule, Trigger
from app.domain.playbook.who import From
from app.domain.run.errors import NotByHand, NotTriggered
from app.domain.run.model import Rung
from app.domain.run.starting import BY_HAND, BY_SCHEDULE, Start, started
from tests.unit.domain.run.making import HOURS, MONDAY, begun, deadline, playbook, states, step

DAY = Field("signed_on", "Signed", FieldKind.DAY)
SIZE = Field("size", "Size", FieldKind.WHOLE, required=False)


def test_a_run_begins_with_the_steps_that_wait_for_nothing() -> None:
    moved = started(playbook(), Start(BY_HAND, {}), now=MONDAY, hours=HOURS)

    assert states(moved.run) == {"first": "ready", "second": "waiting"}
    assert [each.moment for each in moved.happenings] == [Moment.BEGUN, Moment.READY]
    assert moved.run.steps["first"].due_at == datetime(2026, 11, 25, tzinfo=UTC)


def test_a_run_without_what_its_form_needs_names_every_field() -> None:
    book = playbook(inputs=(DAY, SIZE))

    with pytest.raises(DocumentNotUnderstood) as refused:
        begun(book, size="three", colour="red")

    assert sorted(fault.pointer for fault in refused.value.faults) == [
        "/inputs/colour",
        "/inputs/signed_on",
        "/inputs/size",
    ]


def test_runs_are_not_started_by_what_the_trigger_does_not_name() -> None:
    book = playbook(trigger=Trigger(events=("lead.created",)))

    with pytest.raises(NotByHand):
        begun(book)
    with pytest.raises(NotByHand):
        started(book, Start("deal.closed_won", {}), now=MONDAY, hours=HOURS)
    with pytest.raises(NotByHand, match="not started by a schedule"):
        started(book, Start(BY_SCHEDULE, {}), now=MONDAY, hours=HOURS)


def test_a_scheduled_run_counts_from_the_time_of_its_schedule() -> None:
    book = playbook(
        trigger=Trigger(schedules=(Schedule(Every.DAY, time(9)),)),
        anchors=(Anchor("begun", "Begun", AnchorSource.EVENT, Side.AFTER),),
    )
    friday = MONDAY - timedelta(days=3)

    moved = started(book, Start(BY_SCHEDULE, {}, friday), now=MONDAY, hours=HOURS)

    assert (moved.run.anchors, moved.run.started_at) == ({"begun": friday}, MONDAY)


def test_a_condition_holds_a_run_back_unless_another_run_starts_it() -> None:
    when = Compare("size", Sign.ABOVE, Fraction(10))
    book = playbook(inputs=(SIZE,), trigger=Trigger(by_hand=True, when=when))

    with pytest.raises(NotTriggered):
        begun(book, size=10)

    assert states(begun(book, size=11))["first"] == "ready"
    by_another = started(book, Start("", {"size": 10}), now=MONDAY, hours=HOURS)
    assert states(by_another.run)["first"] == "ready"


def test_each_anchor_is_known_from_its_own_source() -> None:
    anchors = (
        Anchor("won", "Won", AnchorSource.EVENT, Side.AFTER),
        Anchor("begun", "Begun", AnchorSource.START, Side.AFTER),
        Anchor("signed", "Signed", AnchorSource.FIELD, Side.BOTH, "signed_on"),
        Anchor("sized", "Sized", AnchorSource.FIELD, Side.BOTH, "size"),
        Anchor("first_done", "First done", AnchorSource.STEP, Side.AFTER, "first"),
        Anchor("live", "Live", AnchorSource.PROCEDURE, Side.BOTH),
    )
    book = playbook(inputs=(DAY, SIZE), anchors=anchors)
    live = MONDAY + timedelta(days=14)
    start = Start("deal.closed_won", {"signed_on": "2026-11-20"}, MONDAY, {"live": live})

    run = started(book, start, now=MONDAY + timedelta(hours=1), hours=HOURS).run

    assert run.anchors == {
        "won": MONDAY,
        "begun": MONDAY + timedelta(hours=1),
        "signed": datetime(2026, 11, 20, tzinfo=UTC),
        "live": live,
    }
    late = Start("deal.closed_won", {"signed_on": "2026-11-20"})
    assert started(book, late, now=MONDAY, hours=HOURS).run.anchors["won"] == MONDAY


def test_a_step_has_no_date_while_its_anchor_is_not_known() -> None:
    book = playbook(
        anchors=(Anchor("then", "Then", AnchorSource.STEP, Side.AFTER, "first"),),
        steps=(step("first", due=Offset(0, "then")), step("second", due=Offset(2, "then"))),
    )

    assert begun(book).steps["second"].due_at is None


def test_a_deadline_knows_all_of_its_instants_when_it_begins() -> None:
    book = playbook(
        deadlines=(
            deadline("from_anchor", "begun"),
            deadline("from_ready", From.READY, steps=("first", "second"), warn_after=None),
            deadline("of_the_run", From.STARTED, steps=(), escalation=""),
        )
    )

    moved = started(book, Start(BY_HAND, {}), now=MONDAY, hours=HOURS)

    by_key = {each.key: each for each in moved.begun}
    at = {hour: MONDAY.replace(hour=hour) for hour in (10, 11, 13)}
    assert by_key["from_anchor"].warn_at == at[10]
    assert by_key["from_anchor"].due_at == at[11]
    assert by_key["from_anchor"].rungs == (Rung("service_manager", at[11]), Rung("ceo", at[13]))
    assert (by_key["from_ready"].step, by_key["from_ready"].warn_at) == ("first", None)
    assert (by_key["of_the_run"].step, by_key["of_the_run"].rungs) == ("", ())
    assert moved.run.running == {
        ("from_anchor", "first"),
        ("from_ready", "first"),
        ("of_the_run", ""),
    }


def test_steps_that_code_leaves_out_are_no_part_of_the_run_and_hold_nobody_up() -> None:
    start = Start(BY_HAND, {}, without=frozenset({"first"}))

    moved = started(playbook(), start, now=MONDAY, hours=HOURS)

    assert states(moved.run) == {"first": "left_out", "second": "ready"}
