"""The cut-over plan of a whole package: how each old service is billed, and how it ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.adjustment import billed_as
from app.domain.billed_service import BilledService
from app.domain.calendar import spoken
from app.domain.cutover import CutOver, Preference, cut_over
from app.domain.movement import Package, PackageService


@dataclass(frozen=True, slots=True)
class ServiceCutOver:
    """How one old service is billed, and how it ends at the live date.

    Args:
        bill: Its billing, as somebody told or as is assumed.
        told: Whether anybody told how it is billed.
        assumed: What the answer takes for granted, in sentences; empty where all was told.
        plan: Its safe days, and what is left over.
    """

    bill: BilledService
    told: bool
    assumed: tuple[str, ...]
    plan: CutOver


def cut_over_plan(
    old: Package,
    billed: Sequence[BilledService],
    live_on: date,
    *,
    prefer: Preference,
    window_days: int,
) -> tuple[ServiceCutOver, ...]:
    """Reckon how every service of the old package ends, service by service.

    Args:
        old: The package left.
        billed: How the old services are billed, where anything is known.
        live_on: The live date, in the client's zone.
        prefer: Which side of the last bill the policy prefers.
        window_days: Days of the pre-live window, or what is left of it.

    Source: docs/domain/upgrade.md, "The cut-over plan".
    """
    told = {one.service: one for one in billed}
    plans = []
    for part in old.services:
        known = told.get(part.service.key)
        bill = billed_as(part, old, known, live_on)
        plans.append(
            ServiceCutOver(
                bill,
                known is not None,
                tuple(_assumed(part, known, bill)),
                cut_over(bill, live_on, prefer=prefer, window_days=window_days),
            )
        )
    return tuple(plans)


def services_beside(old: Package, billed: Sequence[BilledService]) -> tuple[BilledService, ...]:
    """What the client buys beside the old package: it stays, and is billed as it was.

    Source: docs/domain/upgrade.md, "The cut-over plan".
    """
    inside = {part.service.key for part in old.services}
    return tuple(one for one in billed if one.service not in inside)


def _assumed(
    part: PackageService, known: BilledService | None, bill: BilledService
) -> Iterator[str]:
    if known is None and bill.paid_through is not None:
        yield (
            "Nobody told how it is billed: weekly in advance, on Mondays, paid through "
            f"{spoken(bill.paid_through)}."
        )
    elif bill.paid_through is None:
        yield "Nobody told how far it is paid: every regular bill counts as issued on its day."
    if known is None or known.price is None:
        yield (
            f"Nobody told its price: the catalog's, {part.price.spoken()} a {bill.period}."
            if bill.price is not None
            else f"Nobody told its price for a {bill.period}, and the catalog has none."
        )
