"""Changes of the bill that an automation makes: released by a person, then submitted in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.adjustment import AdjustmentKind, AdjustmentState, BillingMode
from app.domain.agreement import EventType
from app.domain.calendar import day_of, first_instant_of
from app.domain.carrying_out import AdjustmentInHand, TypedNamesDiffer
from app.domain.delivery import DeliveryState
from app.domain.errors import Conflict
from app.domain.plan import PlanState, TransitionRefused, in_any_of, in_words

CALL_BACKS: Final[Mapping[AdjustmentKind, EventType]] = {
    AdjustmentKind.CANCEL_SERVICE: EventType.SERVICE_CANCELLED,
    AdjustmentKind.START_SERVICE: EventType.SERVICE_STARTED,
    AdjustmentKind.CHARGE: EventType.CHARGED,
    AdjustmentKind.CREDIT: EventType.CREDITED,
}
"""The event with which the automation says that a change was made."""

RELEASABLE: Final = frozenset({PlanState.SCHEDULED, PlanState.IN_WINDOW})
"""A plan may be released before its window opens; nothing is submitted before it does."""

TO_BE_MADE: Final = frozenset(
    {AdjustmentState.SCHEDULED, AdjustmentState.DUE, AdjustmentState.FAILED}
)
"""Adjustments that a release lets go, or that a person still has to bring about."""

MADE_BY_THE_AUTOMATION: Final = (
    "The automation makes this change once the plan's billing changes were released, and its call "
    "back ticks this task. What follows is for a person only where it failed or is uncertain."
)
"""What the task of an adjustment begins with where no person makes the change."""


class BillingByHand(Conflict):
    """People change the bills here, one adjustment at a time; there is nothing to let go."""

    code = "billing_by_hand"


class ReleasedBefore(Conflict):
    """A plan's billing changes are let go once."""

    code = "released_before"


class ReleaseTooLate(Conflict):
    """The live instant has come; no bill is changed for the plan any more."""

    code = "release_too_late"


class NothingToRelease(Conflict):
    """The plan has no billing change left that the automation would make."""

    code = "nothing_to_release"


@dataclass(frozen=True, slots=True)
class PlanToRelease:
    """A plan at the moment somebody lets its billing changes go.

    Attributes:
        state: Where it stands.
        live_at: Its live instant.
        released_by: Who released it before; None where nobody has.
        client_name: The client's name, the first half of what is typed.
        package_left: Key of the package left, the second half.
        left: How many adjustments the automation still has to make.
    """

    state: PlanState
    live_at: datetime
    released_by: str | None
    client_name: str
    package_left: str
    left: int


def release_names(client_name: str, package_left: str) -> str:
    """What is typed to let a plan's billing changes go: the client and the package left.

    Source: docs/billing-hook.md, "Release".
    """
    return f"{client_name} / {package_left}"


def must_be_automated(mode: BillingMode) -> None:
    """Refuse a release where a person makes every change.

    Raises:
        BillingByHand: the installation's billing mode is manual.
    """
    if mode is BillingMode.MANUAL:
        raise BillingByHand(
            "Billing is changed by hand here (BILLING_MODE is manual): confirm each adjustment "
            "once it is made.",
            facts={"mode": str(mode)},
        )


def may_release(plan: PlanToRelease, *, typed: str, now: datetime) -> None:
    """Refuse to let a plan's billing changes go unless it is meant, in time, and the first time.

    Args:
        plan: The plan at this moment.
        typed: `{client name} / {package left}`, as the person typed it.
        now: The present instant.

    Raises:
        TransitionRefused: its state does not allow it; the states that do are among the facts.
        ReleaseTooLate: the live instant has come.
        ReleasedBefore: it was released, and nothing has withdrawn that.
        NothingToRelease: no adjustment is left for the automation.
        TypedNamesDiffer: the names typed are not these.

    Source: docs/domain/upgrade.md, "What happens" 4.
    """
    if plan.state not in RELEASABLE:
        raise TransitionRefused(
            f"The plan {in_words(plan.state)}; its billing changes are released while it "
            f"{in_any_of(RELEASABLE)}.",
            facts={"state": str(plan.state), "allowed_states": sorted(map(str, RELEASABLE))},
        )
    if now >= plan.live_at:
        raise ReleaseTooLate("The live instant has come; no bill is changed for it any more.")
    if plan.released_by is not None:
        raise ReleasedBefore(f"{plan.released_by} released its billing changes already.")
    if not plan.left:
        raise NothingToRelease("No billing change is left that the automation would make.")
    if typed != release_names(plan.client_name, plan.package_left):
        raise TypedNamesDiffer(
            "What is released ends services for good. Type the client's name, a blank, a slash, a "
            "blank and the key of the package left, exactly as they are written in the plan.",
            pointer="/typed",
        )


def may_be_submitted(one: AdjustmentInHand, *, zone: ZoneInfo, now: datetime) -> bool:
    """Whether a released adjustment is to be submitted now: due, in its window, on a safe day.

    Args:
        one: The adjustment as it stands.
        zone: The client's zone, in which the safe days are counted.
        now: The present instant.

    Source: docs/domain/upgrade.md, I3 and "The cut-over plan".
    """
    in_window = one.opens_at <= now < one.closes_at
    return one.state is AdjustmentState.DUE and in_window and day_of(now, zone) in one.safe_days


def too_late_at(one: AdjustmentInHand, *, zone: ZoneInfo, now: datetime) -> datetime:
    """The instant at which a submission is right no more: its safe days end, or its window does.

    A request that waits for its turn at the automation may leave days later, and a bill day may
    lie between.

    Args:
        one: The adjustment; today is one of its safe days.
        zone: The client's zone.
        now: The present instant.
    """
    day = day_of(now, zone)
    while day in one.safe_days:
        day += timedelta(days=1)
    return min(first_instant_of(day, zone), one.closes_at)


def state_after(ended: DeliveryState, *, seen: bool) -> AdjustmentState:
    """Where a submitted adjustment stands once its request has ended without being accepted.

    Args:
        ended: How the request ended: failed, parked, expired, cancelled or skipped.
        seen: Whether it is certain that the automation did not take it.

    Source: docs/domain/upgrade.md, I8: what may have happened is a person's, and never repeated.
    """
    if ended is DeliveryState.CANCELLED:
        return AdjustmentState.DUE
    if ended is DeliveryState.PARKED or not seen:
        return AdjustmentState.UNCERTAIN
    return AdjustmentState.FAILED
