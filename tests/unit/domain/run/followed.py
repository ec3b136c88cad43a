"""Playbooks of a few steps, and runs that follow a new version of theirs."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.domain.business_hours import BusinessHours
from app.domain.calendar import zone_of
from app.domain.playbook.governance import ReviewCycle
from app.domain.playbook.model import (
    Anchor,
    AnchorSource,
    ChecklistItem,
    Offset,
    Playbook,
    Side,
    Step,
    Subject,
)
from app.domain.playbook.trigger import Trigger
from app.domain.run.fate import Following
from app.domain.run.following import following
from app.domain.run.model import Moved, Person, Run
from app.domain.run.moving import Moving
from app.domain.run.starting import Start, started

ZONE = zone_of("Australia/Brisbane")


HOURS = BusinessHours(time(9), time(17), ZONE)


MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


TUESDAY = MONDAY + timedelta(days=1)


ANN = Person("Ann", UUID(int=1))


def step(key: str, **changes: Any) -> Step:
    return replace(
        Step(key, key.title(), "support", None, Offset(2, "start"), frozenset()), **changes
    )


def items(*texts: str) -> tuple[ChecklistItem, ...]:
    return tuple(ChecklistItem(text) for text in texts)


def book(*steps: Step, **changes: Any) -> Playbook:
    lawful = Playbook(
        key="welcome",
        version=1,
        title="Welcome",
        purpose="To begin well.",
        owner="lead",
        review_cycle=ReviewCycle.ANNUAL,
        sources=(),
        trigger=Trigger((), (), True),
        subject=Subject.CLIENT,
        roles=(),
        steps=steps,
        anchors=(Anchor("start", "Start", AnchorSource.START, Side.AFTER),),
    )
    return replace(lawful, **changes)


def begun(playbook: Playbook, **given: Any) -> Run:
    return started(playbook, Start("", given), now=MONDAY, hours=HOURS).run


def after(playbook: Playbook, run: Run, act: Any, *args: Any) -> Run:
    moved: Moved = act(Moving(playbook, run, now=MONDAY, hours=HOURS), *args)
    return moved.run


def follow(old: Playbook, new: Playbook, run: Run, now: datetime = TUESDAY) -> Following:
    return following(old, replace(new, version=2), run, now=now, hours=HOURS)


def moved_run(found: Following) -> Run:
    assert found.moved is not None
    return found.moved.run


def fates(found: Following) -> dict[str, str]:
    return {each.key: str(each.fate) for each in found.steps}


def begin(moving: Moving, key: str) -> Moved:
    """Somebody begins with a step."""
    moving.answered(key)
    return moving.done()
