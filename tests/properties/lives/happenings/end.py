"""The end of a life: everything that is under way comes to its end, and nothing hangs."""

from datetime import timedelta

from tests.properties.lives.diary import Broken
from tests.properties.lives.happenings.agreements import work_off
from tests.properties.lives.happenings.sending import (
    all_delivered,
    board_read,
    dead_are_found,
    sent_mails_are_seen,
    waiting,
)
from tests.properties.lives.happenings.time import let_it_be
from tests.properties.lives.life import Life, Pick

MOST_ROUNDS = 12
A_MOMENT = timedelta(minutes=3)


async def to_the_end(life: Life) -> None:
    """Bring to its end what is under way, with nothing going wrong any more.

    Raises:
        Broken: a delivery or an event is never settled.
    """
    for _ in range(MOST_ROUNDS):
        await life.happen(dead_are_found)
        await life.happen(events_worked_off)
        await life.happen(board_read)
        await life.happen(all_delivered)
        if not waiting(life) and not _lies_there(life):
            break
    await life.happen(a_moment_passes)
    await life.happen(sent_mails_are_seen)
    hangs = [one for one in life.seen.deliveries if one.state in (*WAITING, "sending")]
    if hangs or _lies_there(life):
        names = [f"{one.kind} ({one.subject}) {one.state}" for one in hangs]
        raise Broken(life.diary, "I8", f"this is never settled: {names or 'events'}")


WAITING = ("pending", "retrying", "uncertain")


def _lies_there(life: Life) -> bool:
    return any(event.status == "received" for event in life.seen.events)


async def events_worked_off(life: Life, pick: Pick) -> None:
    """Workers take up all events that lie there."""
    lying = [event for event in life.seen.events if event.status == "received"]
    if lying:
        life.write(f"{len(lying)} events are worked off at last")
    for event in lying:
        await work_off(life, event)


async def a_moment_passes(life: Life, pick: Pick) -> None:
    """Some minutes pass, in which e-mails leave."""
    await let_it_be(life, life.now + A_MOMENT, ticks=False)
