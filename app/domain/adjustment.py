"""Billing adjustments of an upgrade: which there are, and when and how one may be carried out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.domain.billed_service import BilledService
from app.domain.calendar import spoken, window_opens_on
from app.domain.cutover import CutOver, Preference, cut_over
from app.domain.left_over import SettledDays, left_over_if_ended
from app.domain.money import Money
from app.domain.movement import Package, PackageService
from app.domain.period import BillingPeriod, Days, days_between
from app.domain.reckoning import Reckoning, ReckoningKind


class AdjustmentKind(StrEnum):
    """What an adjustment changes on the client's bill."""

    CANCEL_SERVICE = "cancel_service"
    START_SERVICE = "start_service"
    CHARGE = "charge"
    CREDIT = "credit"


class AdjustmentState(StrEnum):
    """Where an adjustment stands."""

    SCHEDULED = "scheduled"
    DUE = "due"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    VOIDED = "voided"
    UNCERTAIN = "uncertain"


class BillingMode(StrEnum):
    """Who carries adjustments out: a person, an automation platform, or an API."""

    MANUAL = "manual"
    HOOK = "hook"
    API = "api"


CARRIED_OUT = frozenset(
    {AdjustmentState.SUBMITTED, AdjustmentState.CONFIRMED, AdjustmentState.UNCERTAIN}
)
"""States in which the billing system may hold the change already."""

IRREVERSIBLE = frozenset({AdjustmentKind.CANCEL_SERVICE})
"""Kinds that take effect at once and cannot be undone: the names are typed for them."""


def adjustment_summary(kind: str, service: str) -> str:
    """Name an adjustment in a sentence: "Cancel service 'sms'"."""
    return f"{kind.replace('_', ' ').capitalize()} '{service}'"


def typed_names(client_name: str, service: str) -> str:
    """What is typed to carry out a step that cannot be undone: the client and the service.

    Source: docs/api.md, "Plans".
    """
    return f"{client_name} / {service}"


_GOES_ON = "is not ended: it goes on, and is billed as before, beside the new package."


def goes_on_beside(title: str) -> str:
    """The note of an old service whose ending somebody dropped.

    Args:
        title: Of the service.
    """
    return f"{title} {_GOES_ON}"


def is_kept(kind: str, state: str, note: str) -> bool:
    """Whether an adjustment is the ending of an old service that somebody dropped."""
    voided = (kind, state) == (AdjustmentKind.CANCEL_SERVICE, AdjustmentState.VOIDED)
    return voided and note.endswith(_GOES_ON)


@dataclass(frozen=True, slots=True)
class Made:
    """An adjustment that the billing system may hold already, or an amount that was waived.

    Attributes:
        kind: What it changed.
        service: Key of the service.
        live_on: The live date for which it was made.
        made_on: The day on which it was carried out, in the client's zone; None where waived.
        span: The days that a credit or a charge settled; None for the other kinds.
    """

    kind: AdjustmentKind
    service: str
    live_on: date
    made_on: date | None
    span: Days | None = None


@dataclass(frozen=True, slots=True)
class IntendedAdjustment:
    """One change of the client's bill, as the plan intends it.

    Attributes:
        kind: What it changes.
        service: Key of the service.
        effective_on: The live date, in the client's zone.
        safe_days: Days in the client's zone on which it may be carried out, sorted.
        money: The service's price for `start_service` and `cancel_service` where known, the
            amount for `charge` and `credit`; None where nobody told, or told of another period.
        reckoning: How the amount of a `charge` or `credit` comes about.
        note: What the cut-over says about it, in words; empty where there is nothing to say.
    """

    kind: AdjustmentKind
    service: str
    effective_on: date
    safe_days: tuple[date, ...]
    money: Money | None
    reckoning: Reckoning | None = None
    note: str = ""


def adjustments_of_upgrade(
    old: Package,
    new: Package,
    billed: Sequence[BilledService],
    live_on: date,
    *,
    prefer: Preference,
    window_days: int,
    made: Sequence[Made] = (),
    kept: Collection[str] = (),
) -> tuple[IntendedAdjustment, ...]:
    """End every service of the old package and start every one of the new, also where both have it.

    Services that the client buys beside the old package are left alone. What was made already is
    not intended again: a service that was ended for an earlier date is bridged up to the new one.

    Args:
        old: The package left.
        new: The package taken.
        billed: How the old services are billed, where anything is known.
        live_on: The live date.
        prefer: Which side of the last bill the policy prefers.
        window_days: Days of the pre-live window.
        made: What was carried out or waived, for this date or another.
        kept: Keys of old services that go on, because somebody dropped their ending.

    Source: docs/domain/upgrade.md, "What happens", 4, "The cut-over plan" and "Moving the date".
    """
    known = {one.service: one for one in billed}
    window = tuple(days_between(window_opens_on(live_on, window_days), live_on) or ())
    intended: list[IntendedAdjustment] = []
    for part in old.services:
        key = part.service.key
        if key in kept:
            continue
        mine = [each for each in made if each.service == key]
        bill = billed_as(part, old, known.get(key), _assumed_for(mine, live_on))
        ending = _ending(bill, live_on, mine, prefer=prefer, window_days=window_days)
        if ending.plan is not None:
            note = ending.plan.note if key in known else _assumed(ending.plan)
            intended.append(
                IntendedAdjustment(
                    AdjustmentKind.CANCEL_SERVICE,
                    key,
                    live_on,
                    ending.plan.safe,
                    bill.price,
                    note=note,
                )
            )
        intended.extend(_left_over(key, ending, live_on, window))
    holds = {one.service for one in made if still_holds(one, new, live_on)}
    intended.extend(
        IntendedAdjustment(
            AdjustmentKind.START_SERVICE, part.service.key, live_on, window, part.price
        )
        for part in new.services
        if part.service.key not in holds
    )
    return tuple(intended)


def still_holds(one: Made, new: Package, live_on: date) -> bool:
    """Whether a service that was started is right as it is: this service, from this day.

    Args:
        one: What was made.
        new: The package taken.
        live_on: The live date.
    """
    services = {part.service.key for part in new.services}
    starts = one.kind is AdjustmentKind.START_SERVICE
    return starts and one.service in services and one.live_on == live_on


PACKAGE_PERIODS = {"weekly": BillingPeriod.WEEK, "monthly": BillingPeriod.MONTH}
"""Billing periods of packages, in the words of the catalog."""


@dataclass(frozen=True, slots=True)
class _Ending:
    """How an old service ends: by a plan still to be carried out, or as it was ended before."""

    plan: CutOver | None
    rows: tuple[Reckoning, ...]
    note: str


def billed_as(
    part: PackageService, old: Package, known: BilledService | None, assumed_for: date
) -> BilledService:
    """How a service is billed: as somebody told, else as is assumed."""
    title = part.service.title
    bill = known or BilledService.unknown(part.service.key, part.price, assumed_for, title)
    # A week's price says nothing of a month's bill.
    same = bill.period is PACKAGE_PERIODS.get(old.billing_period)
    return replace(bill, title=title, price=bill.price or (part.price if same else None))


def _assumed_for(made: Sequence[Made], live_on: date) -> date:
    """The live date from which unknown bills are assumed: the one for which the service ended."""
    ended = [each.live_on for each in made if each.kind is AdjustmentKind.CANCEL_SERVICE]
    return ended[0] if ended else live_on


def _ending(
    bill: BilledService,
    live_on: date,
    made: Sequence[Made],
    *,
    prefer: Preference,
    window_days: int,
) -> _Ending:
    settled = [
        SettledDays(_GOES[each.kind], each.span, waived=each.made_on is None)
        for each in made
        if each.span
    ]
    ended = [
        each.made_on
        for each in made
        if each.kind is AdjustmentKind.CANCEL_SERVICE and each.made_on is not None
    ]
    if ended:
        rows = left_over_if_ended(bill, ended[0], live_on, settled)
        return _Ending(None, rows, _ENDED.format(day=spoken(ended[0])))
    plan = cut_over(bill, live_on, prefer=prefer, window_days=window_days, settled=settled)
    return _Ending(plan, plan.rows, plan.note)


_GOES = {
    AdjustmentKind.CREDIT: ReckoningKind.CREDIT,
    AdjustmentKind.CHARGE: ReckoningKind.CHARGE,
}
_ENDED = "The service was ended on {day}, and goes on for the client up to the live date."


def _assumed(plan: CutOver) -> str:
    """The note of a service of which nothing is known: never as if somebody had told it."""
    follows = "Nothing is then left over." if plan.safe else plan.note
    return (
        "Nothing is known of how it is billed: assumed weekly on Mondays, paid through the eve "
        f"of the live date. {follows}"
    )


def _left_over(
    service: str, ending: _Ending, live_on: date, window: tuple[date, ...]
) -> Iterable[IntendedAdjustment]:
    """The money rows of a cut-over: credits and bridging charges, made in the window as well.

    Days that come to nothing, a service given away or a fraction of a cent, are nobody's work.
    """
    for row in ending.rows:
        if row.money is not None and row.money.is_zero:
            continue
        yield IntendedAdjustment(
            AdjustmentKind(str(row.kind)),
            service,
            live_on,
            window,
            row.money,
            reckoning=row,
            note=ending.note,
        )
