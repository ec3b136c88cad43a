"""What other procedures need of the language: one small playbook a part, read and reckoned."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.catalog.faults import Fault
from app.catalog.playbook_files import read_playbook
from app.domain.playbook.condition import Known, Sign, holds
from app.domain.playbook.measure import (
    Answer,
    Counted,
    Fact,
    Lasting,
    Length,
    MeasureKind,
    Promoters,
    Share,
    Target,
    Within,
    meets,
)
from app.domain.playbook.model import Playbook
from app.domain.playbook.score import score_of
from app.domain.playbook.table import decide
from app.domain.playbook.trigger import next_time
from app.domain.playbook.who import ByTable, InTurn, approver_for, next_in_turn

PARTS = Path(__file__).parents[2] / "golden" / "playbooks" / "parts"
BRISBANE = ZoneInfo("Australia/Brisbane")


def part(name: str) -> Playbook:
    """The playbook of a file in which nothing is wrong."""
    faults: list[Fault] = []
    text = (PARTS / f"{name}.yaml").read_text(encoding="utf-8")
    found = read_playbook(f"playbooks/{name}.yaml", text, faults, services=frozenset())
    assert found is not None, faults
    assert faults == []
    return found[1]


BEST: dict[str, Known | None] = {
    "title": "ceo",
    "budget_holder": True,
    "employees": 200,
    "industry": "law",
    "visits": 12,
    "asked_for_demo": True,
}


@pytest.mark.parametrize(
    ("changes", "parts", "points", "band"),
    [
        ({}, (30, 30, 40), 100, "hot"),
        ({"asked_for_demo": False, "visits": 9}, (30, 30, 20), 80, "hot"),
        ({"title": "manager", "budget_holder": False}, (10, 30, 40), 80, "hot"),
        ({"title": "other", "budget_holder": False}, (0, 30, 40), 70, "warm"),
        ({"employees": None, "visits": 0}, (30, 10, 20), 60, "warm"),
        ({"employees": 501, "visits": 0, "asked_for_demo": False}, (30, 10, 0), 40, "qualified"),
        (
            {"employees": 49, "industry": "other", "visits": 2, "asked_for_demo": False},
            (30, 0, 0),
            30,
            "early",
        ),
    ],
)
def test_a_score_is_capped_by_part_and_falls_into_its_band(
    changes: dict[str, Known | None], parts: tuple[int, ...], points: int, band: str
) -> None:
    (lead,) = part("score").scores

    scored = score_of(lead, {**BEST, **changes})

    assert (tuple(scored.parts.values()), scored.points, scored.band) == (parts, points, band)


def test_steps_depend_on_the_score_and_its_band() -> None:
    call, look = part("score").steps
    hot: dict[str, Known | None] = {"lead": 80, "lead.band": "hot"}
    cold: dict[str, Known | None] = {"lead": 19, "lead.band": "cold"}

    assert call.when is not None
    assert look.when is not None
    assert [holds(call.when, hot), holds(look.when, hot)] == [True, False]
    assert [holds(call.when, cold), holds(look.when, cold)] == [False, True]


@pytest.mark.parametrize(
    ("points", "named", "role", "answer"),
    [
        (100, False, "senior_rep", "at_once"),
        (80, False, "senior_rep", "at_once"),
        (79, False, "rep", "in_an_hour"),
        (60, False, "rep", "in_an_hour"),
        (59, False, "sdr", "in_a_day"),
        (40, False, "sdr", "in_a_day"),
        (39, False, "sdr", "nurture"),
        (0, True, "manager", "at_once"),
    ],
)
def test_the_first_row_of_a_table_decides(points: int, named: bool, role: str, answer: str) -> None:
    book = part("decision-table")

    decided = decide(book.tables[0], {"points": points, "named_account": named})

    assert decided == {"role": role, "answer": answer}
    assert book.assignments == (ByTable("by_route", "Who the table names", "route.role"),)


@pytest.mark.parametrize(
    ("region", "employees", "territory"),
    [
        ("north", 999, "north"),
        ("south", 1, "south"),
        ("overseas", 1, "south"),
        ("north", 1000, "enterprise"),
    ],
)
def test_a_territory_follows_from_its_table(region: str, employees: int, territory: str) -> None:
    (place,) = part("territory").tables

    assert decide(place, {"region": region, "employees": employees}) == {"territory": territory}


def test_turns_go_round_inside_a_territory_and_to_the_manager_where_nobody_is() -> None:
    (assignment,) = part("territory").assignments
    staff = {"north": ["ann", "bo"], "south": ["cy"], "enterprise": []}

    assert assignment == InTurn(
        "in_turn", "In turn in the territory", "rep", "place.territory", "manager"
    )
    assert next_in_turn(staff["north"], "ann") == "bo"
    assert next_in_turn(staff["north"], "bo") == "ann"
    assert next_in_turn(staff["south"], "cy") == "cy"
    assert next_in_turn(staff["enterprise"], None) is None


@pytest.mark.parametrize(
    ("budget", "role"),
    [
        ("0", "manager"),
        ("4999.99", "manager"),
        ("5000", "director"),
        ("25000", "director"),
        ("25000.01", "cmo"),
        ("100000", "cmo"),
        ("100000.01", "ceo"),
    ],
)
def test_exactly_25k_goes_to_the_director_and_100k_to_the_cmo(budget: str, role: str) -> None:
    of_budget, _ = part("thresholds").approvals

    assert approver_for(of_budget, Decimal(budget)) == role


@pytest.mark.parametrize(
    ("discount", "role"),
    [("10", None), ("10.5", "manager"), ("20", "manager"), ("30", "director"), ("30.1", "ceo")],
)
def test_no_discount_falls_between_two_approvers(discount: str, role: str | None) -> None:
    _, of_discount = part("thresholds").approvals

    assert approver_for(of_discount, Decimal(discount)) == role


def test_schedules_come_round_daily_weekly_and_on_the_5th() -> None:
    friday = datetime(2026, 11, 27, 12, tzinfo=BRISBANE)

    found = [next_time(each, friday, BRISBANE) for each in part("schedules").trigger.schedules]

    assert [at.astimezone(BRISBANE).isoformat(" ", "minutes")[:16] for at in found] == [
        "2026-11-28 09:00",
        "2026-11-30 10:00",
        "2026-12-05 08:30",
    ]


def test_measures_are_computed_from_what_runs_have() -> None:
    to_answer = {length: Lasting("created", "answer", length) for length in Length}

    measures = {each.key: (each.kind, each.basis) for each in part("measures").measures}

    assert measures == {
        "sla": (MeasureKind.RATE, Share(Counted.STEPS, Fact.IN_TIME, ("answer",))),
        "form": (MeasureKind.RATE, Share(Counted.FIELDS, Fact.FILLED)),
        "first_hour": (MeasureKind.RATE, Within(to_answer[Length.HOURS], Fraction(1))),
        "response": (MeasureKind.MEAN, to_answer[Length.MINUTES]),
        "slowest": (MeasureKind.PERCENTILE, to_answer[Length.HOURS]),
        "satisfaction": (MeasureKind.MEAN, Answer("stars")),
        "nps": (MeasureKind.RATE, Promoters("recommends")),
        "reopened": (MeasureKind.COUNT, Share(Counted.STEPS, Fact.REOPENED)),
    }


def test_a_measure_has_its_target_and_what_is_done_where_it_is_missed() -> None:
    measures = {each.key: each for each in part("measures").measures}
    sla, slowest = measures["sla"], measures["slowest"]

    assert sla.target == Target(Sign.ABOVE, Fraction(95))
    assert sla.otherwise == "Give more people turns"
    assert meets(sla.target, Fraction("95.1"))
    assert not meets(sla.target, Fraction(95))
    assert (slowest.percentile, slowest.target) == (95, None)
