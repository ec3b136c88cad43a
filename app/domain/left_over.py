"""What is left over of a service that ends: days paid and not used, or served and not billed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.billed_service import BilledService, bills_of
from app.domain.bills import Bills
from app.domain.period import Days, days_between
from app.domain.reckoning import Reckoning, ReckoningKind, reckon

_SIGN = {ReckoningKind.CHARGE: 1, ReckoningKind.CREDIT: -1}


@dataclass(frozen=True, slots=True)
class SettledDays:
    """Days that were credited or charged already, or of which somebody said that they will not be.

    Args:
        kind: Which way the money went, or would have gone.
        span: The days.
        waived: Whether no money went: nobody owes anything for these days, this way.
    """

    kind: ReckoningKind
    span: Days
    waived: bool = False


def left_over_if_ended(
    service: BilledService,
    ended_on: date,
    live_on: date,
    settled: Sequence[SettledDays] = (),
) -> tuple[Reckoning, ...]:
    """What is left over if a service is ended on a day, in the window or out of it.

    Credits for days from the live date on that its bills paid, charges for days before it that
    none did, so that each day is billed once, under the old package or the new. What was settled
    for another live date counts: a day credited too early is charged again, one charged in vain
    is credited. A day that was waived is only left alone: no money went, so none comes back.

    Args:
        service: How it is billed.
        ended_on: The day of ending; bills before it were issued, those on it or later are not.
        live_on: The day from which the new package is billed.
        settled: Days that were credited or charged already.

    Source: docs/domain/upgrade.md, I4 and "Moving the live date".
    """
    bills = bills_of(service, live_on)
    wanted: Counter[date] = Counter()
    for kind, span in _unsettled(bills, ended_on, live_on):
        wanted.update(dict.fromkeys(span, _SIGN[kind]))
    for each in settled:
        if not each.waived:
            wanted.subtract(dict.fromkeys(each.span, _SIGN[each.kind]))
    for each in settled:
        if each.waived:
            _leave_alone(wanted, each)
    return tuple(
        reckon(
            kind,
            span,
            name=service.title or service.service,
            price=service.price,
            period=bills.period,
            anchor=bills.anchor,
        )
        for kind, span in _runs(wanted)
    )


def _leave_alone(wanted: Counter[date], waived: SettledDays) -> None:
    """Want nothing of the days that were waived, where they are still wanted that way."""
    sign = _SIGN[waived.kind]
    for day in waived.span:
        if wanted[day] * sign > 0:
            wanted[day] -= sign


def _unsettled(bills: Bills, ended_on: date, live_on: date) -> Iterator[tuple[ReckoningKind, Days]]:
    """The days that are billed under neither package, and those billed under both."""
    paid_to, issued = bills.unpaid_from, bills.issued_before(ended_on)
    if issued and issued.start == paid_to:
        paid_to, issued = issued.end, None
    gaps = [days_between(paid_to, min(issued.start, live_on) if issued else live_on)]
    overlaps = [days_between(live_on, paid_to)]
    if issued:
        gaps.append(days_between(issued.end, live_on))
        overlaps.append(days_between(max(issued.start, live_on), issued.end))
    yield from ((ReckoningKind.CHARGE, span) for span in gaps if span)
    yield from ((ReckoningKind.CREDIT, span) for span in overlaps if span)


def _runs(wanted: Counter[date]) -> Iterator[tuple[ReckoningKind, Days]]:
    """Days next to each other that want the same, as one run."""
    run: tuple[ReckoningKind, Days] | None = None
    for day in sorted(wanted):
        if wanted[day] == 0:
            continue
        kind = ReckoningKind.CHARGE if wanted[day] > 0 else ReckoningKind.CREDIT
        if run is not None and run[0] is kind and run[1].end == day:
            run = kind, Days(run[1].start, day + timedelta(days=1))
            continue
        if run is not None:
            yield run
        run = kind, Days(day, day + timedelta(days=1))
    if run is not None:
        yield run
