"""Why a plan waits for a person, what differs, and which choices there are."""

from dataclasses import replace

import pytest

from app.domain.errors import NotAnUpgrade
from app.domain.plan import PlanState
from app.domain.review import (
    NOTHING_LEFT,
    AdjustmentsCarriedOut,
    Choice,
    ChoiceNotPossible,
    OpenPlan,
    ReviewCause,
    ReviewFacts,
    instead,
    refuse_choice,
    review,
    why_review,
)
from app.domain.terms import Difference, Terms

OPEN = OpenPlan(
    "UPG-1", PlanState.SCHEDULED, Terms("start", "sprint", live_on="2026-12-07"), carried_out=0
)
NEW = Terms("start", "scale", live_on="2026-12-14")
FACTS = ReviewFacts(ReviewCause.OPEN_PLAN, NEW, "start", OPEN, queued=False)


def lawful(_from: str, _to: str) -> object:
    return object()


def unlawful(from_: str, to: str) -> object:
    raise NotAnUpgrade(f"{from_} to {to} is a downgrade, not an upgrade.")


def possible(facts: ReviewFacts) -> list[str]:
    return [str(one.choice) for one in review(facts, lawful).possible]


def test_nothing_is_in_the_way_of_an_agreement_that_leaves_what_the_client_has() -> None:
    assert why_review("start", "start", None) is None


def test_nothing_is_in_its_way_where_nobody_knows_what_the_client_has() -> None:
    assert why_review("start", None, None) is None


def test_an_open_plan_is_in_the_way() -> None:
    assert why_review("start", "start", "UPG-1") == (
        ReviewCause.OPEN_PLAN,
        "The client has the open plan UPG-1 already.",
    )


def test_facts_that_disagree_are_in_the_way() -> None:
    assert why_review("start", "sprint", None) == (
        ReviewCause.FACTS_DISAGREE,
        "The agreement leaves 'start', but the client has 'sprint'.",
    )


def test_both_at_once_are_both_said() -> None:
    assert why_review("start", "sprint", "UPG-1") == (
        ReviewCause.OPEN_PLAN,
        "The client has the open plan UPG-1 already. "
        "The agreement leaves 'start', but the client has 'sprint'.",
    )


def test_a_second_agreement_is_shown_beside_the_open_plan_with_all_four_choices() -> None:
    seen = review(FACTS, lawful)

    assert seen.cause is ReviewCause.OPEN_PLAN
    assert seen.differences == (
        Difference("movement.to", "sprint", "scale"),
        Difference("live_on", "2026-12-07", "2026-12-14"),
    )
    assert {str(one.choice): one.detail for one in seen.possible} == {
        "supersede": "Cancels UPG-1 with everything that it has scheduled. Begins this plan; "
        "where its live date cannot be used, Sales is asked for one.",
        "queue": "Leaves UPG-1 as it is. This plan begins once that one is live or cancelled, "
        "if the client then has the package that it leaves. Once UPG-1 is live the client will "
        "have 'sprint', and a person will be asked again.",
        "merge": "UPG-1 takes these terms: 'start' to 'scale', and live date, billing and people "
        "where this agreement names them; a live date that cannot be used any more is left as it "
        "is. This plan ends.",
        "reject": "Ends this plan; nothing else changes.",
    }
    assert seen.sentences == (
        "The client has the open plan UPG-1 already.",
        "The package taken: 'scale' instead of 'sprint'.",
        "The live date: '2026-12-14' instead of '2026-12-07'.",
    )


def test_that_the_new_agreement_names_no_live_date_is_a_difference() -> None:
    undated = replace(FACTS, new=replace(NEW, live_on=None))
    assert review(undated, lawful).differences[-1] == Difference("live_on", "2026-12-07", None)

    neither = replace(undated, open=replace(OPEN, terms=replace(OPEN.terms, live_on=None)))
    assert review(neither, lawful).differences == (Difference("movement.to", "sprint", "scale"),)


def test_what_follows_the_open_plan_is_queued_without_a_warning() -> None:
    follows = replace(FACTS, new=Terms("sprint", "scale"))

    (queue,) = (one for one in review(follows, lawful).options if one.choice is Choice.QUEUE)

    assert queue.detail.endswith("if the client then has the package that it leaves.")


def test_superseding_says_that_it_corrects_what_the_client_has() -> None:
    wrong = replace(FACTS, client_package="sprint")

    (supersede, *_) = review(wrong, lawful).options

    assert "Writes down that the client has 'start', not 'sprint'." in supersede.detail


@pytest.mark.parametrize(
    ("facts", "choices"),
    [
        (FACTS, ["supersede", "queue", "merge", "reject"]),
        (replace(FACTS, queued=True), ["supersede", "merge", "reject"]),
        (replace(FACTS, open=replace(OPEN, carried_out=2)), ["queue", "merge", "reject"]),
        (
            replace(FACTS, open=replace(OPEN, state=PlanState.ON_HOLD)),
            ["supersede", "queue", "reject"],
        ),
        (
            replace(FACTS, open=replace(OPEN, state=PlanState.MISSED)),
            ["supersede", "queue", "reject"],
        ),
        (replace(FACTS, open=None), ["supersede", "reject"]),
    ],
)
def test_only_choices_that_are_possible_are_listed(facts: ReviewFacts, choices: list[str]) -> None:
    assert possible(facts) == choices


def test_terms_that_are_no_upgrade_of_the_open_plan_are_not_merged() -> None:
    seen = review(FACTS, unlawful)

    refused = {str(one.choice): one.refused for one in seen.options if one.refused}
    assert refused == {
        "merge": "UPG-1 cannot take these terms: start to scale is a downgrade, not an upgrade."
    }


def test_facts_that_disagree_are_shown_with_two_choices() -> None:
    disagree = ReviewFacts(ReviewCause.FACTS_DISAGREE, NEW, "sprint", None, queued=False)

    seen = review(disagree, lawful)

    assert seen.cause is ReviewCause.FACTS_DISAGREE
    assert seen.differences == (Difference("movement.from", "sprint", "start"),)
    assert possible(disagree) == ["supersede", "reject"]


def test_a_reason_that_is_gone_is_said_to_be_gone() -> None:
    seen = review(replace(FACTS, open=None), lawful)

    assert (seen.cause, seen.reason, seen.differences) == (
        ReviewCause.OPEN_PLAN,
        NOTHING_LEFT,
        (),
    )


def test_a_choice_that_is_not_possible_is_refused_with_those_that_are() -> None:
    seen = review(replace(FACTS, open=None), lawful)
    queue = seen.options[1]

    with pytest.raises(ChoiceNotPossible) as refused:
        refuse_choice(queue, seen.possible)

    assert refused.value.detail == (
        "There is no open plan to wait for. Choose supersede or reject."
    )
    assert refused.value.facts == {"choices": ["supersede", "reject"]}
    refuse_choice(seen.options[0], seen.possible)


def test_a_plan_whose_billing_changes_were_carried_out_does_not_give_way() -> None:
    seen = review(replace(FACTS, open=replace(OPEN, carried_out=2)), lawful)

    with pytest.raises(AdjustmentsCarriedOut) as refused:
        refuse_choice(seen.options[0], seen.possible)

    assert refused.value.detail == (
        "UPG-1 has 2 billing changes carried out already, so it cannot give way to "
        "another plan. Choose queue, merge or reject."
    )


def test_one_choice_that_is_left_is_named_alone() -> None:
    (reject,) = (one for one in review(FACTS, lawful).options if one.choice is Choice.REJECT)
    assert instead([reject]) == "Choose reject."
