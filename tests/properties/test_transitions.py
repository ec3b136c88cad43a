"""Whatever befalls a plan in whatever order, it never stands where the procedure forbids it."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.plan import (
    OPEN_STATES,
    PlanState,
    TransitionRefused,
    Trigger,
    sources_of,
    transition,
)

S, T = PlanState, Trigger
Step = tuple[PlanState, Trigger, PlanState]

MADE_AS = st.sampled_from([S.AWAITING_LIVE_DATE, S.NEEDS_REVIEW])
STORIES = st.lists(st.sampled_from(Trigger), max_size=60)


def lived(state: PlanState, triggers: list[Trigger]) -> list[Step]:
    """The steps that a plan takes; a refused trigger takes none."""
    steps: list[Step] = []
    for trigger in triggers:
        try:
            target = transition(state, trigger)
        except TransitionRefused:
            assert state not in sources_of(trigger)
            continue
        assert state in sources_of(trigger)
        steps.append((state, trigger, target))
        state = target
    return steps


@given(made_as=MADE_AS, triggers=STORIES)
def test_a_plan_goes_live_once_out_of_its_window_or_by_force_after_it(
    made_as: PlanState, triggers: list[Trigger]
) -> None:
    into_live = [
        (source, trigger)
        for source, trigger, target in lived(made_as, triggers)
        if target is S.LIVE
    ]

    assert len(into_live) <= 1
    assert set(into_live) <= {(S.IN_WINDOW, T.GO_LIVE), (S.MISSED, T.FORCE)}


@given(made_as=MADE_AS, triggers=STORIES)
def test_nothing_leads_back_from_live_and_nothing_out_of_the_end(
    made_as: PlanState, triggers: list[Trigger]
) -> None:
    for source, _, target in lived(made_as, triggers):
        assert source not in (S.COMPLETED, S.CANCELLED)
        if source is S.LIVE:
            assert target is S.COMPLETED


@given(made_as=MADE_AS, triggers=STORIES)
def test_a_plan_is_dated_before_it_is_in_its_window_live_or_missed(
    made_as: PlanState, triggers: list[Trigger]
) -> None:
    # given: a hold keeps what a plan has, so it does not count as a date
    dating = {T.SCHEDULE, T.COMPRESS}
    held_before: set[PlanState] = set()
    dated = False
    for source, trigger, target in lived(made_as, triggers):
        dated = dated or trigger in dating
        if trigger is T.HOLD:
            held_before.add(source)
        if target in (S.IN_WINDOW, S.LIVE, S.MISSED, S.COMPLETED):
            # A plan that was held undated is resumed as awaiting: the service asks for its date.
            assert dated or S.AWAITING_LIVE_DATE in held_before


@given(made_as=MADE_AS, triggers=STORIES)
def test_an_open_plan_can_always_be_cancelled_and_a_live_one_never(
    made_as: PlanState, triggers: list[Trigger]
) -> None:
    stood = {made_as, *(target for _, _, target in lived(made_as, triggers))}

    assert (OPEN_STATES | {S.NEEDS_REVIEW}) & stood <= sources_of(T.CANCEL)
    assert not sources_of(T.CANCEL) & {S.LIVE, S.COMPLETED, S.CANCELLED}
