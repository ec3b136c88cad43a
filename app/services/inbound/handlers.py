"""Which handler understands which event: one line a kind."""

from collections.abc import Mapping

from app.domain.agreement import EventType
from app.services.inbound import agreements, board, tasks
from app.services.inbound.events import Handler

HANDLERS: Mapping[EventType, Handler] = {
    EventType.SIGNED: agreements.signed,
    EventType.SENT: agreements.not_handled_yet,
    EventType.AMENDED: agreements.not_handled_yet,
    EventType.DECLINED: agreements.voided,
    EventType.VOIDED: agreements.voided,
    EventType.LIVE_DATE_SET: agreements.dated,
    EventType.SERVICE_CANCELLED: agreements.not_handled_yet,
    EventType.SERVICE_STARTED: agreements.not_handled_yet,
    EventType.TASK_COMPLETED: tasks.completed,
    EventType.BOARD_ITEM_CHANGED: board.item_changed,
}
