"""Column values: which JSON monday takes for each type of column, and how it reads it back."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from .boards import Board, Column
from .errors import FieldRefused

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Users = Sequence[Mapping[str, Any]]
Raw = dict[str, Any]


def read_column_values(
    board: Board, text: str, users: Users, *, create_labels: bool
) -> dict[str, Raw]:
    """Check a `column_values` string whole, before any of it is applied.

    Returns:
        The raw value by column id; an empty one clears the column.

    Raises:
        FieldRefused: The string is no JSON object, names no column, or holds a false value.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused("", "column_values is not a valid JSON string") from error
    if not isinstance(given, dict):
        raise _refused("", "column_values must be a JSON object")
    read = {}
    for column_id, value in given.items():
        column = board.column(column_id)
        if column is None or column.type == "name":
            raise FieldRefused(
                "InvalidColumnIdException",
                "This column ID doesn't exist for the board",
                status_code=400,
                error_data={"column_id": column_id[:100]},
            )
        read[column_id] = read_value(column, value, users, create_labels=create_labels)
    return read


def read_value(column: Column, value: object, users: Users, *, create_labels: bool) -> Raw:
    """Check one value for a column; `null`, `{}` and `""` clear it."""
    if value is None or value in ({}, ""):
        return {}
    if column.type == "people":
        return _people(column, value, users)
    if column.type == "date":
        return _date(column, value)
    if column.type == "status":
        return _status(column, value, create_labels=create_labels)
    if isinstance(value, str):
        return {"text": value}
    raise _refused(column.id)


def _people(column: Column, value: object, users: Users) -> Raw:
    people = value.get("personsAndTeams") if isinstance(value, dict) else None
    if not isinstance(people, list) or not isinstance(value, dict) or len(value) != 1:
        raise _refused(column.id)
    known = {str(user["id"]) for user in users}
    kept = []
    for person in people:
        if not isinstance(person, dict) or set(person) != {"id", "kind"}:
            raise _refused(column.id)
        person_id, kind = person["id"], person["kind"]
        if type(person_id) is not int or kind != "person":
            raise _refused(column.id)
        if str(person_id) not in known:
            raise FieldRefused(
                "InvalidUserIdException",
                "User not found in the account",
                status_code=400,
                error_data={"column_id": column.id, "user_id": str(person_id)[:30]},
            )
        kept.append({"id": person_id, "kind": kind})
    return {"personsAndTeams": kept} if kept else {}


def _date(column: Column, value: object) -> Raw:
    if not isinstance(value, dict) or not set(value) <= {"date", "time"}:
        raise _refused(column.id)
    day, time = value.get("date"), value.get("time")
    if not isinstance(day, str) or not _DAY.fullmatch(day):
        raise _refused(column.id)
    if time is not None and not (isinstance(time, str) and _TIME.fullmatch(time)):
        raise _refused(column.id)
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise _refused(column.id) from error
    return {"date": day, "time": time} if time else {"date": day}


def _status(column: Column, value: object, *, create_labels: bool) -> Raw:
    if not isinstance(value, dict) or len(value) != 1:
        raise _refused(column.id)
    if "label" in value:
        for label in column.labels:
            if label["label"] == value["label"]:
                return {"index": label["index"]}
        if create_labels and isinstance(value["label"], str) and value["label"].strip():
            index = max((label["index"] for label in column.labels), default=-1) + 1
            column.labels.append({"index": index, "label": value["label"], "is_done": False})
            return {"index": index}
    if type(value.get("index")) is int:
        for label in column.labels:
            if label["index"] == value["index"]:
                return {"index": label["index"]}
    raise _refused(column.id, "This status label doesn't exist, possible statuses are listed")


def _refused(column_id: str, message: str | None = None) -> FieldRefused:
    return FieldRefused(
        "ColumnValueException",
        message
        or "invalid value, please check our API documentation for the correct data structure"
        " for this column",
        error_data={"column_id": column_id[:100]},
    )


def value_view(column: Column, raw: Raw, users: Users) -> dict[str, Any]:
    """The value as a query reads it: the fields of `ColumnValue` and of its own type."""
    view: dict[str, Any] = {
        "__typename": "TextValue",
        "id": column.id,
        "type": column.type,
        "is_leaf": True,
        "text": raw.get("text", ""),
        "value": json.dumps(raw) if raw else None,
    }
    if column.type == "people":
        people = raw.get("personsAndTeams", [])
        names = {str(user["id"]): user["name"] for user in users}
        view["__typename"] = "PeopleValue"
        view["persons_and_teams"] = [{**one, "id": str(one["id"])} for one in people]
        view["text"] = ", ".join(names[str(one["id"])] for one in people)
    elif column.type == "date":
        view |= {"__typename": "DateValue", "date": raw.get("date", ""), "time": raw.get("time")}
        view["text"] = " ".join(part for part in (raw.get("date"), raw.get("time")) if part)
    elif column.type == "status":
        label = next((one for one in column.labels if one["index"] == raw.get("index")), None)
        view |= {
            "__typename": "StatusValue",
            "index": label["index"] if label else None,
            "label": label["label"] if label else None,
            "is_done": bool(label and label["is_done"]),
            "text": label["label"] if label else "",
        }
    return view
