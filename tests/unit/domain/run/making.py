"""Small playbooks with lawful defaults, and what people do with their runs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.business_hours import BusinessHours
from app.domain.playbook.governance import ReviewCycle
from app.domain.playbook.model import (
    Anchor,
    AnchorSource,
    Blocks,
    ChecklistItem,
    Evidence,
    Offset,
    Playbook,
    Role,
    Side,
    Step,
    Subject,
)
from app.domain.playbook.reminder import Span, SpanUnit
from app.domain.playbook.trigger import Trigger
from app.domain.playbook.who import Deadline, Escalation, From, Response, Rung
from app.domain.run.acting import completed
from app.domain.run.model import Moved, Person, Run
from app.domain.run.moving import Moving
from app.domain.run.starting import BY_HAND, Start, started

HOURS = BusinessHours(time(9), time(17), ZoneInfo("UTC"))
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
TINA = Person("Tina", UUID(int=1), "technician")
VERA = Person("Vera", UUID(int=2), "service_manager")
NOBODY = Person("A key")

CHECKS = (
    ChecklistItem("Asked"),
    ChecklistItem("Wished", required=False),
    ChecklistItem("Linked", evidence=Evidence.LINK),
    ChecklistItem("Counted", evidence=Evidence.NUMBER),
    ChecklistItem("Noted", evidence=Evidence.NOTE),
)


def hours(amount: int) -> Span:
    return Span(amount, SpanUnit.BUSINESS_HOURS)


def step(key: str, **changes: object) -> Step:
    lawful = Step(
        key=key,
        title=f"Do {key}",
        role="technician",
        stage=None,
        due=Offset(1, "begun"),
        blocks=frozenset({Blocks.COMPLETED}),
    )
    return replace(lawful, **changes)  # type: ignore[arg-type]


def deadline(key: str, counts_from: str, **changes: object) -> Deadline:
    lawful = Deadline(
        key=key,
        title=f"Keep {key}",
        of=Response.COMPLETION,
        steps=("first",),
        counts_from=counts_from,
        within=hours(2),
        warn_after=hours(1),
        tell=("technician",),
        escalation="up",
    )
    return replace(lawful, **changes)  # type: ignore[arg-type]


def playbook(**changes: object) -> Playbook:
    lawful = Playbook(
        key="sample",
        version=1,
        title="Sample",
        purpose="Sample",
        owner="service_manager",
        review_cycle=ReviewCycle.QUARTERLY,
        sources=(),
        trigger=Trigger(events=("deal.closed_won",), by_hand=True),
        subject=Subject.DEAL,
        roles=(Role("technician", "Technician", "", True), Role("service_manager", "", "", False)),
        steps=(step("first"), step("second", waits_for=("first",))),
        anchors=(Anchor("begun", "Begun", AnchorSource.START, Side.AFTER),),
        escalations=(
            Escalation("up", "Up", (Rung("service_manager", hours(0)), Rung("ceo", hours(2)))),
        ),
    )
    return replace(lawful, **changes)  # type: ignore[arg-type]


def begun(book: Playbook, *, now: datetime = MONDAY, **given: object) -> Run:
    return started(book, Start(BY_HAND, given), now=now, hours=HOURS).run


def after(
    book: Playbook, run: Run, act: Callable[[Moving], Moved], *, now: datetime = MONDAY
) -> Moved:
    return act(Moving(book, run, now=now, hours=HOURS))


def states(run: Run) -> dict[str, str]:
    return {key: str(each.state) for key, each in run.steps.items()}


BLOCKED = deadline("blocked", From.BLOCKED, of=Response.RESPONSE)


def execute(
    book: object, run: Run, key: str = "first", by: Person = TINA, **given: object
) -> Moved:
    return after(book, run, lambda m: completed(m, key, given, by))  # type: ignore[arg-type]
