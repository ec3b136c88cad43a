"""Agreements and their events: signed, signed again, dated, declined, late and out of order."""

from datetime import date, timedelta
from typing import Any

from app.db.driver import driver_in
from app.db.ids import new_id
from app.domain.agreement import read_signed
from app.domain.calendar import day_of, spoken
from app.scheduler.queue import inbound
from app.services.intake import replay_event
from app.services.plans import make_plan
from app.webhooks.storing import Arrived, Brought, Repeated, count_repeats, keep
from tests.builders import signed_document
from tests.properties.lives.happenings.listed import happens
from tests.properties.lives.life import Life, Pick
from tests.properties.lives.reading import Row

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
MOVEMENTS = (
    ("sprint", "scale"),
    ("start", "scale"),
    ("start", "sprint"),
    ("scale", "sprint"),  # a downgrade
    ("scale", "scale"),
    ("sprint", "platinum"),
)


def days_to_choose(life: Life) -> list[date]:
    """Days for a live date: Mondays to come first, then such as nobody may choose."""
    today = day_of(life.now, life.diary.zone)
    coming = today + timedelta(days=7 - today.weekday())
    first = max(life.facts.monday, coming)
    return [
        first,
        first + WEEK,
        first + 2 * WEEK,
        coming,
        coming + WEEK,
        coming - WEEK,
        first + DAY,
        first - DAY,
        first - WEEK,
    ]


def document(life: Life, pick: Pick) -> dict[str, Any]:
    """A signed agreement of the client; the first is the one that the life was drawn with."""
    number = pick.number(3) + 1
    days = days_to_choose(life)
    written = [*(day.isoformat() for day in days), None, "soon", f"{days[0]}T12:00:00Z"]
    left, taken = life.facts.movement
    if number > 1:
        left, taken = pick.of(MOVEMENTS)
    return signed_document(
        event_id=str(new_id()),
        occurred_at=...,
        agreement__ref=f"PROP-{number}",
        agreement__signed_at=life.now.isoformat(),
        agreement__live_on=pick.of(written),
        client__timezone=life.facts.zone,
        client__services=[bill.told() for bill in life.facts.bills],
        movement__from=pick.of([left, left, None]),
        movement__to=taken,
    )


async def arrive(life: Life, event: dict[str, Any], *, at_once: bool) -> None:
    """Let an event come in; it is worked off at once, or lies there."""
    new = await life.do(_kept, event)
    if at_once and new is not None:
        await inbound(life.work, {"event_id": str(new)})


async def _kept(session: Any, event: dict[str, Any], *, now: Any, **_: Any) -> Any:
    one = Arrived(event["event_id"], event)
    brought = Brought("agreement", "application/json", b"{}", [one])
    driver = await driver_in(session)
    if await keep(driver, [brought], now=now):
        return one.row_id
    await count_repeats(driver, [Repeated("agreement", [one])])
    return None


async def work_off(life: Life, event: Row) -> None:
    """Let a stored event be understood."""
    await inbound(life.work, {"event_id": str(event.id)})


@happens(3)
async def signed(life: Life, pick: Pick) -> None:
    """An agreement's event comes in."""
    event = document(life, pick)
    terms, movement = event["agreement"], event["movement"]
    at_once = pick.number(4) < 3
    life.write(
        f"{terms['ref']} signed: {movement['from'] or 'what it has'} to {movement['to']}, live on "
        f"{terms['live_on'] or 'no day'}{'' if at_once else '; the event lies there'}"
    )
    life.events.append(event)
    await arrive(life, event, at_once=at_once)


@happens()
async def signed_again(life: Life, pick: Pick) -> None:
    """The same event comes in again, or another one of the same agreement."""
    event = pick.of(life.events)
    other = pick.number(2) == 1
    if other:
        event = {**event, "event_id": str(new_id())}
    life.write(
        f"the event of {event['agreement']['ref']} comes again{' with another id' if other else ''}"
    )
    await arrive(life, event, at_once=pick.number(4) < 3)


@happens()
async def event_worked_off(life: Life, pick: Pick) -> None:
    """A worker takes up an event that lies there."""
    event = pick.of([one for one in life.seen.events if one.status == "received"])
    life.write(f"an event of {event.agreement_ref or 'an agreement'} is worked off, late")
    await work_off(life, event)


@happens()
async def entered_by_hand(life: Life, pick: Pick) -> None:
    """Somebody enters a signed agreement through the API."""
    event = document(life, pick)
    terms = event["agreement"]
    life.write(f"Sales enters {terms['ref']} by hand, live on {terms['live_on'] or 'no day'}")
    await life.do(make_plan, read_signed(event), date_must_hold=True)


def _event(name: str, ref: str, **more: Any) -> dict[str, Any]:
    return {"event": name, "event_id": str(new_id()), "agreement": {"ref": ref, **more}}


def _some_ref(life: Life, pick: Pick) -> str:
    refs = sorted({event["agreement"]["ref"] for event in life.events})
    return pick.of([*refs, "PROP-9"]) if refs else "PROP-9"


@happens()
async def date_set_outside(life: Life, pick: Pick) -> None:
    """The agreement's system tells of a live date."""
    ref, day = _some_ref(life, pick), pick.of(days_to_choose(life))
    life.write(f"the live date of {ref} is set outside: {spoken(day)}")
    event = _event("live_date.set", ref, live_on=day.isoformat())
    await arrive(life, event, at_once=pick.number(4) < 3)


@happens(1)
async def declined_or_voided(life: Life, pick: Pick) -> None:
    """The client backs out."""
    ref, what = _some_ref(life, pick), pick.of(["declined", "voided"])
    life.write(f"{ref} is {what}")
    await arrive(life, _event(f"agreement.{what}", ref), at_once=pick.number(4) < 3)


@happens()
async def amended(life: Life, pick: Pick) -> None:
    """The terms of an agreement are changed."""
    ref, days = _some_ref(life, pick), days_to_choose(life)
    live_on, taken = pick.of([None, *days]), pick.of([None, "scale", "sprint", "start"])
    life.write(f"{ref} is amended: to {taken or 'the same'}, live on {live_on or 'the same day'}")
    event = _event("agreement.amended", ref, live_on=live_on and live_on.isoformat())
    event["movement"] = {"to": taken}
    await arrive(life, event, at_once=pick.number(4) < 3)


@happens(1)
async def sent(life: Life, pick: Pick) -> None:
    """An agreement is sent; it comes in at any time."""
    ref = _some_ref(life, pick)
    life.write(f"{ref} is sent")
    await arrive(life, _event("agreement.sent", ref), at_once=True)


@happens(1)
async def replayed(life: Life, pick: Pick) -> None:
    """An operator has a quarantined event understood again."""
    event = pick.of([one for one in life.seen.events if one.status == "quarantined"])
    life.write(f"an operator replays an event of {event.agreement_ref}")
    async with life.sessions.begin() as session:
        await replay_event(session, event.id, actor=life.person("Max Manager"), now=life.now)
    await work_off(life, event)
