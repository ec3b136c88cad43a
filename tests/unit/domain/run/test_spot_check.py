"""What is looked at where a run is checked closely."""

from dataclasses import replace

from app.domain.approval import ApprovalState
from app.domain.playbook.model import ChecklistItem
from app.domain.run.model import RunStep, StepState, Tick
from app.domain.run.spot_check import to_look_at
from tests.unit.domain.run.making import MONDAY, begun, playbook, step

KEYS = ("plain", "open", "skipped", "other", "again", "out", "later", "asked", "void")
BOOK = playbook(
    steps=(
        *(step(key) for key in KEYS),
        step("listed", checklist=(ChecklistItem("One"), ChecklistItem("Two", required=False))),
        step("short", checklist=(ChecklistItem("One"), ChecklistItem("Two"))),
        step("added"),
    )
)


def stood(key: str, state: StepState = StepState.DONE, **changes: object) -> RunStep:
    return replace(RunStep(key, state), **changes)  # type: ignore[arg-type]


def test_a_check_is_told_what_was_done_otherwise_and_what_shows_the_rest() -> None:
    run = begun(BOOK)
    steps = [
        stood("plain"),
        stood("open", StepState.IN_REVIEW, returns=1),
        stood("skipped", StepState.SKIPPED, reason="The client is away."),
        stood("other", deviation=ApprovalState.APPROVED),
        stood("again", reopenings=2),
        stood("out", StepState.LEFT_OUT),
        stood("later", StepState.WAITING),
        stood("asked", StepState.READY, deviation=ApprovalState.REQUESTED),
        stood("void", StepState.BLOCKED, deviation=ApprovalState.VOIDED),
        stood("listed", ticks={0: Tick("Tina", MONDAY, "https://wiki.example/1")}),
        stood("short", ticks={1: Tick("Tina", MONDAY)}),
    ]

    # then: `added` belongs to a version to which the run has not moved
    assert to_look_at(BOOK, replace(run, steps={one.key: one for one in steps})) == (
        "Steps: 5 of 10 done.",
        "Do open: returned once.",
        "Do open: in review.",
        "Do skipped: skipped: The client is away.",
        "Do other: to be done otherwise than written, allowed.",
        "Do again: opened again 2 times.",
        "Do asked: to be done otherwise than written, asked for.",
        "Do asked: ready.",
        "Do void: blocked.",
        "Do short: done with 1 required items open.",
        "Items ticked: 2, 1 of them with evidence to be looked at.",
    )
