"""What follows from a plan no longer: the service drops it, and may bring it back."""

from collections.abc import Iterable

from app.db.models import Adjustment, Task
from app.domain.adjustment import AdjustmentKind, AdjustmentState
from app.domain.task import SETTLED, TaskState
from app.services.new_tasks import put_state

NO_LONGER = "The plan's date or its packages changed."
"""Why the service drops what no longer follows from the plan; it may come back."""

ONCE = (AdjustmentKind.CANCEL_SERVICE, AdjustmentKind.START_SERVICE)
"""What a plan does once for a service."""


def drop_adjustment(row: Adjustment, task: Task | None) -> None:
    """Void an adjustment that no longer follows from the plan, and skip the task of it."""
    if row.state != AdjustmentState.VOIDED:
        row.state, row.reason = AdjustmentState.VOIDED, NO_LONGER
        row.version += 1
    if task is not None:
        drop_task(task)


def drop_task(task: Task) -> None:
    """Skip a task that no longer follows from the plan, unless it is settled."""
    if TaskState(task.state) not in SETTLED:
        put_state(task, TaskState.SKIPPED, NO_LONGER)


def taken_over(one: Adjustment, rows: Iterable[Adjustment]) -> bool:
    """Whether another adjustment stands in the plan for this one.

    What was carried out for another date is to be put back, and its twin does the same for the
    present one. The plan holds the twin, also where that was made or dropped by somebody since.

    Args:
        one: An adjustment.
        rows: Those of its plan.
    """
    return one.kind in ONCE and any(
        (other.kind, other.service) == (one.kind, one.service)
        and other.id != one.id
        and other.reversal is None
        and other.reason != NO_LONGER
        for other in rows
    )
