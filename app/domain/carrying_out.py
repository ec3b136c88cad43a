"""Carrying an adjustment out: when it may be, and what a person shows for it."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.adjustment import IRREVERSIBLE, AdjustmentKind, AdjustmentState, typed_names
from app.domain.calendar import day_of, spoken
from app.domain.errors import Conflict, Invalid


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
            f"This may be carried out from {_local(one.opens_at, zone)} until "
            f"{_local(one.closes_at, zone)}, {zone.key} time "
            f"({_utc(one.opens_at)} until {_utc(one.closes_at)}), "
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


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return f"{spoken(day_of(instant, zone))}, {instant.astimezone(zone):%H:%M}"


def _utc(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
