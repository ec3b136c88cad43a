"""The cut-over plan: on which days an old service may be ended, and what is then left over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.domain.billed_service import LONG_AGO, BilledService, bills_of
from app.domain.bills import Bills
from app.domain.calendar import spoken, window_opens_on
from app.domain.left_over import SettledDays, left_over_if_ended
from app.domain.period import Days, days_between, runs_of
from app.domain.reckoning import Reckoning

_DAY: Final = timedelta(days=1)


class Preference(StrEnum):
    """Which side of its last bill a service is ended on, where both are possible."""

    CREDIT = "credit"
    BRIDGE = "bridge"


class Side(StrEnum):
    """What happens at the live date: paid days fit, overlap, or leave a gap."""

    EXACT = "exact"
    CREDIT = "credit"
    BRIDGE = "bridge"


@dataclass(frozen=True, slots=True)
class CutOver:
    """When an old service may be ended before a live date, and what that leaves.

    Args:
        service: Its key.
        safe: Days of the window on which ending it is safe, in order; each leaves the same.
            Empty where no day is (only in a window shorter than the usual one).
        side: What happens at the live date.
        rows: Every money row that follows, in the order of their days: usually none or one.
        switched: Whether the preferred side could not be had.
        note: All this in words.
        ended_on: The day of ending that was reckoned with; it leaves the same as a safe one.
    """

    service: str
    safe: tuple[date, ...]
    side: Side
    rows: tuple[Reckoning, ...]
    switched: bool
    note: str
    ended_on: date

    @property
    def left_over(self) -> Reckoning | None:
        """The money row at the live date, the last of `rows`, or None."""
        return self.rows[-1] if self.rows else None

    @property
    def safe_spans(self) -> tuple[Days, ...]:
        """The safe days as runs [from, to)."""
        return runs_of(self.safe)


def cut_over(
    service: BilledService,
    live_on: date,
    *,
    prefer: Preference,
    window_days: int = 6,
    settled: Sequence[SettledDays] = (),
) -> CutOver:
    """Find the safe days to end an old service, and the credit or charge that is left over.

    Ended on day D, it has had the bills before D and gets none on D or later; it is served up
    to the live date all the same. A bill day is never safe: the biller's hour is unknown.
    Days that fit are taken whatever is preferred; where the preferred side of the last bill has
    no safe day in the window, the other side is used and the note says so.

    Args:
        service: How it is billed.
        live_on: The live date, in the client's zone.
        prefer: `credit`: end after the last bill; `bridge`: end before it.
        window_days: Length of the pre-live window, up to the eve of the live date.
        settled: Days that were credited or charged already, for another live date.

    Source: docs/domain/upgrade.md, "The cut-over plan" and I4.
    """
    bills = bills_of(service, live_on)
    window = days_between(window_opens_on(live_on, window_days), live_on)
    ways = sorted(_ways(bills, live_on), key=lambda way: _rank(way.side, prefer))
    found = [(way, safe) for way in ways if (safe := _safe_days(bills, way, window))]
    way, safe = found[0] if found else (ways[0], ())
    switched = way.side not in {Side.EXACT, Side(prefer)}
    note = _note(bills, way, switched=switched) if safe else _NO_SAFE_DAY
    caveats = _caveats(service, bills, way, window)
    return CutOver(
        service.service,
        safe,
        way.side,
        left_over_if_ended(service, way.ended_on, live_on, settled),
        switched,
        " ".join([note, *caveats]),
        way.ended_on,
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to end a service.

    Args:
        side: What it comes to at the live date.
        days: When it may be ended so, bill days aside.
        ended_on: A day that leaves the same as each of them.
        bill: The last bill before the live date, which it comes after or before.
    """

    side: Side
    days: Days
    ended_on: date
    bill: date | None


def _ways(bills: Bills, live_on: date) -> Iterator[_Way]:
    """After the last bill before the live date, or before it; one way where none comes."""
    long_ago = live_on - LONG_AGO
    issued = bills.issued_before(live_on)
    if issued is None:
        side = _side_at(bills.unpaid_from, live_on)
        yield _Way(side, Days(long_ago, live_on), live_on, None)
        return
    last = bills.last_before(live_on)
    side = _side_at(issued.end, live_on)
    if after := days_between(last + _DAY, live_on):
        yield _Way(side, after, live_on, last)
    earlier = bills.issued_before(last)
    previous = bills.last_before(last) if earlier else long_ago
    yield _Way(Side.BRIDGE, Days(previous, last), last, last)


def _side_at(paid_to: date, live_on: date) -> Side:
    if paid_to == live_on:
        return Side.EXACT
    return Side.CREDIT if paid_to > live_on else Side.BRIDGE


def _rank(side: Side, prefer: Preference) -> tuple[bool, bool]:
    return side is not Side.EXACT, side is not Side(prefer)


def _safe_days(bills: Bills, way: _Way, window: Days | None) -> tuple[date, ...]:
    days = way.days.overlap(window) if window else None
    return tuple(day for day in days if bills.is_safe(day)) if days else ()


_NO_SAFE_DAY: Final = (
    "No day of the window is safe: settle it with billing by hand, or move the live date."
)
_PAID: Final = {
    Side.EXACT: "Paid through {day}, the eve of the live date: nothing is left over.",
    Side.CREDIT: "Paid through {day}: the days from the live date on are credited.",
    Side.BRIDGE: "Paid through {day}, with no bill before the live date: the gap is charged.",
}
_AT_BILL: Final = {
    Side.EXACT: "End it after its bill of {day}, which pays up to the live date.",
    Side.CREDIT: "End it after its bill of {day}: the days from the live date on are credited.",
    Side.BRIDGE: "End it before its bill of {day}: the days up to the live date are charged.",
}
_SWITCHED: Final = {
    Side.CREDIT: "No safe day is left before its bill of {day}, so end it after that bill: "
    "the days from the live date on are credited.",
    Side.BRIDGE: "No safe day is left after its bill of {day}, so end it before that bill: "
    "the days up to the live date are charged.",
}


def _note(bills: Bills, way: _Way, *, switched: bool) -> str:
    if way.bill is None:
        return _PAID[way.side].format(day=spoken(bills.unpaid_from - _DAY))
    return (_SWITCHED if switched else _AT_BILL)[way.side].format(day=spoken(way.bill))


def _caveats(service: BilledService, bills: Bills, way: _Way, window: Days | None) -> Iterator[str]:
    """Say what the answer rests on, where somebody should look."""
    is_known = service.paid_through is not None
    if is_known and way.bill and window and bills.next < window.start:
        yield f"This counts on its bills from {spoken(bills.next)} on."
    if not bills.meet:
        yield "Its paid-through day is not the eve of a bill day: check both with billing."
