"""Changes of the bill, as people make them."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from app.domain.calendar import day_of, zone_of
from app.domain.carrying_out import Evidence
from app.domain.errors import DomainError
from app.services.adjustments import (
    Confirm,
    confirm_adjustment,
    fail_adjustment,
    second_adjustment,
    void_adjustment,
)
from tests.properties.lives.happenings.listed import happens
from tests.properties.lives.happenings.people import lively, of
from tests.properties.lives.life import MOVING, Life, NothingToDo, Pick
from tests.properties.lives.past import first_instant
from tests.properties.lives.reading import Row

REF = Evidence("IGN-2")
US = timedelta(microseconds=1)
OPEN = ("scheduled", "due", "failed", "uncertain")


def named(one: Row) -> str:
    """How a diary names an adjustment."""
    return f"{one.kind.replace('_', ' ')} of {one.service}"


def open_ones(life: Life, plan: Row) -> Sequence[Row]:
    """What is still to be changed for a plan, by the day on which it may be first."""
    rows = [one for one in life.seen.of("adjustments", plan) if one.state in OPEN]
    return sorted(rows, key=lambda one: (one.safe_days[:1], one.position))


@happens(3)
async def confirmed(life: Life, pick: Pick) -> None:
    """Billing confirms a change; sometimes the names are typed wrong, or evidence is missing."""
    one = pick.of(life.seen.adjustments)
    client = life.seen.clients[0].name
    typed = pick.of([f"{client} / {one.service}"] * 4 + [None, None, f"{client} / other"])
    evidence = pick.of([REF, REF, REF, None])
    life.write(f"Billing confirms the {named(one)}, typing '{typed}'")
    await life.do(confirm_adjustment, Confirm(one.id, typed, evidence), by="Bo Billing")


@happens()
async def seconded(life: Life, pick: Pick) -> None:
    """A second person agrees to the ending of a service."""
    endings = [one for one in life.seen.adjustments if one.kind == "cancel_service"]
    one, who = pick.of(endings), pick.of(["Max Manager", "Bo Billing"])
    life.write(f"{who} agrees to the {named(one)}")
    await life.do(second_adjustment, one.id, by=who)


@happens()
async def failed(life: Life, pick: Pick) -> None:
    """A change could not be made; nobody says so of one that the automation has made."""
    made = {effect.about for effect in life.outside.ledger}
    one = pick.of([one for one in life.seen.adjustments if str(one.id) not in made])
    life.write(f"Billing says that the {named(one)} failed")
    await life.do(fail_adjustment, one.id, "Locked.", by="Bo Billing")


@happens()
async def voided(life: Life, pick: Pick) -> None:
    """A change is dropped."""
    one = pick.of(life.seen.adjustments)
    life.write(f"Billing drops the {named(one)}")
    await life.do(void_adjustment, one.id, "Not needed.", by="Bo Billing")


@happens(4)
async def bills_changed(life: Life, pick: Pick) -> None:
    """Billing makes all changes of a plan, each on its next safe day."""
    plan = pick.of([plan for plan in lively(life) if plan.state == "in_window"])
    rows = open_ones(life, plan)
    if not rows:
        raise NothingToDo
    life.write(f"Billing makes {len(rows)} changes, each on its next safe day")
    for one in rows:
        today = day_of(life.now, zone_of(plan.timezone))
        days = [day for day in one.safe_days if day >= today]
        if not days:
            continue
        if days[0] > today:
            life.move_clock(first_instant(days[0], plan.timezone) + timedelta(hours=10))
            life.write("that day has come")
            await life.tick(*MOVING)
        typed = f"{life.seen.clients[0].name} / {one.service}"
        await life.do(confirm_adjustment, Confirm(one.id, typed, REF), by="Bo Billing")


@happens(3)
async def bills_changed_at_once(life: Life, pick: Pick) -> None:
    """Billing makes what may be made of a plan right now, or at an edge of its window.

    Whatever is refused stays undone.
    """
    plan = pick.of(lively(life))
    rows = open_ones(life, plan)
    if not rows:
        raise NothingToDo
    edges = [plan.window_opens_at, plan.live_at, plan.live_at and plan.live_at - US]
    edge = pick.of([None, None, None, *edges])
    if edge is not None and edge > life.now:
        life.move_clock(edge)
    life.write(f"Billing makes what may be made now of {len(rows)} changes of {of(plan, life)}")
    refused: Counter[str] = Counter()
    for one in rows:
        typed = f"{life.seen.clients[0].name} / {one.service}"
        try:
            await life.do(confirm_adjustment, Confirm(one.id, typed, REF), by="Bo Billing")
        except DomainError as refusal:
            refused[refusal.code] += 1
    if refused:
        life.diary.add(", ".join(f"{number} refused, {code}" for code, number in refused.items()))
