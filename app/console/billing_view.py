"""What a plan changes on the client's bill, as its page shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar

from app.console import wording
from app.console.wording import Label
from app.domain.adjustment import AdjustmentKind, AdjustmentState, BillingMode
from app.domain.plan import PlanState
from app.domain.submission import RELEASABLE, TO_BE_MADE, release_names
from app.queries.adjustments import AdjustmentView
from app.queries.plan_views import PlanView
from app.queries.tasks import TaskView
from app.services.office import Office

T = TypeVar("T")

_TITLES: Final = {
    AdjustmentKind.CANCEL_SERVICE: "Old services that end",
    AdjustmentKind.CREDIT: "Credits",
    AdjustmentKind.CHARGE: "Bridging charges",
    AdjustmentKind.START_SERVICE: "New services that start",
}
_MEANING: Final = {
    AdjustmentKind.CANCEL_SERVICE: "Ending a service takes effect at once and cannot be undone, "
    "so it is done on a safe day only.",
    AdjustmentKind.CREDIT: "The client has paid for days on which the old service no longer runs.",
    AdjustmentKind.CHARGE: "Days on which the old service runs and no bill covers it.",
    AdjustmentKind.START_SERVICE: "Scheduled in the window, to start on the live date.",
}
_PERIODS: Final = {"weekly": "a week", "monthly": "a month", "quarterly": "a quarter"}


@dataclass(frozen=True, slots=True)
class BillLine:
    """One change; `task` is the one that a person ticks for it, `put_back` the one that undoes it.

    Attributes:
        asks: What the state asks of people, where an automation makes the change.
    """

    change: AdjustmentView
    service: str
    label: Label
    per: str
    task: TaskView | None
    put_back: TaskView | None
    asks: str | None

    @property
    def open(self) -> bool:
        """Whether it is still to be made."""
        return AdjustmentState(self.change.state) in TO_BE_MADE

    @property
    def amiss(self) -> bool:
        """Whether it could not be made, or nobody knows."""
        return self.change.state in (AdjustmentState.FAILED, AdjustmentState.UNCERTAIN)

    @property
    def person(self) -> str | None:
        """Who carries it out."""
        return self.task.assignee.name if self.task and self.task.assignee else None


@dataclass(frozen=True, slots=True)
class BillGroup:
    """The changes of one kind; what is the same for all of them is said once, above them."""

    title: str
    meaning: str
    lines: tuple[BillLine, ...]

    @property
    def safe_days(self) -> tuple[date, ...] | None:
        """The safe days, where all have the same."""
        return _the_one(line.change.safe_days for line in self.lines)

    @property
    def person(self) -> str | None:
        """Who carries them out, where it is one person."""
        return _the_one(line.person for line in self.lines)

    @property
    def note(self) -> str | None:
        """What the cut-over says, where it says the same of all."""
        return _the_one(line.change.note for line in self.lines)


@dataclass(frozen=True, slots=True)
class Release:
    """Whether somebody let the changes go, where an automation makes them.

    Attributes:
        to_type: What is typed to let them go.
        left: How many the automation still has to make.
        possible: Whether they can be let go now.
    """

    by: str | None
    at: datetime | None
    to_type: str
    left: int
    possible: bool


def release_of(plan: PlanView) -> Release | None:
    """The plan's release; None where people make every change.

    Args:
        plan: With its adjustments.
    """
    automated = [one for one in plan.adjustments if one.mode == BillingMode.HOOK]
    if not automated:
        return None
    left = sum(AdjustmentState(one.state) in TO_BE_MADE for one in automated)
    return Release(
        plan.released_by,
        plan.released_at,
        release_names(plan.client.name, plan.movement.from_),
        left,
        bool(left) and PlanState(plan.state) in RELEASABLE,
    )


def bill_groups(plan: PlanView, office: Office) -> tuple[BillGroup, ...]:
    """The plan's adjustments by what they do.

    Args:
        plan: With its adjustments and its tasks.
        office: What services are called, and how often packages are billed.
    """
    tasks = {task.adjustment_id: task for task in plan.tasks if task.adjustment_id}
    put_back = {task.reverses_id: task for task in plan.tasks if task.reverses_id}
    packages = office.catalog.packages
    taken = packages.get(plan.movement.to)
    groups = []
    for kind, title in _TITLES.items():
        # How often an old service is billed is not kept with its price, so it is not guessed.
        priced = taken if kind == AdjustmentKind.START_SERVICE else None
        per = _PERIODS.get(priced.billing_period, "") if priced else ""
        lines = tuple(
            BillLine(
                one,
                _service_title(office, one.service),
                _label(one),
                per,
                tasks.get(one.id),
                put_back.get(one.id),
                _asks(one),
            )
            for one in plan.adjustments
            if one.kind == kind
        )
        if lines:
            groups.append(BillGroup(title, _MEANING[kind], lines))
    return tuple(groups)


def _label(one: AdjustmentView) -> Label:
    if one.reversal is not None:
        return wording.REVERSAL_LABELS[one.reversal]
    if one.waived_by is not None:
        return wording.WAIVED
    return wording.ADJUSTMENT_LABELS[AdjustmentState(one.state)]


def _asks(one: AdjustmentView) -> str | None:
    automated = one.mode == BillingMode.HOOK
    return wording.AUTOMATION_SENTENCES.get(AdjustmentState(one.state)) if automated else None


def _the_one(values: Iterable[T]) -> T | None:
    """The value that all are; None where they differ."""
    different = set(values)
    return different.pop() if len(different) == 1 else None


def _service_title(office: Office, key: str) -> str:
    service = office.catalog.services.get(key)
    return service.title if service else key
