"""The client companies as the API shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.public_holidays import place_warnings
from app.db.models import Client
from app.domain.errors import ClientNotFound
from app.domain.public_holidays import PlanWarning

NEWEST: Final = (Client.created_at, Client.id)
"""The columns that lists are ordered by."""


@dataclass(frozen=True, slots=True)
class ClientView:
    """A client; `package` is the key of what they have today, where it is known."""

    id: UUID
    version: int
    ref: str | None
    name: str
    email: str
    timezone: str
    country: str | None
    region: str | None
    language: str
    package: str | None
    warnings: tuple[PlanWarning, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ClientFilter:
    """Which clients a list holds; None means any."""

    ref: str | None = None
    email: str | None = None
    package: str | None = None


_COLUMNS: Final = (
    Client.id,
    Client.version,
    Client.ref,
    Client.name,
    Client.email,
    Client.timezone,
    Client.country,
    Client.region,
    Client.language,
    Client.package,
    Client.created_at,
)


def clients_listed(by: ClientFilter) -> Select[*tuple[Any, ...]]:
    """The clients that a filter lets through, to be ordered and cut by `NEWEST`."""
    wanted: Select[*tuple[Any, ...]] = select(*_COLUMNS)
    if by.ref is not None:
        wanted = wanted.where(Client.ref == by.ref)
    if by.email is not None:
        wanted = wanted.where(func.lower(Client.email) == by.email.lower())
    if by.package is not None:
        wanted = wanted.where(Client.package == by.package)
    return wanted


def client_of(row: Row[*tuple[Any, ...]]) -> ClientView:
    """A row of the list."""
    taken = {column.key: getattr(row, column.key) for column in _COLUMNS}
    return ClientView(warnings=place_warnings(row.country, row.region), **taken)


async def client_by_id(session: AsyncSession, client_id: UUID) -> ClientView:
    """One client.

    Raises:
        ClientNotFound: there is none with this id.
    """
    wanted: Select[*tuple[Any, ...]] = select(*_COLUMNS)
    row = (await session.execute(wanted.where(Client.id == client_id))).one_or_none()
    if row is None:
        raise ClientNotFound("There is no client with this id.")
    return client_of(row)
