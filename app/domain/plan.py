"""The states of an upgrade plan, the table of its transitions, and what each state allows."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Conflict


class PlanState(StrEnum):
    """Where a plan stands in the upgrade procedure."""

    NEEDS_REVIEW = "needs_review"
    AWAITING_LIVE_DATE = "awaiting_live_date"
    SCHEDULED = "scheduled"
    IN_WINDOW = "in_window"
    MISSED = "missed"
    ON_HOLD = "on_hold"
    LIVE = "live"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Trigger(StrEnum):
    """What moves a plan from one state to the next."""

    REVIEWED = "reviewed"
    SCHEDULE = "schedule"
    COMPRESS = "compress"
    OPEN_WINDOW = "open_window"
    GO_LIVE = "go_live"
    MISS = "miss"
    FORCE = "force"
    HOLD = "hold"
    RESUME = "resume"
    RESUME_IN_WINDOW = "resume_in_window"
    UNSCHEDULE = "unschedule"
    CANCEL = "cancel"
    COMPLETE = "complete"


class PlanFlag(StrEnum):
    """What people should know about a plan; a flag changes nothing by itself."""

    COMPRESSED = "compressed"
    LIVE_DATE_MISSING = "live_date_missing"
    LIVE_DATE_NOT_MONDAY = "live_date_not_monday"
    LIVE_DATE_PAST = "live_date_past"
    LIVE_DATE_NOT_UNDERSTOOD = "live_date_not_understood"
    STAFF_UNKNOWN = "staff_unknown"
    SALES_UNASSIGNED = "sales_unassigned"
    SUPPORT_UNASSIGNED = "support_unassigned"
    MARKETING_UNASSIGNED = "marketing_unassigned"
    FORCED_LIVE = "forced_live"
    AGREEMENT_VOIDED = "agreement_voided"
    ZONE_KEPT = "zone_kept"
    AGREEMENT_AMENDED = "agreement_amended"


LIVE_DATE_QUESTIONS = frozenset(
    {
        PlanFlag.LIVE_DATE_MISSING,
        PlanFlag.LIVE_DATE_NOT_MONDAY,
        PlanFlag.LIVE_DATE_PAST,
        PlanFlag.LIVE_DATE_NOT_UNDERSTOOD,
    }
)
"""Flags that a live date once set answers."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: `trigger` leads from any of `sources` to `target`."""

    trigger: Trigger
    sources: frozenset[PlanState]
    target: PlanState


_S = PlanState


def _row(trigger: Trigger, sources: set[PlanState], target: PlanState) -> Transition:
    return Transition(trigger, frozenset(sources), target)


_BEFORE_LIVE = {_S.AWAITING_LIVE_DATE, _S.SCHEDULED, _S.IN_WINDOW, _S.MISSED}
_DATABLE = _BEFORE_LIVE

TRANSITIONS: tuple[Transition, ...] = (
    _row(Trigger.REVIEWED, {_S.NEEDS_REVIEW}, _S.AWAITING_LIVE_DATE),
    _row(Trigger.SCHEDULE, _DATABLE, _S.SCHEDULED),
    _row(Trigger.COMPRESS, _DATABLE, _S.IN_WINDOW),
    _row(Trigger.OPEN_WINDOW, {_S.SCHEDULED}, _S.IN_WINDOW),
    _row(Trigger.GO_LIVE, {_S.IN_WINDOW}, _S.LIVE),
    _row(Trigger.MISS, {_S.IN_WINDOW}, _S.MISSED),
    _row(Trigger.FORCE, {_S.MISSED}, _S.LIVE),
    _row(Trigger.HOLD, _BEFORE_LIVE, _S.ON_HOLD),
    _row(Trigger.RESUME, {_S.ON_HOLD}, _S.SCHEDULED),
    _row(Trigger.RESUME_IN_WINDOW, {_S.ON_HOLD}, _S.IN_WINDOW),
    _row(Trigger.UNSCHEDULE, {_S.ON_HOLD}, _S.AWAITING_LIVE_DATE),
    _row(Trigger.CANCEL, _BEFORE_LIVE | {_S.ON_HOLD, _S.NEEDS_REVIEW}, _S.CANCELLED),
    _row(Trigger.COMPLETE, {_S.LIVE}, _S.COMPLETED),
)
"""Every way a plan can move. A hold keeps the live date, so a resumed plan goes on where it would
be by now; where its live instant has passed, it waits for another date."""

OPEN_STATES: frozenset[PlanState] = frozenset(_BEFORE_LIVE | {_S.ON_HOLD})
"""A client has at most one plan in these states; the database holds it."""


class TransitionRefused(Conflict):
    """The plan's state does not allow the action."""

    code = "state_refuses"


def transition(state: PlanState, trigger: Trigger) -> PlanState:
    """Return the state to which `trigger` leads from `state`.

    Raises:
        TransitionRefused: the table has no such row; the fact lists the states that allow it.

    Source: docs/domain/upgrade.md, "States of a plan".
    """
    row = next(row for row in TRANSITIONS if row.trigger is trigger)
    if state not in row.sources:
        raise TransitionRefused(
            f"A plan that {in_words(state)} does not allow {_DOING[trigger]}; "
            f"this is possible while it {in_any_of(row.sources)}.",
            facts={
                "state": str(state),
                "allowed_states": [str(one) for one in sorted(row.sources)],
            },
        )
    return row.target


_STANDING = {
    _S.NEEDS_REVIEW: "needs a review",
    _S.AWAITING_LIVE_DATE: "awaits its live date",
    _S.IN_WINDOW: "is in its window",
    _S.MISSED: "has missed its live date",
}
_DOING = {
    Trigger.REVIEWED: "resolving a review",
    Trigger.SCHEDULE: "setting its live date",
    Trigger.COMPRESS: "setting its live date",
    Trigger.OPEN_WINDOW: "opening its window",
    Trigger.GO_LIVE: "going live",
    Trigger.MISS: "missing its live date",
    Trigger.FORCE: "forcing it live",
    Trigger.HOLD: "holding",
    Trigger.RESUME: "resuming",
    Trigger.RESUME_IN_WINDOW: "resuming",
    Trigger.UNSCHEDULE: "resuming",
    Trigger.CANCEL: "cancelling",
    Trigger.COMPLETE: "completing",
}


def in_words(state: PlanState) -> str:
    """What is said of a plan in a state: "is scheduled", "needs a review"."""
    return _STANDING.get(state) or f"is {state.replace('_', ' ')}"


def sources_of(trigger: Trigger) -> frozenset[PlanState]:
    """The states from which `trigger` may move a plan; the sweeps build their SQL from it."""
    return next(row.sources for row in TRANSITIONS if row.trigger is trigger)


def in_any_of(states: Collection[PlanState]) -> str:
    """What is said of a plan in one of several states: "is scheduled or is in its window"."""
    *others, last = [in_words(state) for state in PlanState if state in states]
    return f"{', '.join(others)} or {last}" if others else last
