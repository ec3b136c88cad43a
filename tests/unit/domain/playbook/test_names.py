"""Names that stand for two things, or for nothing that is there."""

import pytest

from app.domain.playbook.condition_text import read_condition
from app.domain.playbook.effect import ChatEffect, ReportEffect
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.governance import Governance
from app.domain.playbook.model import (
    AnchorSource,
    Offset,
    Playbook,
    Side,
)
from app.domain.playbook.moment import Moment
from app.domain.playbook.reminder import Span, SpanUnit
from app.domain.playbook.score import Band, Part, Points, Score
from app.domain.playbook.table import DecisionTable, Row
from app.domain.playbook.who import (
    ApprovalRule,
    InTurn,
    Threshold,
)
from tests.unit.domain.playbook.general_making import anchored, asking, escalation, mail, timed
from tests.unit.domain.playbook.making import general, stage, task
from tests.unit.domain.playbook.said import said


@pytest.mark.parametrize(
    ("book", "sentence"),
    [
        (
            asking(asks=(Field("amount", "Amount", FieldKind.NUMBER),)),
            "steps[0].asks[0].key: 'amount' is the name of another figure already",
        ),
        (
            general(
                tables=(DecisionTable("amount", "T", ("asked",), (Row((None,), {"a": "b"}),)),)
            ),
            "tables[0].key: 'amount' is the name of another figure already",
        ),
        (
            general(
                scores=(
                    Score(
                        "region",
                        "R",
                        (Part("p", "P", 1, (Points(read_condition("asked"), 1),)),),
                        (Band("b", "B", 0, 1),),
                    ),
                )
            ),
            "scores[0].key: 'region' is the name of another figure already",
        ),
        (
            anchored(key="ready"),
            "anchors[1].key: 'ready' is a moment that deadlines count from; expected another key",
        ),
        (
            anchored(key="ask"),
            "steps[0].key: 'ask' is an anchor already; measures could mean either",
        ),
        (
            general(steps=(task("completed"),)),
            "steps[0].key: 'completed' is a word of `blocks`; expected another key",
        ),
        (
            general(deviations_approved_by="x"),
            "deviations.approved_by: there is no role 'x'; expected one of boss, rep",
        ),
        (
            general(governance=Governance("C", "I", ("boss", "x"))),
            "governance.approvals[1]: there is no role 'x'; expected one of boss, rep",
        ),
        (
            general(governance=Governance("C", "I", ("boss",), acknowledge=("x",))),
            "governance.acknowledge[0]: there is no role 'x'; expected one of boss, rep",
        ),
        (
            anchored(source=AnchorSource.FIELD, of="won_on", side=Side.BOTH),
            "anchors[1].field: there is no input 'won_on'; expected one of amount, asked, "
            "closes_on, email, region",
        ),
        (
            anchored(source=AnchorSource.STEP, of="x"),
            "anchors[1].step: there is no step 'x'; expected one of answer, ask",
        ),
        (
            general(stages=(stage("first", due=None, after=("x",)),)),
            "stages[0].after[0]: there is no stage 'x'; expected one of first",
        ),
        (
            asking(verified_by="x"),
            "steps[0].verified_by: there is no role 'x'; expected one of boss, rep",
        ),
        (
            asking(blocks=frozenset({"x"})),
            "steps[0].blocks: there is no step 'x'; expected one of answer, ask, completed, ready",
        ),
        (
            asking(assign="x"),
            "steps[0].assign: there is no assignment 'x', nor any",
        ),
        (asking(approval="x"), "steps[0].approval: there is no approval 'x', nor any"),
        (
            asking(due=Offset(1, "x")),
            "steps[0].due.from: there is no anchor 'x'; expected one of begun_on",
        ),
        (
            asking(effects=(ChatEffect(Moment.DONE, "rep", "", "Done with {x}"),)),
            "steps[0].effects[0].text: there is no field 'x'; expected one of amount, asked, "
            "closes_on, email, region",
        ),
        (
            general(effects=(mail("email", subject="For {}"),)),
            "effects[0].subject: there is no field '{}'; expected one of amount, asked, "
            "closes_on, email, region",
        ),
        (
            general(effects=(mail("x"),)),
            "effects[0].to: there is no role or field 'x'; expected one of amount, asked, boss, "
            "closes_on, email, region, rep",
        ),
        (
            general(effects=(ReportEffect(Moment.COMPLETED, "x", "R", ()),)),
            "effects[0].role: there is no role 'x'; expected one of boss, rep",
        ),
        (
            general(effects=(ReportEffect(Moment.COMPLETED, "rep", "R", ("x",)),)),
            "effects[0].measures[0]: there is no measure 'x', nor any",
        ),
        (
            general(assignments=(InTurn("t", "T", "x"),)),
            "assignments[0].role: there is no role 'x'; expected one of boss, rep",
        ),
        (
            general(assignments=(InTurn("t", "T", "rep", "", "x"),)),
            "assignments[0].otherwise: there is no role 'x'; expected one of boss, rep",
        ),
        (
            general(approvals=(ApprovalRule("a", "A", "", (Threshold(None, False, "x"),)),)),
            "approvals[0].thresholds[0].role: there is no role 'x'; expected one of boss, rep",
        ),
        (
            general(escalations=(escalation(("x", 0)),)),
            "escalations[0].path[0].role: there is no role 'x'; expected one of boss, rep",
        ),
        (
            timed(steps=("x",)),
            "deadlines[0].steps[0]: there is no step 'x'; expected one of answer, ask",
        ),
        (
            timed(counts_from="x"),
            "deadlines[0].from: there is no anchor or moment 'x'; expected one of begun_on, "
            "blocked, ready, started",
        ),
        (
            timed(warn_after=Span(1, SpanUnit.BUSINESS_HOURS), tell=("x",)),
            "deadlines[0].on_warning[0]: there is no role 'x'; expected one of boss, rep",
        ),
        (
            timed(escalation="x"),
            "deadlines[0].on_breach: there is no escalation 'x', nor any",
        ),
    ],
)
def test_a_name_that_means_nothing_or_two_things_is_named(book: Playbook, sentence: str) -> None:
    assert said(book) == [sentence]
