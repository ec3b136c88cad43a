"""How a version of a playbook came to be, who must have read it, and how it is kept to."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.playbook.reminder import Span, SpanUnit


class ReviewCycle(StrEnum):
    """How often something is looked at again."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    ANNUAL = "annual"


class OpenRuns(StrEnum):
    """What a new version does with runs that began on an older one."""

    FINISH = "finish"
    MOVE = "move"


TWO_DAYS = Span(48, SpanUnit.HOURS)
FIRST_WEEK = Span(7, SpanUnit.DAYS)


@dataclass(frozen=True, slots=True)
class Governance:
    """What stands behind a version.

    Attributes:
        change: The change request: what is changed, and why.
        impact: What that means for people and for runs.
        approvals: Roles that must have said yes before it takes effect.
        effective_on: From when runs begin on it; None is at once.
        acknowledge: Roles whose people must have read it.
        within: How long they have.
        newcomers_within: How long somebody has who comes later.
        open_runs: Whether open runs finish on their version or move to this one.
        spot_checks: How often a run is looked at closely.
        report: How often it is reported how far the playbook is kept to.
    """

    change: str
    impact: str
    approvals: tuple[str, ...] = ()
    effective_on: date | None = None
    acknowledge: tuple[str, ...] = ()
    within: Span = TWO_DAYS
    newcomers_within: Span = FIRST_WEEK
    open_runs: OpenRuns = OpenRuns.FINISH
    spot_checks: ReviewCycle = ReviewCycle.WEEKLY
    report: ReviewCycle = ReviewCycle.MONTHLY
