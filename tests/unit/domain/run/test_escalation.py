"""Who may still take an escalation on."""

from datetime import UTC, datetime

import pytest

from app.domain.run.errors import EscalationOver, EscalationTaken
from app.domain.run.escalation import check_takeable


def test_what_was_escalated_is_taken_on_once_and_while_it_matters() -> None:
    check_takeable(None, None)

    with pytest.raises(EscalationTaken) as taken:
        check_takeable(None, "Vera")
    assert taken.value.facts == {"taken_by": "Vera"}
    ended_at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    with pytest.raises(EscalationOver):
        check_takeable(ended_at, "Vera")
    with pytest.raises(EscalationOver):
        check_takeable(ended_at, None)
