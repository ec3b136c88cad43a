"""Which handler understands which event: one line a kind."""

from collections.abc import Mapping

from app.domain.agreement import EventType
from app.services.inbound import agreements, billing, board, runs, tasks, tiers
from app.services.inbound.events import Handler

HANDLERS: Mapping[EventType, Handler] = {
    EventType.SIGNED: runs.signed,
    EventType.SENT: agreements.sent,
    EventType.AMENDED: agreements.amended,
    EventType.DECLINED: agreements.voided,
    EventType.VOIDED: agreements.voided,
    EventType.LIVE_DATE_SET: agreements.dated,
    EventType.SERVICE_CANCELLED: billing.called_back,
    EventType.SERVICE_STARTED: billing.called_back,
    EventType.CHARGED: billing.called_back,
    EventType.CREDITED: billing.called_back,
    EventType.TASK_COMPLETED: tasks.completed,
    EventType.BOARD_ITEM_CHANGED: board.item_changed,
    EventType.TIER_REQUESTED: tiers.requested,
    EventType.PAYMENT_SUCCEEDED: tiers.payment_told,
    EventType.PAYMENT_FAILED: tiers.payment_told,
    EventType.DEAL_CREATED: runs.deal_told,
    EventType.DEAL_CLOSED_WON: runs.deal_told,
    EventType.DEAL_CLOSED_LOST: runs.deal_told,
}
