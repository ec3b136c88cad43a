"""What still blocks a plan from going live, and what blocks its Complete e-mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.adjustment import AdjustmentState
from app.domain.task import SETTLED, TaskState


class CompleteEmailState(StrEnum):
    """Where the *Upgrade Complete* e-mail stands, as readiness sees it."""

    NOT_SENT = "not_sent"
    REQUESTED = "requested"
    DELIVERED = "delivered"
    DONE_BY_HAND = "done_by_hand"
    EXPIRED = "expired"


COMPLETE_EMAIL_OPEN = "complete_email_open"
"""The code of the blocker that is the e-mail itself."""

EMAIL_SETTLED = frozenset({CompleteEmailState.DELIVERED, CompleteEmailState.DONE_BY_HAND})
ADJUSTMENT_SETTLED = frozenset({AdjustmentState.CONFIRMED, AdjustmentState.VOIDED})


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What readiness needs to know of a task."""

    id: UUID
    title: str
    state: TaskState
    blocks_ready: bool


@dataclass(frozen=True, slots=True)
class AdjustmentFacts:
    """What readiness needs to know of an adjustment; `summary` names it in a sentence."""

    id: UUID
    summary: str
    state: AdjustmentState


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing in the way: a stable code, what it concerns, and a sentence."""

    code: str
    subject_id: UUID | None
    detail: str


def what_blocks_the_complete_email(
    tasks: Iterable[TaskFacts], adjustments: Iterable[AdjustmentFacts]
) -> tuple[Blocker, ...]:
    """List what is in the way of the Complete e-mail: open blocking tasks, open adjustments.

    Source: docs/domain/upgrade.md, "States of a plan" and I6.
    """
    open_tasks = (
        Blocker("task_open", task.id, f"Task '{task.title}' is {task.state}.")
        for task in tasks
        if task.blocks_ready and task.state not in SETTLED
    )
    open_adjustments = (
        Blocker("adjustment_open", one.id, f"{one.summary} is {one.state}, not confirmed.")
        for one in adjustments
        if one.state not in ADJUSTMENT_SETTLED
    )
    return (*open_tasks, *open_adjustments)


def what_blocks_going_live(
    tasks: Iterable[TaskFacts],
    adjustments: Iterable[AdjustmentFacts],
    complete_email: CompleteEmailState,
) -> tuple[Blocker, ...]:
    """List what is in the way of going live: the above, and the Complete e-mail itself.

    Source: docs/domain/upgrade.md, "Ready = ...". Acknowledgement, chat and board never block it.
    """
    blockers = what_blocks_the_complete_email(tasks, adjustments)
    if complete_email in EMAIL_SETTLED:
        return blockers
    words = str(complete_email).replace("_", " ")
    mail = Blocker(COMPLETE_EMAIL_OPEN, None, f"The Upgrade Complete e-mail is {words}.")
    return (*blockers, mail)


def may_complete(
    *, acknowledged: bool, task_states: Iterable[TaskState], mail_under_way: bool = False
) -> bool:
    """Whether a live plan is completed: acknowledged, no task open, no e-mail to the client out.

    How an e-mail ends may be work for a person yet.

    Source: docs/domain/upgrade.md, "What happens", 8.
    """
    settled = all(state in SETTLED for state in task_states)
    return acknowledged and settled and not mail_under_way
