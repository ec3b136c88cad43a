"""Workers and vendors: attempts with what befalls them, dead workers, boards, operators."""

from collections.abc import Sequence
from datetime import timedelta

from app.domain.carrying_out import Evidence
from app.domain.delivery import CLIENT_EMAILS, MAIL_LEAD, DeliveryKind, System
from app.services.board_pointing import PointAtBoard, point_at_board
from app.services.decisions import Decide
from app.services.deliveries import decide
from tests.properties.lives.happenings.listed import HAPPENINGS, happens
from tests.properties.lives.life import Life, NothingToDo, Pick
from tests.properties.lives.outside import Trouble
from tests.properties.lives.reading import Row

WAITING = ("pending", "retrying", "uncertain")
MOST_AT_ONCE = 12
TROUBLES = (*Trouble, Trouble.LOST_AFTER, Trouble.DIES_AFTER)
"""What took effect unseen is what a second attempt must not do again: it befalls more often."""
CALLS = (0, 0, 1, 2, 2, 3)
"""Most effects are the first call of an attempt; an e-mail is scheduled by its third."""


NOT_TWICE = (*CLIENT_EMAILS, DeliveryKind.BOARD_CREATE, DeliveryKind.BOARD_ADD_ITEM)
"""What nobody out there recognises when it is asked for again."""


def waiting(life: Life) -> Sequence[Row]:
    """The deliveries that a worker would take up."""
    return [one for one in life.seen.deliveries if one.state in WAITING]


def befallen(life: Life) -> Sequence[Row]:
    """The same, those that must not be repeated three times as often."""
    rows = waiting(life)
    return [*rows, *2 * [one for one in rows if one.kind in NOT_TWICE]]


@happens(7)
async def tried(life: Life, pick: Pick) -> None:
    """A worker tries a delivery, and something befalls it."""
    one = pick.of(befallen(life))
    trouble, call = pick.of(TROUBLES), pick.of(CALLS)
    life.write(f"a worker tries {one.kind} ({one.subject}): at call {call + 1}, {trouble.value}")
    await life.deliver(one, trouble, at_call=call)


@happens(4)
async def overtaken(life: Life, pick: Pick) -> None:
    """While a worker is at a vendor, something else happens."""
    one, trouble = pick.of(befallen(life)), pick.of([Trouble.NONE, Trouble.LOST_AFTER])
    name, call = pick.of(MEANWHILE), pick.number(3)
    life.write(f"a worker tries {one.kind} ({one.subject}); {trouble.value}. Meanwhile:")
    rest = Pick(pick.numbers[:2])

    async def meanwhile() -> None:
        await life.beside(HAPPENINGS[name], rest)

    await life.deliver(one, trouble, at_call=call, meanwhile=meanwhile)


MEANWHILE = (
    "held",
    "cancelled",
    "date_moved",
    "reopened",
    "client_moved",
    "moment_comes",
    "last_minutes_come",
    "lease_runs_out",
    "lease_runs_out",
    "declined_or_voided",
)
"""What may well come between the claim of a delivery and its settling."""


@happens(3)
async def mailed_at_the_last_minute(life: Life, pick: Pick) -> None:
    """While a worker is at the helpdesk, the instant comes at which an e-mail is too late."""
    mails = [one for one in waiting(life) if one.kind in CLIENT_EMAILS and one.not_after]
    one = pick.of([one for one in mails if one.not_after > life.now])
    call, left = pick.of(CALLS), pick.of([timedelta(), MAIL_LEAD, MAIL_LEAD / 2])
    life.move_clock(one.not_after - MAIL_LEAD - timedelta(minutes=1))
    life.write(f"a worker tries {one.kind} ({one.subject}) at the last minute")

    async def meanwhile() -> None:
        life.move_clock(one.not_after - left)
        life.write("it takes its time")

    await life.deliver(one, at_call=call, meanwhile=meanwhile)


@happens(0)
async def lease_runs_out(life: Life, pick: Pick) -> None:
    """The worker is only slow; it is taken for dead, and another one takes its work over."""
    life.write("its lease runs out, and another worker takes it over")
    one, *_ = await life.sending()
    await life.change("UPDATE deliveries SET lease_until = now() - interval '1 hour'")
    await life.tick("recovery")
    await life.work.courier.deliver(one)
    life.taken_over[one] = await life.version_of(one)


@happens(4)
async def all_delivered(life: Life, pick: Pick) -> None:
    """Workers try everything that waits, and all goes well."""
    rows = waiting(life)[:MOST_AT_ONCE]
    if not rows:
        raise NothingToDo
    life.write(f"workers try {len(rows)} deliveries, and all goes well")
    for one in rows:
        await life.deliver(one)


@happens()
async def dead_are_found(life: Life, pick: Pick) -> None:
    """Leases run out, and what dead workers left behind is taken back."""
    if not any(one.state == "sending" for one in life.seen.deliveries):
        raise NothingToDo
    life.write("the leases of dead workers run out")
    await life.change("UPDATE deliveries SET lease_until = now() - interval '1 hour'")
    await life.tick("recovery")


@happens(1)
async def orphans_are_found(life: Life, pick: Pick) -> None:
    """Rows whose jobs are gone get new ones."""
    life.write("rows without a job get a new one")
    await life.change("UPDATE deliveries SET enqueued_at = now() - interval '1 hour'")
    await life.tick("recovery")


@happens(1)
async def sent_mails_are_seen(life: Life, pick: Pick) -> None:
    """The helpdesk is asked what has left."""
    if not life.helpdesk.drafts:
        raise NothingToDo
    life.write("the helpdesk is asked which e-mails have left")
    life.outside.meet(Trouble.NONE)
    await life.tick("sent_mails")


@happens()
async def decided(life: Life, pick: Pick) -> None:
    """An operator decides on a delivery that is stuck, or tries to."""
    stuck = ("failed", "parked", "uncertain")
    one = pick.of(sorted(life.seen.deliveries, key=lambda row: row.state not in stuck))
    action = pick.of(["retry", "skip", "mark-done"])
    life.write(f"an operator decides on {one.kind} ({one.subject}): {action}")
    command = Decide(one.id, action, "It is known.", Evidence("seen"))
    await life.do(decide, command, by="Max Manager")


@happens()
async def board_looked_for(life: Life, pick: Pick) -> None:
    """A board that an automation makes is looked for."""
    plan = pick.of([plan for plan in life.seen.plans if plan.board_state == "awaited"])
    life.write("somebody else's board is looked for")
    life.outside.meet(Trouble.NONE)
    await life.work.board_reader.find_board(plan.id, 0, None)


@happens(1)
async def board_made_by_automation(life: Life, pick: Pick) -> None:
    """An automation makes a board for an agreement, sometimes another one."""
    if System.BOARD not in life.facts.connected:
        raise NothingToDo
    agreement = pick.of(life.seen.agreements)
    life.write(f"an automation makes a board for {agreement.ref}")
    life.boards.copy(f"Upgrade {agreement.ref} now")


@happens(1)
async def board_named(life: Life, pick: Pick) -> None:
    """A person names a plan's board, or keeps it by hand."""
    plan = pick.of(life.seen.plans)
    ref = pick.of([*life.boards.held, None])
    life.write(f"Support says that the board of the plan ({plan.state}) is {ref or 'kept by hand'}")
    await life.do(point_at_board, PointAtBoard(plan.id, ref))


@happens()
async def board_read(life: Life, pick: Pick) -> None:
    """A board that was made is read."""
    plan = pick.of([plan for plan in life.seen.plans if plan.board_state == "filling"])
    life.write("the new board is read")
    life.outside.meet(Trouble.NONE)
    await life.work.board_reader.read_board(plan.id, 0)


@happens()
async def ticked_on_the_board(life: Life, pick: Pick) -> None:
    """Somebody ticks, opens or dates an item on the board itself."""
    board = pick.of(list(life.boards.held.values()))
    item = pick.of(list(board.items.values()))
    plan = next((each for each in life.seen.plans if each.board_ref == board.ref.ref), None)
    if plan is None:
        raise NothingToDo
    due_on = pick.of([item.due_on, plan.live_on])
    life.write(f"somebody works on '{item.title}' on the board")
    life.boards.tick(board.ref.ref, item.ref, done=not item.done, due_on=due_on)
    life.outside.meet(Trouble.NONE)
    await life.work.board_reader.read_item(plan.id, item.ref, 0)
