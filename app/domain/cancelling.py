"""What cancelling a plan takes back, what it leaves to a person, and what nobody can undo."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.adjustment import CARRIED_OUT, IRREVERSIBLE, AdjustmentKind, AdjustmentState
from app.domain.delivery import STUCK, DeliveryState
from app.domain.task import SETTLED, TaskKind, TaskState


class Fate(StrEnum):
    """What becomes of one step of a plan that is cancelled."""

    DROPPED = "dropped"
    REVERSED = "reversed"
    FOR_A_PERSON = "for_a_person"
    CANNOT_BE_UNDONE = "cannot_be_undone"


@dataclass(frozen=True, slots=True)
class CancelStep:
    """One step of a plan, and what cancelling does to it.

    Attributes:
        fate: `dropped`: not yet done, and never will be; `reversed`: the service takes it back;
            `for_a_person`: a task says what to put back; `cannot_be_undone`: it stays, and a task
            says what follows from that, where something does.
        subject: What kind of thing it is: task, adjustment, e-mail, board, chat, reminders.
        subject_id: Its id, where it is one thing.
        title: What it is called.
        detail: A sentence on what happens.
    """

    fate: Fate
    subject: str
    subject_id: UUID | None
    title: str
    detail: str


def fate_of_adjustment(
    kind: AdjustmentKind, state: AdjustmentState, *, put_back: bool
) -> Fate | None:
    """What becomes of an adjustment; None where nothing of it is left.

    Args:
        kind: What it changes.
        state: Where it stands.
        put_back: Whether a person has put it back already.

    Source: docs/domain/upgrade.md, I10; the billing system cannot undo the ending of a service.
    """
    if state is AdjustmentState.VOIDED or put_back:
        return None
    if state not in CARRIED_OUT:
        return Fate.DROPPED
    return Fate.CANNOT_BE_UNDONE if kind in IRREVERSIBLE else Fate.FOR_A_PERSON


def fate_of_task(kind: TaskKind, state: TaskState) -> Fate | None:
    """What becomes of a task; None where it says nothing of its own.

    A task that stands for an adjustment shares its fate. What was set up is taken down by a
    person; what a person has to put back anyway stays theirs.

    Args:
        kind: Where it comes from.
        state: Where it stands.
    """
    if kind is TaskKind.ADJUSTMENT:
        return None
    if state not in SETTLED:
        return Fate.FOR_A_PERSON if kind is TaskKind.REVERSAL else Fate.DROPPED
    set_up = kind is TaskKind.SETUP and state is TaskState.DONE
    return Fate.FOR_A_PERSON if set_up else None


_MAY_BE_SCHEDULED = frozenset({DeliveryState.SENDING, DeliveryState.UNCERTAIN})
_NOT_YET = frozenset({DeliveryState.PENDING, DeliveryState.RETRYING}) | STUCK


def fate_of_email(state: DeliveryState, *, has_left: bool) -> Fate | None:
    """What becomes of an e-mail to the client; None where it never leaves.

    Args:
        state: Of its delivery.
        has_left: Whether the helpdesk was seen to have sent it.
    """
    if state in _NOT_YET:
        return Fate.DROPPED
    if state is DeliveryState.DONE_BY_HAND or has_left:
        return Fate.CANNOT_BE_UNDONE
    if state is DeliveryState.DELIVERED or state in _MAY_BE_SCHEDULED:
        return Fate.REVERSED
    return None


def fate_of_board(*, is_made: bool, is_wanted: bool) -> Fate | None:
    """What becomes of the board: a person archives one that was made.

    Args:
        is_made: Whether there is a board.
        is_wanted: Whether one is asked for and not there yet.
    """
    if is_made:
        return Fate.FOR_A_PERSON
    return Fate.DROPPED if is_wanted else None
