"""Time: the clock moves to just before and after what matters, and the ticks run or do not."""

from datetime import datetime, timedelta

from app.domain.calendar import spoken
from tests.properties.lives.happenings.listed import happens
from tests.properties.lives.life import MOVING, Life, NothingToDo, Pick
from tests.properties.lives.past import first_instant

US = timedelta(microseconds=1)
AROUND = (
    timedelta(),
    -US,
    US,
    -timedelta(minutes=2),
    -timedelta(minutes=1),
    timedelta(hours=9),
    -timedelta(hours=5),
)


async def let_it_be(life: Life, instant: datetime, *, ticks: bool) -> None:
    """Move the clock, and let happen what is due, or not yet."""
    life.move_clock(instant)
    life.write("time has passed" if ticks else "time has passed, and no tick has run yet")
    if ticks:
        await life.tick(*MOVING)


def instants(life: Life) -> list[datetime]:
    """The instants that matter from now on: windows open, plans go live, people are reminded."""
    found: list[datetime | None] = []
    for plan in life.seen.plans:
        found += [plan.window_opens_at, plan.live_at]
    found += [timer.fires_at for timer in life.seen.timers if timer.state == "waiting"]
    found += [draft.leaves_at for draft in life.helpdesk.drafts.values()]
    return sorted({one for one in found if one is not None and one > life.now})


@happens(4)
async def moment_comes(life: Life, pick: Pick) -> None:
    """The clock moves to an instant that matters, or right beside it."""
    instant = pick.of(instants(life)) + pick.of(AROUND)
    await let_it_be(life, instant, ticks=pick.number(4) < 3)


@happens()
async def last_minutes_come(life: Life, pick: Pick) -> None:
    """The last minutes before a live instant come, and no tick runs in them."""
    lives = [plan.live_at for plan in life.seen.plans if plan.live_at and plan.live_at > life.now]
    minutes = pick.of([1, 2, 3, 0])
    await let_it_be(life, pick.of(lives) - timedelta(minutes=minutes), ticks=False)


@happens(3)
async def time_passes(life: Life, pick: Pick) -> None:
    """The clock moves on."""
    pause = pick.of(
        [timedelta(minutes=3), timedelta(hours=5), timedelta(days=1), timedelta(days=3)]
    )
    await let_it_be(life, life.now + pause, ticks=pick.number(4) < 3)


@happens()
async def ticks_run(life: Life, pick: Pick) -> None:
    """Some tick runs."""
    names = pick.of([MOVING, *((one,) for one in MOVING), ("recovery", "sent_mails")])
    life.write(f"the clock ticks: {', '.join(names)}")
    await life.tick(*names)


@happens(3)
async def window_comes(life: Life, pick: Pick) -> None:
    """A window opens, or has long been open."""
    opens = [plan.window_opens_at for plan in life.seen.plans if plan.state == "scheduled"]
    await let_it_be(life, max(pick.of(opens), life.now), ticks=True)


@happens(2)
async def live_instant_comes(life: Life, pick: Pick) -> None:
    """A plan's live instant comes."""
    lives = [plan.live_at for plan in life.seen.plans if plan.state == "in_window"]
    await let_it_be(life, max(pick.of(lives), life.now), ticks=True)


@happens(1)
async def safe_day_comes(life: Life, pick: Pick) -> None:
    """A day comes on which something may be changed in billing."""
    waiting = [one for one in life.seen.adjustments if one.state in ("scheduled", "due", "failed")]
    one = pick.of(waiting)
    if not one.safe_days:
        raise NothingToDo
    day = pick.of(one.safe_days)
    plan = life.seen.plan(one.plan_id)
    noon = first_instant(day, plan.timezone) + timedelta(hours=10)
    if noon < life.now:
        raise NothingToDo
    life.move_clock(noon)
    life.write(f"it is {spoken(day)} now, a safe day of {one.service}")
    await life.tick(*MOVING)
