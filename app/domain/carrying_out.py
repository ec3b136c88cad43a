"""Carrying an adjustment out: when it may be, and what a person shows for it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain.actor import Actor
from app.domain.adjustment import IRREVERSIBLE, AdjustmentKind, AdjustmentState, typed_names
from app.domain.calendar import day_of, spoken
from app.domain.errors import Conflict, Invalid
from app.domain.money import Money


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


class NeedsSomebodyElse(Conflict):
    """The second person is another than the one who carries the step out."""

    code = "needs_somebody_else"


class PlanNotRight(Conflict):
    """What the adjustment rests on holds no more; nothing irreversible is done on it."""

    code = "plan_not_right"


class WaiverRefused(Conflict):
    """More than a person may waive; the facts name the limit."""

    code = "waiver_refused"


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
        seconded_by: The member of staff who agreed, as the second person, that it be done.
    """

    kind: AdjustmentKind
    state: AdjustmentState
    service: str
    opens_at: datetime
    closes_at: datetime
    safe_days: tuple[date, ...]
    seconded_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class PlanAtHand:
    """What an adjustment rests on, as it is at this moment.

    Attributes:
        package_left: Key of the package that the plan leaves.
        package_had: Key of the package that the client has; None where nobody knows.
        services_left: Keys of the services of the package left.
        doubts: Why a person should look first, in sentences: the agreement was voided, or
            amended and nobody has decided.
    """

    package_left: str
    package_had: str | None
    services_left: frozenset[str]
    doubts: tuple[str, ...] = ()


def must_be_right(kind: AdjustmentKind, service: str, plan: PlanAtHand) -> None:
    """Check, before a step that cannot be undone, that the plan is still right.

    Only a service of the package left is ever ended; what the client buys beside it stays.

    Raises:
        PlanNotRight: with what is not right among its facts.

    Source: docs/domain/upgrade.md, "The cut-over plan".
    """
    wrong = list(plan.doubts)
    if plan.package_had != plan.package_left:
        wrong.append(f"The plan leaves '{plan.package_left}'; the client has another package.")
    if kind is AdjustmentKind.CANCEL_SERVICE and service not in plan.services_left:
        wrong.append(f"'{service}' is no service of '{plan.package_left}': it stays as it is.")
    if wrong:
        raise PlanNotRight(" ".join(wrong), facts={"wrong": wrong})


def may_waive(money: Money | None, limit: Money | None) -> None:
    """Refuse to waive a left-over amount that is not small by the policy.

    Args:
        money: The credit or charge; None where it could not be reckoned.
        limit: The most that may be waived; None where nothing may.

    Raises:
        WaiverRefused: it is more, unknown, or in another currency.

    Source: docs/domain/upgrade.md, "The cut-over plan".
    """
    if limit is None:
        raise WaiverRefused("The procedure lets nobody waive an amount.")
    facts = {"limit": str(limit)}
    if money is None:
        raise WaiverRefused(
            "The amount is not known, so nobody can say that it is small: work it out and confirm "
            "it with a reference.",
            facts=facts,
        )
    if money.currency != limit.currency or money.amount > limit.amount:
        raise WaiverRefused(
            f"{money.spoken()} is more than the {limit.spoken()} that may be waived.", facts=facts
        )


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
        action: `confirm`, `fail`, `void` or `second`.
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
    "second": frozenset({AdjustmentState.SCHEDULED, AdjustmentState.DUE, AdjustmentState.FAILED}),
}


def may_carry_out(
    one: AdjustmentInHand,
    plan: PlanAtHand,
    *,
    client_name: str,
    zone: ZoneInfo,
    typed: str | None,
    evidence: Evidence | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Check, at this moment, that the adjustment is still right to be carried out.

    Args:
        one: The adjustment as it stands.
        plan: What it rests on.
        client_name: The client's name, the first half of what is typed.
        zone: The client's zone, in which the safe days are counted.
        typed: `{client name} / {service}`: where the step cannot be undone, this or a second
            person.
        evidence: Where the change can be seen.
        actor: Who carries it out.
        now: The present instant.

    Raises:
        AdjustmentRefuses: the state does not allow it.
        PlanNotRight: what it rests on holds no more.
        OutsideWindow: I3.
        UnsafeDay: the cut-over plan has other days; they are among the facts.
        TypedNamesDiffer, NeedsSomebodyElse: neither the names nor a second person.
        EvidenceMissing: there is no reference.

    Source: docs/domain/upgrade.md, I3 and "The cut-over plan"; the billing system ends a service at
    once and for good, hence the names.
    """
    adjustment_may("confirm", one.state)
    must_be_right(one.kind, one.service, plan)
    must_be_in_time(one, zone=zone, now=now)
    if one.kind in IRREVERSIBLE:
        _must_be_meant(one, client_name=client_name, typed=typed, actor=actor)
    must_have_evidence(evidence)


def must_be_in_time(one: AdjustmentInHand, *, zone: ZoneInfo, now: datetime) -> None:
    """Check that it is the window, and a safe day of it.

    Raises:
        OutsideWindow: I3.
        UnsafeDay: the cut-over plan has other days; they are among the facts.
    """
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


def _must_be_meant(
    one: AdjustmentInHand, *, client_name: str, typed: str | None, actor: Actor
) -> None:
    if typed is None and one.seconded_by is not None:
        if actor.staff_id is None or actor.staff_id == one.seconded_by:
            raise NeedsSomebodyElse(
                "A second person agreed to this; somebody else carries it out, with a key of "
                "their own. Or type the names."
            )
        return
    if typed != typed_names(client_name, one.service):
        raise TypedNamesDiffer(
            "Ending a service cannot be undone. Type the client's name, a blank, a slash, a blank "
            "and the service's key, exactly as they are written in the plan; or have a second "
            "person agree to it first.",
            pointer="/typed",
        )


def must_have_evidence(evidence: Evidence | None) -> None:
    """Check that a change of billing can be seen somewhere.

    Raises:
        EvidenceMissing: there is no reference.
    """
    if evidence is None or not evidence.reference.strip():
        raise EvidenceMissing(
            "Say where the change can be seen: a reference number or a link.",
            pointer="/evidence/reference",
        )


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return f"{spoken(day_of(instant, zone))}, {instant.astimezone(zone):%H:%M}"


def _utc(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
