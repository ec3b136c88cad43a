"""The organisation's people as the API shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Staff
from app.domain.errors import StaffNotFound

NEWEST: Final = (Staff.created_at, Staff.id)
"""The columns that lists are ordered by."""


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff; `refs` are their ids in outside systems, by system."""

    id: UUID
    version: int
    name: str
    email: str
    role: str
    active: bool
    refs: dict[str, str]
    territories: list[str]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StaffFilter:
    """Which people a list holds; None means any."""

    role: str | None = None
    email: str | None = None
    active: bool | None = None


def _wanted() -> Select[*tuple[Any, ...]]:
    return select(
        Staff.id,
        Staff.version,
        Staff.name,
        Staff.email,
        Staff.role,
        Staff.active,
        Staff.refs,
        Staff.territories,
        Staff.created_at,
    )


def staff_listed(by: StaffFilter) -> Select[*tuple[Any, ...]]:
    """The people that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted = _wanted()
    if by.role is not None:
        wanted = wanted.where(Staff.role == by.role)
    if by.email is not None:
        wanted = wanted.where(func.lower(Staff.email) == by.email.lower())
    if by.active is not None:
        wanted = wanted.where(Staff.active.is_(by.active))
    return wanted


def staff_of(row: Row[*tuple[Any, ...]]) -> StaffView:
    """A row of the list."""
    return StaffView(
        row.id,
        row.version,
        row.name,
        row.email,
        row.role,
        row.active,
        dict(row.refs),
        list(row.territories),
        row.created_at,
    )


async def staff_by_id(session: AsyncSession, staff_id: UUID) -> StaffView:
    """One member of staff.

    Raises:
        StaffNotFound: there is none with this id.
    """
    row = (await session.execute(_wanted().where(Staff.id == staff_id))).one_or_none()
    if row is None:
        raise StaffNotFound("There is no member of staff with this id.")
    return staff_of(row)
