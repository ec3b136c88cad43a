"""I8: each outside effect happens once."""

from collections import Counter
from collections.abc import Iterator

from app.domain.delivery import CLIENT_EMAILS, DeliveryKind
from tests.properties.lives.life import Moment

ONCE_A_PLAN = ("begun/", "live/", "completed/", "cancelled/")
"""Moments that come once in the life of a plan, whatever befalls it."""


def i8_each_outside_effect_happens_once(m: Moment) -> Iterator[str]:
    """Each outside effect happens once, though its request may be sent more than once.

    Board, item, e-mail, chat message, charge; after a crash it is reconciled, not repeated.
    """
    if m.new_effects:
        happened = Counter((one.kind, one.delivery) for one in m.life.outside.ledger)
        for (kind, _), number in happened.items():
            if number > 1:
                one = next(each for each in m.new_effects if each.kind is kind)
                yield f"{kind} happened {number} times: {one.about}"
        asked = Counter(
            one.about for one in m.life.outside.ledger if one.kind is DeliveryKind.BILLING_SUBMIT
        )
        if any(number > 1 for number in asked.values()):
            yield f"the automation was asked several times for one change: {asked}"
        boards = [one for one in m.life.outside.ledger if one.kind is DeliveryKind.BOARD_CREATE]
        for ref, number in Counter(board.about.rsplit(" ", 1)[-1] for board in boards).items():
            if number > 1:
                yield f"{number} boards were made for {ref}"


def i8_a_moment_is_told_once(m: Moment) -> Iterator[str]:
    """Each outside effect happens once: neither a message of a moment nor a letter is doubled."""
    drafts = Counter(one.message.marker for one in m.life.helpdesk.drafts.values())
    for marker, number in drafts.items():
        if number > 1:
            yield f"{number} drafts of {marker} lie at the helpdesk"
    told = Counter(
        (one.plan_id, one.subject)
        for one in m.after.deliveries
        if one.kind == DeliveryKind.CHAT_POST and one.subject.startswith(ONCE_A_PLAN)
    )
    for (_, occasion), number in told.items():
        if number > 1:
            yield f"{occasion} is told {number} times"


def i8_who_lost_a_delivery_writes_nothing_on_it(m: Moment) -> Iterator[str]:
    """Once another worker has taken a delivery over, what the slow one found out counts no more."""
    for one in m.after.deliveries:
        left = m.life.taken_over.pop(one.id, None)
        if left is not None and one.version != left:
            yield f"{one.kind} ({one.subject}) was settled by a worker that had lost it"


def i8_what_counts_as_done_has_happened(m: Moment) -> Iterator[str]:
    """Each outside effect happens once: not never, where it counts as delivered."""
    happened = {one.delivery for one in m.life.outside.ledger}
    was = {one.id: one.state for one in m.before.deliveries}
    for one in m.after.deliveries:
        if one.state != "delivered" or was.get(one.id) == "delivered":
            continue
        kept = one.kind in (
            DeliveryKind.CHAT_POST,
            DeliveryKind.BOARD_CREATE,
            DeliveryKind.BILLING_SUBMIT,
        )
        if kept and one.key.rsplit("#", 1)[0] not in happened:
            yield f"{one.kind} ({one.subject}) counts as delivered, and never happened"
        could_not_be_taken_back = one.id in was and was[one.id] == "cancelled"
        if one.kind not in CLIENT_EMAILS or could_not_be_taken_back:
            continue
        if not _is_on_its_way(m, one.payload["marker"]):
            yield f"{one.kind} counts as delivered, and will not leave"


def _is_on_its_way(m: Moment, marker: str) -> bool:
    drafts = m.life.helpdesk.drafts.values()
    return any(
        draft.message.marker == marker and draft.state in ("scheduled", "published")
        for draft in drafts
    )
