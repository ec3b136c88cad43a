"""Signed changes as rows: what is kept of an order, and of what it came to."""

from collections.abc import Sequence
from typing import Any

from app.db.base import Json
from app.db.contract_orders import money_json
from app.db.models import ContractChange
from app.domain.contract.change import ChangeState as State
from app.domain.contract.change import ChangeTrigger, Draft, moved
from app.domain.contract.errors import ChangeByPlan
from app.domain.contract.line import Line
from app.domain.contract.rows import MoneyRow, net
from app.domain.contract.story import said_of


def draft_json(draft: Draft, before: Sequence[Line], currency: str) -> Json:
    """What a change comes to, as it is shown: its lines before and after, and its money."""
    after = draft.successor.lines if draft.successor else draft.opens
    return {
        "before": [said_of(line) for line in before],
        "after": [said_of(line) for line in after],
        "rows": [row_json(row) for row in draft.rows],
        "net": money_json(net(draft.rows, currency)),
        "stops": list(draft.stops),
        "contract_ends_on": str(draft.contract_ends_on) if draft.contract_ends_on else None,
        "successor": {
            "id": str(draft.successor.contract.id),
            "starts_on": str(draft.successor.contract.term.start),
            "ends_on": str(draft.successor.contract.term.end),
            "credit": money_json(draft.successor.credit),
        }
        if draft.successor
        else None,
    }


def row_json(row: MoneyRow) -> dict[str, Any]:
    """A money row with its reckoning, as it is shown."""
    reckoned = row.reckoning
    return {
        "purpose": str(row.purpose),
        "product": row.product or None,
        "line_id": str(row.line_id) if row.line_id else None,
        "due_on": str(row.due_on),
        "kind": str(row.kind),
        "money": money_json(row.money),
        "days": reckoned.days if reckoned else None,
        "of_days": reckoned.of_days if reckoned else None,
        "price": money_json(reckoned.price) if reckoned else None,
        "from": str(reckoned.span.start) if reckoned else None,
        "to": str(reckoned.span.end) if reckoned else None,
        "held": row.is_held,
        "sentence": row.sentence,
    }


def move(change: ContractChange, trigger: ChangeTrigger, reason: str | None = None) -> State:
    """Move a change on by the table of its states; return the state that it had.

    Raises:
        ChangeNotPending: Its state does not allow that.
    """
    before = State(change.state)
    change.state = str(moved(before, trigger))
    change.version += 1
    change.reason = reason
    return before


def refuse_plans(change: ContractChange) -> None:
    """Leave a change to the upgrade plan that carries it out.

    Raises:
        ChangeByPlan: There is one.
    """
    if change.plan_id is not None:
        raise ChangeByPlan(
            "An upgrade plan carries this change out: cancel or move the plan.",
            facts={"plan_id": str(change.plan_id)},
        )
