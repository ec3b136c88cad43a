"""Reads monday.com's boards, groups, columns and items into plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.strict_json import MalformedJson, parse
from app.ports.errors import Transient


@dataclass(frozen=True, slots=True)
class Column:
    """A visible column; `kind` is monday's column type."""

    ref: str
    kind: str


@dataclass(frozen=True, slots=True)
class Group:
    """A visible group; its ref is unique on its own board only."""

    ref: str
    title: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item with the text of each column by the column's ref."""

    ref: str
    name: str
    group: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Board:
    """A board as one answer shows it; `items_count` is None where it was not asked for."""

    ref: str
    url: str
    items_count: int | None
    groups: tuple[Group, ...]
    columns: tuple[Column, ...]


def board(raw: Mapping[str, object]) -> Board:
    """Read one board; archived and deleted groups are left out."""
    return Board(
        ref=text(raw, "id"),
        url=text(raw, "url", otherwise=""),
        items_count=count(raw, "items_count"),
        groups=tuple(
            Group(text(group, "id"), text(group, "title", otherwise=""))
            for group in objects(raw, "groups")
            if not group.get("archived") and not group.get("deleted")
        ),
        columns=tuple(
            Column(text(column, "id"), text(column, "type", otherwise=""))
            for column in objects(raw, "columns")
        ),
    )


def items_page(raw: object) -> tuple[tuple[Item, ...], str | None]:
    """Read one page of items and the cursor of the next, None after the last."""
    page = mapping(raw)
    cursor = page.get("cursor")
    found = tuple(item(one) for one in objects(page, "items"))
    return found, cursor if isinstance(cursor, str) and cursor else None


def item(raw: Mapping[str, object]) -> Item:
    """Read one item with the text of its columns."""
    group = raw.get("group")
    return Item(
        ref=text(raw, "id"),
        name=text(raw, "name", otherwise=""),
        group=text(group, "title", otherwise="") if isinstance(group, dict) else "",
        texts={
            text(value, "id"): text(value, "text", otherwise="")
            for value in objects(raw, "column_values")
        },
    )


def mapping(value: object) -> Mapping[str, object]:
    """Take a value for an object, or call the answer unusable."""
    if not isinstance(value, dict):
        raise _unusable()
    return value


def objects(raw: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    """The objects in a list field; nulls in it are left out, an absent list is empty."""
    value = raw.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _unusable()
    return [mapping(entry) for entry in value if entry is not None]


def day(written: str) -> date | None:
    """The day that a date column's text begins with; a time of day may follow it."""
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None


def text(raw: Mapping[str, object], name: str, *, otherwise: str | None = None) -> str:
    """A text field; a whole number is taken as its digits, as ids may come either way."""
    value = raw.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if otherwise is None:
        raise _unusable()
    return otherwise


def count(raw: Mapping[str, object], name: str) -> int | None:
    """A whole number, or None."""
    value = raw.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def told_success(value: object) -> bool:
    """Whether `update_board`'s JSON, given as text or as an object, says anything but a failure."""
    if isinstance(value, str):
        try:
            value = parse(value.encode("utf-8"))
        except MalformedJson:
            return True
    return not (isinstance(value, dict) and value.get("success") is False)


def _unusable() -> Transient:
    return Transient("monday.com answered in an unexpected form.", code="unexpected_json")
