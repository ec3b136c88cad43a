"""Billing adjustments of an upgrade: which there are, and when and how one may be carried out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.calendar import day_of, window_opens_on
from app.domain.cutover import BilledService, CutOver, Preference, cut_over
from app.domain.errors import Conflict, Invalid
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


class AdjustmentRefuses(Conflict):
    """The adjustment's state does not allow the action."""

    code = "adjustment_state_refuses"


class OutsideWindow(Conflict):
    """I3: carried out neither before the window opens nor after the live instant."""

    code = "outside_window"


class UnsafeDay(Conflict):
    """Ending the service today would bill a day twice or not at all; the safe days are listed."""

    code = "unsafe_day"


class TypedNamesDiffer(Invalid):
    """The names typed are not those of the client and the service."""

    code = "typed_names_differ"


class EvidenceMissing(Invalid):
    """A confirmation says where the change can be seen."""

    code = "evidence_missing"


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
        intended.append(
            IntendedAdjustment(
                AdjustmentKind.CANCEL_SERVICE,
                key,
                live_on,
                plan.safe,
                bill.price,
                note=plan.note,
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


@dataclass(frozen=True, slots=True)
class AdjustmentInHand:
    """An adjustment at the moment somebody says that it was carried out.

    Attributes:
        opens_at: First instant at which it may be carried out (UTC).
        closes_at: First instant at which it no longer may (UTC): the live instant, or the
            moment a missed plan was forced live.
        safe_days: Days in the client's zone on which it may be carried out.
    """

    kind: AdjustmentKind
    state: AdjustmentState
    service: str
    opens_at: datetime
    closes_at: datetime
    safe_days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a change can be seen: a reference (number, link to a screenshot) and a note."""

    reference: str
    note: str | None = None


def evidence_as_json(evidence: Evidence | None) -> dict[str, str | None] | None:
    """Evidence as it is stored and shown."""
    return {"reference": evidence.reference, "note": evidence.note} if evidence else None


def adjustment_may(action: str, state: AdjustmentState) -> None:
    """Refuse an action that the adjustment's state does not allow.

    Args:
        action: `confirm`, `fail` or `void`.
        state: The adjustment's present state.

    Raises:
        AdjustmentRefuses: with the states that allow the action among its facts.
    """
    allowed = _ALLOWED[action]
    if state not in allowed:
        names = sorted(str(one) for one in allowed)
        raise AdjustmentRefuses(
            f"An adjustment that is {state} cannot be changed by '{action}'; "
            f"this is possible while it is {' or '.join(names)}.",
            facts={"state": str(state), "allowed_states": names},
        )


_ALLOWED: dict[str, frozenset[AdjustmentState]] = {
    "confirm": frozenset(
        {
            AdjustmentState.SCHEDULED,
            AdjustmentState.DUE,
            AdjustmentState.SUBMITTED,
            AdjustmentState.FAILED,
            AdjustmentState.UNCERTAIN,
        }
    ),
    "fail": frozenset({AdjustmentState.DUE, AdjustmentState.SUBMITTED, AdjustmentState.UNCERTAIN}),
    "void": frozenset({AdjustmentState.SCHEDULED, AdjustmentState.DUE, AdjustmentState.FAILED}),
}


def may_carry_out(
    one: AdjustmentInHand,
    *,
    client_name: str,
    zone: ZoneInfo,
    typed: str | None,
    evidence: Evidence | None,
    now: datetime,
) -> None:
    """Check, at this moment, that the adjustment is still right to be carried out.

    Args:
        one: The adjustment as it stands.
        client_name: The client's name, the first half of what is typed.
        zone: The client's zone, in which the safe days are counted.
        typed: `{client name} / {service}`, required where the step cannot be undone.
        evidence: Where the change can be seen.
        now: The present instant.

    Raises:
        AdjustmentRefuses: the state does not allow it.
        OutsideWindow: I3.
        UnsafeDay: the cut-over plan has other days; they are among the facts.
        TypedNamesDiffer: the names typed are not these.
        EvidenceMissing: there is no reference.

    Source: docs/domain/upgrade.md, I3 and "The cut-over plan"; the billing system ends a service at
    once and for good, hence the names.
    """
    adjustment_may("confirm", one.state)
    if not one.opens_at <= now < one.closes_at:
        raise OutsideWindow(
            f"This may be carried out from {_utc(one.opens_at)} until {_utc(one.closes_at)}, "
            "in the pre-live window, and at no other time.",
            facts={"opens_at": _utc(one.opens_at), "closes_at": _utc(one.closes_at)},
        )
    today = day_of(now, zone)
    if today not in one.safe_days:
        days = [day.isoformat() for day in one.safe_days]
        raise UnsafeDay(
            f"Today, {today}, is not a safe day for '{one.service}': a day would be billed twice "
            f"or not at all. Safe days: {', '.join(days) or 'none'}.",
            facts={"today": today.isoformat(), "safe_days": days},
        )
    if one.kind in IRREVERSIBLE and typed != typed_names(client_name, one.service):
        raise TypedNamesDiffer(
            "Ending a service cannot be undone. Type the client's name, a blank, a slash, a blank "
            "and the service's key, exactly as they are written in the plan.",
            pointer="/typed",
        )
    if evidence is None or not evidence.reference.strip():
        raise EvidenceMissing(
            "Say where the change can be seen: a reference number or a link.",
            pointer="/evidence/reference",
        )


def _utc(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
