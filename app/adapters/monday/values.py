"""Writes column values as monday.com wants them: JSON inside a string, absolute."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from app.adapters.monday.reading import Column
from app.ports.board import ItemFit
from app.ports.errors import Refused

PEOPLE = "people"
DATE = "date"
STATUS = "status"


@dataclass(frozen=True, slots=True)
class FitColumns:
    """The columns that hold a task's person, day and state; None finds each by its type."""

    people: str | None = None
    date: str | None = None
    status: str | None = None
    done_label: str = "Done"

    def on(self, columns: Sequence[Column]) -> "FitColumns":
        """Fill the open ones with the board's first column of the type."""
        first: dict[str, str] = {}
        for column in columns:
            first.setdefault(column.kind, column.ref)
        return FitColumns(
            people=self.people or first.get(PEOPLE),
            date=self.date or first.get(DATE),
            status=self.status or first.get(STATUS),
            done_label=self.done_label,
        )


def column_values(fit: ItemFit, columns: FitColumns) -> str | None:
    """Write what an item is to hold, or None where nothing is to be set.

    An item that is opened again has its status cleared: monday has no word of its own for it.

    Raises:
        Refused: The board has no column for a value, or the person's ref is no monday id.

    Source: monday.com, "Column types reference": people, date, status.
    """
    values: dict[str, object] = {}
    if fit.assignee_ref is not None:
        people = {"personsAndTeams": [{"id": _person(fit.assignee_ref), "kind": "person"}]}
        values[_present(columns.people, PEOPLE)] = people
    if fit.due_on is not None:
        values[_present(columns.date, DATE)] = {"date": fit.due_on.isoformat()}
    if fit.done is not None:
        label = {"label": columns.done_label} if fit.done else None
        values[_present(columns.status, STATUS)] = label
    if not values:
        return None
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _present(column: str | None, kind: str) -> str:
    if column is None:
        raise Refused(f"The board has no {kind} column.", code="column_missing")
    return column


def _person(ref: str) -> int:
    if not (ref.isascii() and ref.isdigit() and len(ref) <= 20):
        raise Refused("The assignee's monday.com id is not a number.", code="person_ref_invalid")
    return int(ref)
