"""The cut-over plan: on which days an old service may be ended, and what is then left over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from app.domain.bills import Bills
from app.domain.calendar import spoken, window_opens_on
from app.domain.money import Money
from app.domain.period import (
    MONDAYS,
    Anchor,
    BillingPeriod,
    Days,
    days_between,
    last_bill_day,
)
from app.domain.reckoning import Reckoning, ReckoningKind, reckon

_DAY: Final = timedelta(days=1)
_TWO_YEARS: Final = timedelta(days=800)  # the longest billing period, twice


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
class BilledService:
    """How an old service is billed, in advance.

    Args:
        service: Its key.
        price: Of one billing period; None where nobody told.
        period: How often it is billed.
        anchor: When.
        paid_through: The last day that a bill already issued pays for, in the client's zone;
            None where its regular bills are all that is known.
        title: What sentences call it; the key where it is empty.
        renews: False for a service that gets no further bill (lapsed, or cancelled before).
    """

    service: str
    price: Money | None
    period: BillingPeriod
    anchor: Anchor
    paid_through: date | None
    title: str = ""
    renews: bool = True

    @classmethod
    def unknown(
        cls, service: str, price: Money | None, live_on: date, title: str = ""
    ) -> "BilledService":
        """What is assumed of a service of which nothing is known, once the live date is.

        Weekly, in advance, on Mondays, paid through the eve of the live date.

        Source: docs/domain/upgrade.md, "The cut-over plan".
        """
        return cls(service, price, BillingPeriod.WEEK, MONDAYS, live_on - _DAY, title)

    @classmethod
    def unscheduled(cls, service: str, price: Money | None, title: str = "") -> "BilledService":
        """The same while there is no live date yet: weekly, in advance, on Mondays."""
        return cls(service, price, BillingPeriod.WEEK, MONDAYS, None, title)


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
    """

    service: str
    safe: tuple[date, ...]
    side: Side
    rows: tuple[Reckoning, ...]
    switched: bool
    note: str

    @property
    def left_over(self) -> Reckoning | None:
        """The money row at the live date, the last of `rows`, or None."""
        return self.rows[-1] if self.rows else None

    @property
    def safe_spans(self) -> tuple[Days, ...]:
        """The safe days as runs [from, to)."""
        if not self.safe:
            return ()
        starts = [b for a, b in pairwise(self.safe) if b - a > _DAY]
        ends = [a + _DAY for a, b in pairwise(self.safe) if b - a > _DAY]
        firsts = [self.safe[0], *starts]
        return tuple(Days(*run) for run in zip(firsts, [*ends, self.safe[-1] + _DAY], strict=True))


def cut_over(
    service: BilledService, live_on: date, *, prefer: Preference, window_days: int = 6
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

    Source: docs/domain/upgrade.md, "The cut-over plan" and I4.
    """
    bills = _bills_of(service, live_on)
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
        left_over_if_ended(service, way.ended_on, live_on),
        switched,
        " ".join([note, *caveats]),
    )


def left_over_if_ended(
    service: BilledService, ended_on: date, live_on: date
) -> tuple[Reckoning, ...]:
    """What is left over if a service is ended on a day, in the window or out of it.

    Credits for days from the live date on that its bills paid, charges for days before it that
    none did, so that each day is billed once, under the old package or the new.

    Args:
        service: How it is billed.
        ended_on: The day of ending; bills before it were issued, those on it or later are not.
        live_on: The day from which the new package is billed.

    Source: docs/domain/upgrade.md, I4.
    """
    bills = _bills_of(service, live_on)
    paid_to, issued = bills.unpaid_from, bills.issued_before(ended_on)
    if issued and issued.start == paid_to:
        paid_to, issued = issued.end, None
    gaps = [days_between(paid_to, min(issued.start, live_on) if issued else live_on)]
    overlaps = [days_between(live_on, paid_to)]
    if issued:
        gaps.append(days_between(issued.end, live_on))
        overlaps.append(days_between(max(issued.start, live_on), issued.end))
    rows = [(span, ReckoningKind.CHARGE) for span in gaps if span]
    rows += [(span, ReckoningKind.CREDIT) for span in overlaps if span]
    return tuple(
        reckon(
            kind,
            span,
            name=service.title or service.service,
            price=service.price,
            period=bills.period,
            anchor=bills.anchor,
        )
        for span, kind in sorted(rows)
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


def _bills_of(service: BilledService, live_on: date) -> Bills:
    period, anchor = service.period, service.anchor
    if service.paid_through is not None:
        unpaid_from = service.paid_through + _DAY
        anchor = anchor.placed_in(unpaid_from.month)
    elif service.renews:
        # Any bill day so long ago that every bill which can matter comes after it.
        unpaid_from = last_bill_day(period, anchor, live_on - _TWO_YEARS)
    else:
        unpaid_from = live_on
    return Bills(period, anchor, unpaid_from, service.renews)


def _ways(bills: Bills, live_on: date) -> Iterator[_Way]:
    """After the last bill before the live date, or before it; one way where none comes."""
    long_ago = live_on - _TWO_YEARS
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
