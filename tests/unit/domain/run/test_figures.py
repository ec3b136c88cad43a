"""The figures of a run, its words, its people, its events."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from app.domain.playbook.condition import Compare, Known, Sign
from app.domain.playbook.effect import ChatEffect, WebhookEffect
from app.domain.playbook.form import Field, FieldKind
from app.domain.playbook.moment import OF_RUNS, OF_STEPS, Moment
from app.domain.playbook.score import Band, Part, Points, Score
from app.domain.playbook.table import AnyOf, Between, DecisionTable, Row
from app.domain.playbook.who import ByName, ByTable, InTurn
from app.domain.refs import run_ref
from app.domain.run.acting import completed
from app.domain.run.assigning import Doer, doer_of, roles_in_territories
from app.domain.run.events import NAMES, own_events
from app.domain.run.figures import figures_of, in_words, said
from tests.unit.domain.run.making import TINA, after, begun, playbook, step

SIZE = Field("size", "Size", FieldKind.WHOLE, required=False)
CALLS = Field("calls", "Calls", FieldKind.WHOLE)
LARGE = Points(Compare("size", Sign.ABOVE, Fraction(10)), 30)
FIT = Score(
    "fit",
    "Fit",
    (Part("size", "Size", 30, (LARGE,)),),
    (Band("cold", "Cold", 0, 19), Band("hot", "Hot", 20, 30)),
)
BY_BAND = DecisionTable(
    "priority",
    "Priority",
    ("routing.route",),
    (Row((AnyOf(frozenset({"rep"})),), {"within": "1h"}), Row((None,), {"within": "1d"})),
)
ROUTING = DecisionTable(
    "routing",
    "Routing",
    ("fit",),
    (Row((Between(Fraction(20), None),), {"route": "rep"}), Row((None,), {"route": "nobody"})),
)
BOOK = playbook(
    inputs=(SIZE,),
    scores=(FIT,),
    tables=(BY_BAND, ROUTING),
    steps=(step("first", asks=(CALLS,)), step("second")),
)


def test_scores_and_tables_follow_from_what_the_forms_hold() -> None:
    run = begun(BOOK, size=11)

    assert figures_of(BOOK, run) == {
        "size": Decimal(11),
        "fit": Fraction(30),
        "fit.band": "hot",
        "routing.route": "rep",
        "priority.within": "1h",
    }
    run = after(BOOK, run, lambda m: completed(m, "first", {"calls": 3}, TINA)).run
    assert figures_of(BOOK, run)["calls"] == Decimal(3)


def test_a_table_that_asks_what_is_not_known_decides_nothing() -> None:
    ask = DecisionTable("ask", "Ask", ("calls",), (Row((None,), {"route": "rep"}),))
    book = replace(BOOK, tables=(ask,))

    assert "ask.route" not in figures_of(book, begun(book))


def test_texts_say_figures_as_people_do() -> None:
    figures: dict[str, Known | None] = {
        "name": "Harbour",
        "new": True,
        "old": False,
        "aims": ("a", "b"),
        "gone": None,
    }

    text = in_words("{name} {new} {old} {aims} {gone} {other}", figures)

    assert text == "Harbour yes no a; b  {other}"
    assert said(date(2026, 12, 7)) == "2026-12-07"


def test_whom_a_step_goes_to() -> None:
    assignments = (
        ByName("named", "Named", "ann@agency.example"),
        InTurn("turn", "Turn", "rep"),
        InTurn("local", "Local", "rep", "routing.territory", "manager"),
        ByTable("table", "Table", "routing.role"),
    )
    book = playbook(assignments=assignments)
    figures = {"routing.territory": "north", "routing.role": "senior"}

    def doer(assign: str, **known: str) -> Doer:
        return doer_of(book, step("x", assign=assign), known or figures)

    assert doer("") == Doer("technician")
    assert doer("named") == Doer("technician", person="ann@agency.example")
    assert doer("turn") == Doer("rep")
    assert doer("local") == Doer("rep", "", "north", "manager")
    assert doer("table") == Doer("senior")
    assert doer("table", other="x") == Doer("technician")
    assert roles_in_territories(book) == {"rep"}


def test_every_moment_of_a_run_is_an_event() -> None:
    assert set(NAMES) == OF_RUNS | OF_STEPS
    book = playbook(
        effects=(WebhookEffect(Moment.COMPLETED, "handed_off"), ChatEffect(Moment.BEGUN, "x")),
        steps=(step("first", effects=(WebhookEffect(Moment.DONE, "run.met"),)),),
    )
    assert own_events(book) == {"run.handed_off", "run.met"}


def test_a_run_has_the_same_ref_whenever_the_same_starts_it() -> None:
    assert run_ref("sample", "deal/5") == run_ref("sample", "deal/5")
    assert run_ref("sample", "deal/5").startswith("RUN-")
    assert run_ref("other", "deal/5") != run_ref("sample", "deal/5")
