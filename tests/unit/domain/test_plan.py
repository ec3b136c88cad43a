"""The states of a plan: which ways there are, which there are not, and none that ends nowhere."""

import pytest

from app.domain.errors import Conflict
from app.domain.plan import (
    LIVE_DATE_QUESTIONS,
    OPEN_STATES,
    TRANSITIONS,
    PlanFlag,
    PlanState,
    TransitionRefused,
    Trigger,
    sources_of,
    transition,
)

S, T = PlanState, Trigger

MADE_AS = {S.AWAITING_LIVE_DATE, S.NEEDS_REVIEW}
"""States in which a plan comes into being; no transition need lead to them."""

TERMINAL = {S.COMPLETED, S.CANCELLED}
"""States in which a plan rests for good."""

# Written out from the procedure's text, not from the table that is tested.
EXPECTED: dict[PlanState, dict[Trigger, PlanState]] = {
    S.NEEDS_REVIEW: {T.REVIEWED: S.AWAITING_LIVE_DATE, T.CANCEL: S.CANCELLED},
    S.AWAITING_LIVE_DATE: {
        T.SCHEDULE: S.SCHEDULED,
        T.COMPRESS: S.IN_WINDOW,
        T.HOLD: S.ON_HOLD,
        T.CANCEL: S.CANCELLED,
    },
    S.SCHEDULED: {
        T.SCHEDULE: S.SCHEDULED,
        T.COMPRESS: S.IN_WINDOW,
        T.OPEN_WINDOW: S.IN_WINDOW,
        T.HOLD: S.ON_HOLD,
        T.CANCEL: S.CANCELLED,
    },
    S.IN_WINDOW: {
        T.SCHEDULE: S.SCHEDULED,
        T.COMPRESS: S.IN_WINDOW,
        T.GO_LIVE: S.LIVE,
        T.MISS: S.MISSED,
        T.HOLD: S.ON_HOLD,
        T.CANCEL: S.CANCELLED,
    },
    S.MISSED: {
        T.SCHEDULE: S.SCHEDULED,
        T.COMPRESS: S.IN_WINDOW,
        T.FORCE: S.LIVE,
        T.HOLD: S.ON_HOLD,
        T.CANCEL: S.CANCELLED,
    },
    S.ON_HOLD: {
        T.RESUME: S.SCHEDULED,
        T.RESUME_IN_WINDOW: S.IN_WINDOW,
        T.UNSCHEDULE: S.AWAITING_LIVE_DATE,
        T.CANCEL: S.CANCELLED,
    },
    S.LIVE: {T.COMPLETE: S.COMPLETED},
    S.COMPLETED: {},
    S.CANCELLED: {},
}


@pytest.mark.parametrize("trigger", list(Trigger))
@pytest.mark.parametrize("state", list(PlanState))
def test_a_plan_moves_as_the_procedure_says_and_in_no_other_way(
    state: PlanState, trigger: Trigger
) -> None:
    target = EXPECTED[state].get(trigger)

    if target is not None:
        assert transition(state, trigger) is target
        return
    with pytest.raises(TransitionRefused) as refused:
        transition(state, trigger)
    assert refused.value.facts == {
        "state": str(state),
        "allowed_states": sorted(str(one) for one in EXPECTED if trigger in EXPECTED[one]),
    }


def test_a_refusal_says_where_the_plan_stands_and_when_it_would_be_possible() -> None:
    with pytest.raises(TransitionRefused) as refused:
        transition(S.ON_HOLD, T.GO_LIVE)

    assert refused.value.detail == (
        "A plan that is on hold does not allow going live; "
        "this is possible while it is in its window."
    )
    assert isinstance(refused.value, Conflict)


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (T.SCHEDULE, "A plan that needs a review does not allow setting its live date; "),
        (T.COMPRESS, "A plan that needs a review does not allow setting its live date; "),
        (T.HOLD, "A plan that needs a review does not allow holding; "),
        (T.RESUME, "A plan that needs a review does not allow resuming; "),
        (T.UNSCHEDULE, "A plan that needs a review does not allow resuming; "),
        (T.FORCE, "A plan that needs a review does not allow forcing it live; "),
    ],
)
def test_a_refusal_names_what_was_tried_in_words_that_people_use(
    trigger: Trigger, words: str
) -> None:
    with pytest.raises(TransitionRefused) as refused:
        transition(S.NEEDS_REVIEW, trigger)

    assert refused.value.detail.startswith(words)


def test_cancelling_says_every_state_that_allows_it() -> None:
    with pytest.raises(TransitionRefused) as refused:
        transition(S.LIVE, T.CANCEL)

    assert refused.value.detail == (
        "A plan that is live does not allow cancelling; this is possible while it needs a review, "
        "awaits its live date, is scheduled, is in its window, has missed its live date or is on "
        "hold."
    )


def test_every_trigger_has_one_row_in_the_table() -> None:
    assert sorted(row.trigger for row in TRANSITIONS) == sorted(Trigger)


@pytest.mark.parametrize("state", list(PlanState))
def test_every_state_has_a_way_in(state: PlanState) -> None:
    into = {row.trigger for row in TRANSITIONS if row.target is state}

    assert into or state in MADE_AS


@pytest.mark.parametrize("state", list(PlanState))
def test_every_state_has_a_way_out_unless_it_is_terminal(state: PlanState) -> None:
    out = {row.target for row in TRANSITIONS if state in row.sources} - {state}

    assert bool(out) is (state not in TERMINAL)


@pytest.mark.parametrize("state", sorted(set(PlanState) - TERMINAL))
def test_from_every_state_a_plan_can_still_come_to_an_end(state: PlanState) -> None:
    reached, grown = {state}, 0
    while len(reached) > grown:
        grown = len(reached)
        reached |= {row.target for row in TRANSITIONS if reached & row.sources}

    assert reached & TERMINAL


def test_an_open_plan_is_one_that_can_still_go_live() -> None:
    assert {
        S.AWAITING_LIVE_DATE,
        S.SCHEDULED,
        S.IN_WINDOW,
        S.MISSED,
        S.ON_HOLD,
    } == OPEN_STATES


@pytest.mark.parametrize("trigger", list(Trigger))
def test_the_sweeps_ask_for_the_states_that_the_table_allows(trigger: Trigger) -> None:
    assert sources_of(trigger) == {one for one in PlanState if trigger in EXPECTED[one]}


def test_the_questions_that_a_date_answers_are_those_about_the_date() -> None:
    assert {flag for flag in PlanFlag if flag.startswith("live_date_")} == LIVE_DATE_QUESTIONS
