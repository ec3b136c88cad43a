"""The entries of a story in words: what happened, what was sent, what was in the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.calendar import day_of, spoken
from app.domain.delivery import CLIENT_EMAILS, DeliveryKind, DeliveryState
from app.queries.happenings import TOLD_BY_DELIVERIES, detail_of, outcome_words, sentence_of
from app.services.stories import Entry, Happened, InTheWay, Refused, SetOff

# Told once by what it comes to: the board is made, fitted and filled.
_BESIDE = frozenset(
    {DeliveryKind.BOARD_ADD_ITEM, DeliveryKind.BOARD_FIT_ITEMS, DeliveryKind.BOARD_WATCH}
)


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as a person reads it.

    Attributes:
        at: The instant.
        sign: What kind of thing it is, in one word; empty for what was done.
        what: A sentence.
        by: Who did it; empty where that says nothing.
        text: A message, an e-mail or a list whole; empty where there is none.
        details: The lines of a list.
    """

    at: datetime
    sign: str
    what: str
    by: str = ""
    text: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clocks:
    """The client's clock and the organisation's."""

    client: ZoneInfo
    organisation: ZoneInfo

    @property
    def width(self) -> int:
        """How many characters an hour takes, with the other one and a gap."""
        return 7 if self.client.key == self.organisation.key else 19

    def time(self, at: datetime) -> str:
        """The hour where the client is: "23:30"."""
        return f"{at.astimezone(self.client):%H:%M}"

    def elsewhere(self, at: datetime) -> str:
        """The organisation's hour where it differs, with the day where that does: "Sat 02:30"."""
        there, here = at.astimezone(self.organisation), at.astimezone(self.client)
        if there.utcoffset() == here.utcoffset():
            return ""
        return f"{there:%a %H:%M}" if there.date() != here.date() else f"{there:%H:%M}"

    def day(self, at: datetime) -> str:
        """The client's day, written out."""
        return spoken(day_of(at, self.client))


def told(entry: Entry, clocks: Clocks) -> Told | None:
    """An entry in words; None for what the others say already."""
    if isinstance(entry, Happened):
        return _happened(entry)
    if isinstance(entry, SetOff):
        return _set_off(entry, clocks)
    if isinstance(entry, InTheWay):
        return _in_the_way(entry)
    return _refused(entry)


def _happened(entry: Happened) -> Told | None:
    if entry.action in TOLD_BY_DELIVERIES or entry.action == "plan.reminded":
        return None
    what = sentence_of(entry.action, entry.before, entry.after)
    if entry.action.startswith("adjustment.") and entry.amount:
        what = f"{what} ({entry.amount})"
    detail = detail_of({**entry.after, "evidence": None, "missing": None}, entry.reason)
    return Told(entry.at, "", f"{what}. {detail}" if detail else what, entry.by)


def _set_off(entry: SetOff, clocks: Clocks) -> Told | None:
    if entry.kind in _BESIDE:
        return None
    payload = entry.payload
    by_hand = " (by a person)" if entry.by_hand else ""
    if entry.kind is DeliveryKind.CHAT_POST:
        first = payload["text"].split("\n", 1)[0]
        return Told(entry.at, "chat", f"{payload['room']}{by_hand}: {first}", text=payload["text"])
    if entry.kind in CLIENT_EMAILS:
        what = f"{payload['subject']}, {_leaves(entry, clocks)}"
        return Told(entry.at, "e-mail", what, text="\n".join(_mail(entry)))
    if entry.kind is DeliveryKind.BOARD_CREATE:
        return Told(entry.at, "board", f"Made{by_hand}: {payload['name']}")
    named = {"subject": entry.subject, "room": None, "title": None}
    sign = entry.kind.split(".", maxsplit=1)[0]
    return Told(entry.at, sign, outcome_words(entry.kind, named, DeliveryState.DELIVERED))


def _leaves(entry: SetOff, clocks: Clocks) -> str:
    if entry.by_hand:
        return "sent by a person"
    if entry.leaves_at is None:
        return "not sent: it would come too late"
    return f"leaves at {clocks.time(entry.leaves_at)}"


def _mail(entry: SetOff) -> Iterator[str]:
    payload = entry.payload
    yield f"To: {payload['to_name']} <{payload['to_email']}>"
    if payload["cc"]:
        yield f"CC: {', '.join(payload['cc'])}"
    yield f"Subject: {payload['subject']}"
    yield ""
    yield payload["text"].rstrip()


def _in_the_way(entry: InTheWay) -> Told:
    count = len(entry.details)
    if not count:
        return Told(entry.at, "ready", "Nothing blocks it.")
    things = "1 thing blocks it." if count == 1 else f"{count} things block it."
    return Told(entry.at, "blocked", things, text="\n".join(entry.details), details=entry.details)


def _refused(entry: Refused) -> Told:
    return Told(entry.at, "refused", f"{entry.what}: {entry.detail}", entry.by)
