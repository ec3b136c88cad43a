"""What the audit's chain seals of an entry, for those who seal it and those who verify it."""

from datetime import UTC
from typing import Any

from app.db.models import AuditEntry


def content_of(entry: AuditEntry) -> dict[str, Any]:
    """What the chain seals of an entry: everything but the links themselves."""
    return {
        "id": str(entry.id),
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": [entry.actor_kind, entry.actor_id, entry.actor_name],
        "action": entry.action,
        "subject": [entry.subject_kind, str(entry.subject_id)],
        "plan_id": str(entry.plan_id) if entry.plan_id else None,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
        "number": entry.number,
    }
