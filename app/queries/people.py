"""A member of staff as plans and tasks name one."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import InstrumentedAttribute

from app.db.models import Staff


@dataclass(frozen=True, slots=True)
class PersonView:
    """Who somebody is: enough to name and to reach them."""

    id: UUID
    name: str
    email: str


def person_columns(table: type[Staff] = Staff) -> tuple[InstrumentedAttribute[Any], ...]:
    """The columns that `person_of` reads, in its order."""
    return (table.id, table.name, table.email)


def person_of(id_: UUID | None, name: str | None, email: str | None) -> PersonView | None:
    """The person of an outer join, or None where it found nobody."""
    return PersonView(id_, name or "", email or "") if id_ is not None else None
