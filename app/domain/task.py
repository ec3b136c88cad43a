"""The tasks of a plan: their states, and what each state allows."""

from datetime import date
from enum import StrEnum

from app.domain.delivery import DeliveryKind
from app.domain.errors import Conflict, Invalid


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    BLOCKED = "blocked"
    DONE = "done"
    SKIPPED = "skipped"


class TaskKind(StrEnum):
    """Where a task comes from, which decides what ticking it asks for."""

    SETUP = "setup"
    ADJUSTMENT = "adjustment"
    EFFECT = "effect"
    FOLLOW_UP = "follow_up"
    REVERSAL = "reversal"
    STEP = "step"


SETTLED = frozenset({TaskState.DONE, TaskState.SKIPPED})
"""A task in one of these holds nothing up."""


MESSAGE_BY_HAND = f"effect:{DeliveryKind.CHAT_POST}:"
"""Begins the key of a task in which a person passes a message on: it is no work that a reminder is
of."""


class TaskRefuses(Conflict):
    """The task's state does not allow the action."""

    code = "task_state_refuses"


class DueAfterLive(Invalid):
    """A task of a plan is due on the live date at the latest."""

    code = "due_after_live"


class ChecklistOpen(Conflict):
    """A required item of the task's checklist is not ticked."""

    code = "checklist_open"


_ALLOWED: dict[str, frozenset[TaskState]] = {
    "complete": frozenset({TaskState.OPEN, TaskState.BLOCKED}),
    "skip": frozenset({TaskState.OPEN, TaskState.BLOCKED}),
    "block": frozenset({TaskState.OPEN}),
    "reopen": frozenset({TaskState.DONE, TaskState.SKIPPED, TaskState.BLOCKED}),
}


def task_may(action: str, state: TaskState) -> None:
    """Refuse an action that the task's state does not allow.

    Args:
        action: `complete`, `skip`, `block` or `reopen`.
        state: The task's present state.

    Raises:
        TaskRefuses: with the states that allow the action among its facts.
    """
    allowed = _ALLOWED[action]
    if state not in allowed:
        names = sorted(str(one) for one in allowed)
        raise TaskRefuses(
            f"A task that is {state} cannot be changed by '{action}'; "
            f"this is possible while it is {' or '.join(names)}.",
            facts={"state": str(state), "allowed_states": names},
        )


def due_day(due_on: date, *, live_on: date | None) -> date:
    """Accept a due date: any day that is not after the live date.

    Raises:
        DueAfterLive: the live date is among its facts.
    """
    if live_on is not None and due_on > live_on:
        raise DueAfterLive(
            f"The services go live on {live_on}; a task cannot be due after it.",
            pointer="/due_on",
            facts={"live_on": live_on.isoformat()},
        )
    return due_on
