"""Lists as CSV: the same rows, flattened, in a form that a spreadsheet cannot take for formulas."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_origin

from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.responses import Response

from app.domain.money import Money

MEDIA_TYPE: Final = "text/csv"
# Some spreadsheets take the full-width forms for the plain ones.
_WIDE: Final = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", *_WIDE)
_NUMBER: Final = re.compile(r"-[0-9]+(\.[0-9]+)?")
_QUALITY: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def wants_csv(headers: Headers) -> bool:
    """Whether the caller would rather have CSV than JSON; only where it names `text/csv`."""
    accepted = _accepted(",".join(headers.getlist("accept")))
    csv_quality = accepted.get(MEDIA_TYPE, 0.0)
    return csv_quality > 0 and csv_quality >= accepted.get("application/json", 0.0)


def csv_page(model: type[BaseModel], document: Mapping[str, Any]) -> Response:
    """A page of a list as CSV, its `next_cursor` in the header `X-Next-Cursor`.

    Args:
        model: The model of one item; its fields are the columns, those of inner objects dotted.
        document: The page as JSON would have it.
    """
    columns = columns_of(model)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_cell(_at(item, column)) for column in columns] for item in document["items"])
    headers = {"Vary": "Accept"}
    if document.get("next_cursor"):
        headers["X-Next-Cursor"] = document["next_cursor"]
    return Response(out.getvalue().encode(), headers=headers, media_type="text/csv; charset=utf-8")


def columns_of(model: type[BaseModel]) -> list[str]:
    """The columns that a model makes, in the order of its fields."""
    return list(_columns(model, seen=frozenset()))


def _columns(model: type[BaseModel], seen: frozenset[type[BaseModel]]) -> Iterable[str]:
    for own_name, field in model.model_fields.items():
        name = field.serialization_alias or own_name
        inner = _single(field.annotation)
        if inner is Money:
            yield from (f"{name}.amount", f"{name}.currency")
        elif isinstance(inner, type) and issubclass(inner, BaseModel) and inner not in seen:
            for column in _columns(inner, seen | {model}):
                yield f"{name}.{column}"
        else:
            yield name


def _single(annotation: Any) -> Any:
    """The type inside `X | None` and `Annotated[X, ...]`, or the annotation itself."""
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _single(arguments[0])
    parts = [part for part in arguments if part is not NoneType]
    return _single(parts[0]) if len(parts) == 1 and NoneType in arguments else annotation


def _at(item: Any, column: str) -> Any:
    for step in column.split("."):
        if not isinstance(item, Mapping):
            return None
        item = item.get(step)
    return item


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str)):
        return json.dumps(value, ensure_ascii=False)
    return neutral(str(value))


def neutral(cell: str) -> str:
    """The cell so that no spreadsheet runs it; a negative number stays a number."""
    if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _accepted(accept: str) -> dict[str, float]:
    accepted: dict[str, float] = {}
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = float(value) if _QUALITY.fullmatch(value.strip()) else 0.0
        accepted[media] = max(quality, accepted.get(media, 0.0))
    return accepted
