"""Billing adjustments of an upgrade: which there are, and when and how one may be carried out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.domain.billed_service import BilledService
from app.domain.calendar import window_opens_on
from app.domain.cutover import CutOver, Preference, cut_over
from app.domain.money import Money
from app.domain.movement import Package
from app.domain.period import BillingPeriod, days_between
from app.domain.reckoning import Reckoning


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
) -> tuple[IntendedAdjustment, ...]:
    """End every service of the old package and start every one of the new, also where both have it.

    Services that the client buys beside the old package are left alone.

    Args:
        old: The package left.
        new: The package taken.
        billed: How the old services are billed, where anything is known.
        live_on: The live date.
        prefer: Which side of the last bill the policy prefers.
        window_days: Days of the pre-live window.

    Source: docs/domain/upgrade.md, "What happens", 4, and "The cut-over plan".
    """
    known = {one.service: one for one in billed}
    intended: list[IntendedAdjustment] = []
    window = tuple(days_between(window_opens_on(live_on, window_days), live_on) or ())
    for part in old.services:
        key = part.service.key
        title = part.service.title
        bill = known.get(key) or BilledService.unknown(key, part.price, live_on, title)
        # A week's price says nothing of a month's bill.
        same = bill.period is _PERIODS.get(old.billing_period)
        bill = replace(bill, title=title, price=bill.price or (part.price if same else None))
        plan = cut_over(bill, live_on, prefer=prefer, window_days=window_days)
        note = plan.note if key in known else _assumed(plan)
        intended.append(
            IntendedAdjustment(
                AdjustmentKind.CANCEL_SERVICE,
                key,
                live_on,
                plan.safe,
                bill.price,
                note=note,
            )
        )
        intended.extend(_left_over(plan, live_on, window))
    intended.extend(
        IntendedAdjustment(
            AdjustmentKind.START_SERVICE, part.service.key, live_on, window, part.price
        )
        for part in new.services
    )
    return tuple(intended)


_PERIODS = {"weekly": BillingPeriod.WEEK, "monthly": BillingPeriod.MONTH}
"""Billing periods of packages, in the words of the catalog."""


def _assumed(plan: CutOver) -> str:
    """The note of a service of which nothing is known: never as if somebody had told it."""
    follows = "Nothing is then left over." if plan.safe else plan.note
    return (
        "Nothing is known of how it is billed: assumed weekly on Mondays, paid through the eve "
        f"of the live date. {follows}"
    )


def _left_over(
    plan: CutOver, live_on: date, window: tuple[date, ...]
) -> Iterable[IntendedAdjustment]:
    """The money rows of a cut-over: credits and bridging charges, made in the window as well."""
    for row in plan.rows:
        yield IntendedAdjustment(
            AdjustmentKind(str(row.kind)),
            plan.service,
            live_on,
            window,
            row.money,
            reckoning=row,
            note=plan.note,
        )
