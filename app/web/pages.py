"""Lists in pages, newest first, continued from a position and never by counting."""

import base64
import binascii
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator, WithJsonSchema
from sqlalchemy import ColumnElement, Row, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.web.bodies import Out
from app.web.refusals import CursorInvalid
from app.web.scalars import refuse

T = TypeVar("T")
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
Column = ColumnElement[Any] | InstrumentedAttribute[Any]

MOST: Final = 200
DEFAULT: Final = 50
_VERSION: Final = 1
_ONE_TO_999: Final = re.compile(r"[1-9][0-9]{0,2}")
_POSITION: Final = struct.Struct(">Bq16s")
_CHECK_BYTES: Final = 6
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Page(Out, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one page, each with what was selected, and where the next page begins."""

    rows: Sequence[AnyRow]
    next_cursor: str | None

    def page(self, build: Callable[[AnyRow], T]) -> Page[T]:
        """The page as it is answered, each row built into its model."""
        return Page(items=[build(row) for row in self.rows], next_cursor=self.next_cursor)


def _limit(value: object) -> int:
    if type(value) is int and 1 <= value <= MOST:
        return value
    if isinstance(value, str) and _ONE_TO_999.fullmatch(value) and int(value) <= MOST:
        return int(value)
    raise refuse("page_limit_invalid")


Limit = Annotated[
    int,
    BeforeValidator(_limit),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT}),
]


class PageRequest:
    """Which page is asked for: `limit` rows from `cursor` on."""

    def __init__(
        self,
        limit: Annotated[Limit, Query(description="Most rows of the page.")] = DEFAULT,
        cursor: Annotated[
            str | None, Query(description="`next_cursor` of the page before.", max_length=200)
        ] = None,
    ) -> None:
        self.limit = limit
        self.cursor = cursor


PageDep = Annotated[PageRequest, Depends(PageRequest)]


async def page(
    session: AsyncSession,
    statement: AnySelect,
    columns: tuple[Column, Column],
    limit: int = DEFAULT,
    cursor: str | None = None,
) -> Slice:
    """Read one page, newest first.

    Args:
        session: The request's session.
        statement: What to select, filtered, without an order or a limit.
        columns: The instant of making and the id; an index on both, in this order, serves it.
        limit: Most rows.
        cursor: Where the page before ended.

    Raises:
        CursorInvalid: Not a cursor that was given out.
    """
    made_at, row_id = columns
    wanted = statement.add_columns(made_at.label("cursor_at"), row_id.label("cursor_id"))
    if cursor is not None:
        at, last_id = position_of(cursor)
        position = tuple_(literal(at), literal(last_id))
        wanted = wanted.where(tuple_(made_at, row_id) < position)
    wanted = wanted.order_by(made_at.desc(), row_id.desc()).limit(limit + 1)
    rows = (await session.execute(wanted)).all()
    if len(rows) <= limit:
        return Slice(rows=rows, next_cursor=None)
    last = rows[limit - 1]
    return Slice(rows=rows[:limit], next_cursor=cursor_for(last.cursor_at, last.cursor_id))


def cursor_for(at: datetime, row_id: UUID) -> str:
    """The cursor of the position after a row."""
    microseconds = (at - _EPOCH) // timedelta(microseconds=1)
    position = _POSITION.pack(_VERSION, microseconds, row_id.bytes)
    return base64.urlsafe_b64encode(position + _check(position)).decode().rstrip("=")


def position_of(cursor: str) -> tuple[datetime, UUID]:
    """The position that a cursor stands for.

    Raises:
        CursorInvalid: It is cut, changed, of another version, or was never one.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        version, microseconds, id_bytes = _POSITION.unpack(raw[: _POSITION.size])
        at = _EPOCH + timedelta(microseconds=microseconds)
    except (ValueError, binascii.Error, struct.error, OverflowError):
        raise _invalid() from None
    row_id = UUID(bytes=id_bytes)
    # Written again it must be the same: that compares the check, and base64's spare bits too.
    if version != _VERSION or cursor != cursor_for(at, row_id):
        raise _invalid()
    return at, row_id


def _check(position: bytes) -> bytes:
    return blake2b(position, digest_size=_CHECK_BYTES, person=b"cursor").digest()


def _invalid() -> CursorInvalid:
    return CursorInvalid("Take the cursor as the page before gave it.", parameter="cursor")
