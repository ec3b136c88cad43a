"""One file a noun; importing this package registers every table on the metadata."""

from app.db.models.adjustments import Adjustment
from app.db.models.agreements import Agreement
from app.db.models.api_keys import ApiKey
from app.db.models.approvals import Approval
from app.db.models.audit import AuditEntry
from app.db.models.clients import Client
from app.db.models.contract_changes import ContractChange, ContractNotice
from app.db.models.contracts import (
    AccountCredit,
    ContractLine,
    ContractProduct,
    ContractRecord,
    ContractRow,
)
from app.db.models.deliveries import Attempt, Delivery
from app.db.models.hooks import Hook
from app.db.models.idempotency import IdempotencyKey
from app.db.models.inbound_events import InboundEvent
from app.db.models.plans import Plan
from app.db.models.playbook_versions import (
    PlaybookAcknowledgement,
    PlaybookRound,
    PlaybookVersion,
)
from app.db.models.runs import (
    EscalationRow,
    PlaybookRun,
    PlaybookText,
    RunDeadlineRow,
)
from app.db.models.sandbox_clock import SandboxClock
from app.db.models.staff import Staff
from app.db.models.systems import OutsideSystem, RestoreEpoch, SubscriberCircuit, VendorBudget
from app.db.models.tasks import Task
from app.db.models.tier_quotes import TierAccount, TierQuote
from app.db.models.timers import Timer

__all__ = [
    "AccountCredit",
    "Adjustment",
    "Agreement",
    "ApiKey",
    "Approval",
    "Attempt",
    "AuditEntry",
    "Client",
    "ContractChange",
    "ContractLine",
    "ContractNotice",
    "ContractProduct",
    "ContractRecord",
    "ContractRow",
    "Delivery",
    "EscalationRow",
    "Hook",
    "IdempotencyKey",
    "InboundEvent",
    "OutsideSystem",
    "Plan",
    "PlaybookAcknowledgement",
    "PlaybookRound",
    "PlaybookRun",
    "PlaybookText",
    "PlaybookVersion",
    "RestoreEpoch",
    "RunDeadlineRow",
    "SandboxClock",
    "Staff",
    "SubscriberCircuit",
    "Task",
    "TierAccount",
    "TierQuote",
    "Timer",
    "VendorBudget",
]
