"""Fields, conditions, scores, tables, approvals: what asks something that has no answer."""

from dataclasses import replace
from fractions import Fraction

import pytest

from app.domain.playbook.condition_text import read_condition
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.model import Criterion, Playbook
from app.domain.playbook.score import Band, Part, Points, Score
from app.domain.playbook.table import AnyOf, Between, Cell, DecisionTable, Row
from app.domain.playbook.trigger import Trigger
from app.domain.playbook.who import ApprovalRule, ByName, ByTable, InTurn, Threshold
from tests.unit.domain.playbook.making import general, stage, task
from tests.unit.domain.playbook.said import said

FIGURES = "amount, asked, closes_on, email, region"


def with_field(kind: FieldKind, **changes: object) -> Playbook:
    return general(inputs=(*general().inputs, Field("x", "X", kind, **changes)))  # type: ignore[arg-type]


def points(when: str, amount: int = 10) -> Points:
    return Points(read_condition(when), amount)


def score(*rows: Points, cap: int = 10, high: int = 10, key: str = "lead") -> Score:
    return Score(key, "Lead", (Part("all", "All", cap, rows),), (Band("all", "All", 0, high),))


def row(*cells: Cell, **then: str) -> Row:
    return Row(cells, then or {"role": "rep"})


def table(asks: tuple[str, ...], *rows: Row, key: str = "route") -> DecisionTable:
    return DecisionTable(key, "Route", asks, rows)


def from_to(low: int | None, high: int | None) -> Between:
    return Between(None if low is None else Fraction(low), None if high is None else Fraction(high))


EU = AnyOf(frozenset({"eu"}))
ROUTE = table(("region",), row(EU, role="rep"), row(None, role="boss"))
AREAS = table(("region",), row(EU, area="north"), row(None, area="south"), key="areas")
IN_TURN = InTurn("turns", "In turn", "rep", "areas.area", "boss")


def approval(*thresholds: tuple[int | None, bool], figure: str = "amount") -> ApprovalRule:
    made = (
        Threshold(None if bound is None else Fraction(bound), included, "boss")
        for bound, included in thresholds
    )
    return ApprovalRule("money", "Money", figure, tuple(made))


def test_a_procedure_whose_questions_all_have_answers_says_nothing() -> None:
    book = general(
        trigger=Trigger(by_hand=True, when=read_condition("asked && region == 'eu'")),
        stages=(
            stage("sms", due=None, exit=(Criterion("All is said"),)),
            stage("all", due=None, entry=(Criterion("Hot", read_condition("lead.band == 'all'")),)),
        ),
        steps=(
            task("ask", when=read_condition("route.role == 'rep' && lead > 5"), stage="sms"),
            task("answer", asks=(Field("seats", "Seats", FieldKind.WHOLE),), assign="turns"),
        ),
        scores=(score(points("seats > 5")),),
        tables=(
            ROUTE,
            AREAS,
            table(
                ("lead", "lead.band", "route.role", "asked"),
                row(from_to(5, None), None, None, AnyOf(frozenset({True})), speed="fast"),
                row(None, None, None, None, speed="slow"),
                key="speed",
            ),
        ),
        territories=("north", "south"),
        assignments=(
            IN_TURN,
            ByTable("by_table", "By table", "route.role"),
            ByName("ann", "Ann", "ann@agency.example"),
            InTurn("all", "All in turn", "rep"),
        ),
        approvals=(
            approval((10, False), (10, True), (None, False)),
            replace(approval((None, False), figure=""), key="always"),
        ),
    )

    assert said(book) == []


@pytest.mark.parametrize(
    ("book", "sentence"),
    [
        (
            with_field(FieldKind.CHOICE),
            "inputs[5].values: expected `values` with kind: choice, and only there",
        ),
        (
            with_field(FieldKind.TEXT, values=("a",)),
            "inputs[5].values: expected `values` with kind: choice, and only there",
        ),
        (
            with_field(FieldKind.CHOICE, values=("a", "b", "a")),
            "inputs[5].values[2]: 'a' stands here a second time",
        ),
        (
            with_field(FieldKind.CHOICE, values=("any",)),
            "inputs[5].values[0]: `any` stands for every value in a table; expected another word",
        ),
        (
            with_field(FieldKind.DAY, minimum=Fraction(1)),
            "inputs[5].minimum: is for numbers and lists; 'x' is of kind: day",
        ),
        (
            with_field(FieldKind.YES_NO, maximum=Fraction(1)),
            "inputs[5].maximum: is for numbers and lists; 'x' is of kind: yes_no",
        ),
        (
            with_field(FieldKind.WHOLE, minimum=Fraction(3), maximum=Fraction(2)),
            "inputs[5].maximum: expected 3 or more, since that is the minimum",
        ),
        (
            general(steps=(task("ask", asks=(Field("y", "Y", FieldKind.CHOICE),)),)),
            "steps[0].asks[0].values: expected `values` with kind: choice, and only there",
        ),
        (
            general(trigger=Trigger(by_hand=True, when=read_condition("hot"))),
            f"trigger.when: there is no figure 'hot'; expected one of {FIGURES}",
        ),
        (
            general(steps=(task("ask", when=read_condition("region == 'us'")),)),
            "steps[0].when: 'region' is never 'us'; expected one of eu, uk",
        ),
        (
            general(
                stages=(
                    stage("all", due=None, exit=(Criterion("Big", read_condition("asked > 1")),)),
                )
            ),
            "stages[0].exit[0].when: 'asked' is true or false, which is never 1",
        ),
    ],
)
def test_a_field_or_condition_that_cannot_be_is_named(book: Playbook, sentence: str) -> None:
    assert said(book)[0] == sentence


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (
            score(points("lead > 5")),
            f"scores[0].parts[0].rows[0].when: there is no figure 'lead'; expected one of "
            f"{FIGURES}",
        ),
        (
            score(points("asked", 1001)),
            "scores[0].parts[0].rows[0].points: expected -1,000 to 1,000 points",
        ),
        (
            score(points("asked", -1001)),
            "scores[0].parts[0].rows[0].points: expected -1,000 to 1,000 points",
        ),
        (
            score(points("asked"), cap=0, high=0),
            "scores[0].parts[0].cap: expected 1 to 1,000 points",
        ),
        (
            score(points("asked"), cap=1001, high=1001),
            "scores[0].parts[0].cap: expected 1 to 1,000 points",
        ),
        (score(points("asked"), high=9), "scores[0].bands: no band has 10"),
        (
            replace(score(points("asked")), bands=(Band("all", "All", 1, 10),)),
            "scores[0].bands[0]: leaves a gap before it: no band has 0",
        ),
    ],
)
def test_a_score_that_cannot_be_reckoned_is_named(one: Score, sentence: str) -> None:
    assert said(general(scores=(one,))) == [sentence]


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (
            table(("size",), row(None)),
            f"tables[0].asks[0]: there is no figure 'size'; expected one of {FIGURES}: a "
            "table asks fields, scores, and tables above it",
        ),
        (
            table(("route.role",), row(None)),
            f"tables[0].asks[0]: there is no figure 'route.role'; expected one of {FIGURES}: a "
            "table asks fields, scores, and tables above it",
        ),
        (
            table(("email",), row(None)),
            "tables[0].asks[0]: 'email' is text; a table asks numbers, choices, and true or false",
        ),
        (
            table(("amount",), row(EU), row(None)),
            'tables[0].rows[0].when.amount: expected a number, ">= 80", "60 to 79" or any',
        ),
        (
            table(("region",), row(from_to(1, 2)), row(None)),
            "tables[0].rows[0].when.region: expected one or more of eu, uk, or any",
        ),
        (
            table(("region",), row(AnyOf(frozenset({"eu", "us"}))), row(None)),
            "tables[0].rows[0].when.region: expected one or more of eu, uk, or any",
        ),
        (
            table(("asked",), row(EU), row(None)),
            "tables[0].rows[0].when.asked: expected one or more of true, false, or any",
        ),
        (
            table(("region",), row(EU, role="rep", speed="fast"), row(None, role="boss")),
            "tables[0].rows[1].then: lacks speed, which another row says; expected it in every row",
        ),
        (
            table(("amount",), row(from_to(0, 9)), row(from_to(10, None))),
            "tables[0].rows: no row fits amount 9.5",
        ),
        (
            table(("region",), row(None), row(EU)),
            "tables[0].rows[1]: is never reached: the rows above it take every case",
        ),
    ],
)
def test_a_table_that_does_not_decide_is_named(one: DecisionTable, sentence: str) -> None:
    assert said(general(tables=(one,))) == [sentence]


@pytest.mark.parametrize(
    ("book", "sentence"),
    [
        (
            general(assignments=(IN_TURN,)),
            "assignments[0].territory: there is no outcome of a table 'areas.area', nor any",
        ),
        (
            general(assignments=(IN_TURN,), tables=(AREAS,), territories=("north",)),
            "assignments[0].territory: areas.area may be 'south', and there is no territory "
            "'south'; expected one of north",
        ),
        (
            general(
                assignments=(replace(IN_TURN, otherwise=""),),
                tables=(AREAS,),
                territories=("north", "south"),
            ),
            "assignments[0].otherwise: is missing; expected the role that gets it where a "
            "territory "
            "has nobody",
        ),
        (
            general(assignments=(ByTable("t", "T", "route.who"),), tables=(ROUTE,)),
            "assignments[0].outcome: there is no outcome of a table 'route.who'; expected one of "
            "route.role",
        ),
        (
            general(assignments=(ByTable("t", "T", "areas.area"),), tables=(AREAS,)),
            "assignments[0].outcome: areas.area may be 'north', and there is no role 'north'; "
            "expected one of boss, rep",
        ),
        (
            general(approvals=(approval((None, False), figure="size"),)),
            "approvals[0].figure: there is no number 'size'; expected one of amount",
        ),
        (
            general(approvals=(approval((None, False), figure="region"),)),
            "approvals[0].figure: 'region' is a choice; expected a number",
        ),
        (
            general(approvals=(approval((10, False)),)),
            "approvals[0].thresholds: expected a last one without `up_to` and `below`: who "
            "approves "
            "all that is above",
        ),
        (
            general(approvals=(approval((10, False), (None, False), figure=""),)),
            "approvals[0].figure: is missing; expected the number that the thresholds are compared "
            "with",
        ),
        (
            general(approvals=(approval((10, True), (10, False), (None, False)),)),
            "approvals[0].thresholds[1]: is never reached; expected a bound above that of the "
            "threshold before it",
        ),
        (
            general(approvals=(approval((None, False), (None, False)),)),
            "approvals[0].thresholds[1]: is never reached; expected a bound above that of the "
            "threshold before it",
        ),
    ],
)
def test_people_who_cannot_be_found_are_named(book: Playbook, sentence: str) -> None:
    assert sentence in said(book)


def test_where_there_are_no_numbers_none_is_offered() -> None:
    book = general(inputs=(), approvals=(approval((None, False)),))

    assert said(book) == ["approvals[0].figure: there is no number 'amount', nor any"]
