"""Escalations: who may still take one on."""

from datetime import datetime

from app.domain.run.errors import EscalationOver, EscalationTaken


def check_takeable(ended_at: datetime | None, taken_by: str | None) -> None:
    """An escalation is taken on once, by one person, and while it matters.

    Args:
        ended_at: When its deadline ended; None while it runs.
        taken_by: Who took it on before.

    Raises:
        EscalationOver: Its deadline has ended.
        EscalationTaken: Somebody took it on.

    Source: docs/playbook-runs.md, "Deadlines".
    """
    if ended_at is not None:
        raise EscalationOver("What was missed has been answered or done meanwhile.")
    if taken_by is not None:
        raise EscalationTaken(f"{taken_by} has taken it on.", facts={"taken_by": taken_by})
