"""What a plan changes on the client's bill, as its page shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from app.console import wording
from app.console.wording import Label
from app.domain.adjustment import AdjustmentKind, AdjustmentState
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
    """One change; `task` is the one that a person ticks for it."""

    change: AdjustmentView
    service: str
    label: Label
    per: str
    task: TaskView | None

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


def bill_groups(plan: PlanView, office: Office) -> tuple[BillGroup, ...]:
    """The plan's adjustments by what they do.

    Args:
        plan: With its adjustments and its tasks.
        office: What services are called, and how often packages are billed.
    """
    tasks = {task.adjustment_id: task for task in plan.tasks if task.adjustment_id}
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
                wording.ADJUSTMENT_LABELS[AdjustmentState(one.state)],
                per,
                tasks.get(one.id),
            )
            for one in plan.adjustments
            if one.kind == kind
        )
        if lines:
            groups.append(BillGroup(title, _MEANING[kind], lines))
    return tuple(groups)


def _the_one(values: Iterable[T]) -> T | None:
    """The value that all are; None where they differ."""
    different = set(values)
    return different.pop() if len(different) == 1 else None


def _service_title(office: Office, key: str) -> str:
    service = office.catalog.services.get(key)
    return service.title if service else key
