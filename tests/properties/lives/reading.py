"""What a life has left in the database so far, read whole: nothing else is there."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

Row = SimpleNamespace
"""A row by its columns; documents are read."""

_READ = {
    "clients": "SELECT * FROM clients ORDER BY id",
    "agreements": "SELECT id, ref, client_id, from_package, to_package, live_on_text, services"
    " FROM agreements ORDER BY id",
    "plans": "SELECT * FROM plans ORDER BY id",
    "tasks": "SELECT * FROM tasks ORDER BY plan_id, position, id",
    "adjustments": "SELECT * FROM adjustments ORDER BY plan_id, position, id",
    "timers": "SELECT * FROM timers ORDER BY fires_at, id",
    "events": "SELECT id, event_id, status, reason, agreement_ref, plan_id, repeats"
    " FROM inbound_events ORDER BY id",
    # The words of letters are long, and are looked at where they arrive.
    "deliveries": "SELECT id, plan_id, kind, system, subject, key, generation, state, not_after,"
    " attempts, withdraw, published_at, reason, created_at, settled_at, version,"
    " progress::text AS progress, payload - 'html' - 'text' - 'fits' AS payload"
    " FROM deliveries ORDER BY id",
}
_AUDIT = (
    "SELECT id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, plan_id,"
    " before, after, reason FROM audit WHERE id > $1 ORDER BY id"
)
_DOCUMENTS = frozenset(
    {"checklist", "reckoning", "evidence", "payload", "before", "after", "services", "amendment"}
)
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Seen:
    """The rows of a life, table by table; the audit only since the reading before."""

    clients: Sequence[Row] = ()
    agreements: Sequence[Row] = ()
    plans: Sequence[Row] = ()
    tasks: Sequence[Row] = ()
    adjustments: Sequence[Row] = ()
    timers: Sequence[Row] = ()
    events: Sequence[Row] = ()
    deliveries: Sequence[Row] = ()
    audit: Sequence[Row] = ()
    last_entry: UUID = _NOBODY

    def plan(self, plan_id: UUID) -> Row:
        """The plan with an id."""
        return next(plan for plan in self.plans if plan.id == plan_id)

    def of(self, rows: str, plan: Row) -> list[Row]:
        """The rows of a table that belong to a plan: `tasks`, `adjustments`, `timers` ..."""
        found: Sequence[Row] = getattr(self, rows)
        return [row for row in found if row.plan_id == plan.id]

    def agreement(self, plan: Row) -> Row:
        """The agreement of a plan."""
        return next(one for one in self.agreements if one.id == plan.agreement_id)


async def read_all(connection: AsyncConnection, before: Seen) -> Seen:
    """Read every table of the life, and the audit entries written since `before`."""
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    tables = {name: _rows(await driver.fetch(query)) for name, query in _READ.items()}
    audit = _rows(await driver.fetch(_AUDIT, before.last_entry))
    last = audit[-1].id if audit else before.last_entry
    return Seen(**tables, audit=audit, last_entry=last)


def _rows(records: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [
        Row(**{name: _value(name, value) for name, value in record.items()}) for record in records
    ]


def _value(name: str, value: Any) -> Any:
    return json.loads(value) if name in _DOCUMENTS and isinstance(value, str) else value
