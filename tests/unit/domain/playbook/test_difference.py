"""Two versions of a playbook side by side: what differs is told field by field."""

import pytest

from app.domain.playbook.difference import differences, written


def told(before: object, after: object) -> list[str]:
    return [str(each) for each in differences(before, after)]


def steps(*entries: object) -> dict[str, object]:
    return {"steps": list(entries)}


KICKOFF = {"key": "kickoff", "due": {"days": 5, "from": "closed"}}
REVIEW = {"key": "review", "due": {"days": 30, "from": "closed"}}


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ({"version": 1}, {"version": 1}, []),
        ({"version": 1}, {"version": 2}, ["version: 1, now 2"]),
        ({"by_hand": 1}, {"by_hand": True}, ["by_hand: 1, now true"]),
        ({}, {"deviations": {"approved_by": "lead"}}, ["deviations: new, {approved_by: lead}"]),
        ({"stage": "week_1"}, {}, ["stage: gone, was week_1"]),
        ({"due": {"days": 5}}, {"due": {}}, ["due.days: gone, was 5"]),
        ({"due": {}}, {"due": {"days": 5}}, ["due.days: new, 5"]),
        ({"target": "> 8"}, {"target": None}, ["target: > 8, now nothing"]),
        ({"blocks": ["ready"]}, {"blocks": "ready"}, ["blocks: [ready], now ready"]),
    ],
)
def test_a_field_that_differs_is_told_with_what_stood_there(
    before: object, after: object, sentences: list[str]
) -> None:
    assert told(before, after) == sentences


def test_a_changed_step_is_told_by_its_key_and_field() -> None:
    sooner = {"key": "kickoff", "due": {"days": 3, "from": "closed"}}

    assert told(steps(KICKOFF, REVIEW), steps(sooner, REVIEW)) == [
        "steps[kickoff].due.days: 5, now 3"
    ]


def test_a_step_put_between_others_is_one_difference() -> None:
    call = {"key": "call"}

    assert told(steps(KICKOFF, REVIEW), steps(KICKOFF, call, REVIEW)) == [
        "steps[call]: new, {key: call}"
    ]
    assert told(steps(KICKOFF, call, REVIEW), steps(KICKOFF, REVIEW)) == [
        "steps[call]: gone, was {key: call}"
    ]


def test_steps_that_changed_places_are_told_in_their_new_order() -> None:
    assert told(steps(KICKOFF, REVIEW), steps(REVIEW, KICKOFF)) == [
        "steps: in another order, now review, kickoff"
    ]


def test_checks_are_known_by_their_text() -> None:
    before = {"checklist": [{"text": "Tools are there"}, {"text": "Tell the client"}]}
    after = {"checklist": [{"text": "Tools are there", "evidence": "link"}]}

    assert told(before, after) == [
        "checklist[Tools are there].evidence: new, link",
        "checklist[Tell the client]: gone, was {text: Tell the client}",
    ]


def test_roles_in_a_list_are_known_by_themselves() -> None:
    assert told({"tell": ["sales"]}, {"tell": ["sales", "lead"]}) == ["tell[lead]: new, lead"]


@pytest.mark.parametrize(
    "before",
    [[{"if": "hot"}, {"if": "cold"}], [{"key": "a"}, {"key": "a"}], [{"key": "a"}, {"if": "cold"}]],
)
def test_entries_without_names_of_their_own_are_counted(before: list[object]) -> None:
    after = [*before[:1], {"if": "warm"}]

    assert all(
        sentence.startswith("rows[2]") for sentence in told({"rows": before}, {"rows": after})
    )
    assert told({"rows": before}, {"rows": after})


def test_a_value_is_written_on_one_line() -> None:
    assert written({"roles": ["lead", "csm"], "in_turn": False, "of": None}) == (
        "{roles: [lead, csm], in_turn: false, of: nothing}"
    )
