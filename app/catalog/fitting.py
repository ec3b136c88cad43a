"""Fits a document to its shape, and says what was expected where it does not fit."""

from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.catalog.faults import Fault, shown
from app.catalog.reading import Document, Path

EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping of fields",
    "model_type": "a mapping of fields",
    "model_attributes_type": "a mapping of fields",
}
TAG = "do"

S = TypeVar("S", bound=BaseModel)


def fit(shape: type[S], document: Document, faults: list[Fault]) -> S | None:
    """Fit a document to its shape; every field that does not fit is one fault.

    Returns:
        The fitted value, or None where there was any fault.
    """
    try:
        return shape.model_validate(document.value)
    except ValidationError as error:
        for found in error.errors(include_url=False):
            # A list whose entries were refused counts as short to pydantic; they say it better.
            if found["type"] == "too_short" and found["input"]:
                continue
            path = _without_tags(document.value, found["loc"])
            faults.append(document.fault(path, _sentence(shape, found)))
        return None


def _without_tags(value: Any, loc: Path) -> Path:
    """Pydantic puts the tag of a chosen alternative into the path; the file has no such field."""
    path: Path = ()
    for place, part in enumerate(loc):
        last = place == len(loc) - 1
        if isinstance(value, dict) and part not in value and not last:
            continue
        if part == "[key]":  # the name itself was refused, and it stands in the path already
            break
        path = (*path, part)
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
    return path


def _sentence(shape: type[BaseModel], found: ErrorDetails) -> str:
    kind, loc = found["type"], found["loc"]
    context = found.get("ctx", {})
    if kind == "missing":
        what = _fields(shape, loc[:-1])[str(loc[-1])].description
        sentence = f"is missing; expected {what}" if what else "is missing"
    elif kind == "extra_forbidden":
        names = (field.alias or name for name, field in _fields(shape, loc[:-1]).items())
        sentence = f"is no field here; the fields are {', '.join(names)}"
    elif kind == "value_error":
        sentence = str(context["error"])
    elif kind in ("enum", "literal_error"):
        expected = str(context["expected"]).replace("'", "")
        sentence = f"expected {expected}; found {shown(found['input'])}"
    elif kind.startswith("union_tag"):
        tags = str(
            context.get("expected_tags", "chat, mail, board, task, webhook, report, run")
        ).replace("'", "")
        sentence = f"expected `{TAG}` to be one of {tags}"
    elif kind == "too_short":
        sentence = "expected at least one entry"
    elif kind == "too_long":
        sentence = f"expected at most {context['max_length']} entries"
    elif kind in EXPECTED:
        sentence = f"expected {EXPECTED[kind]}; found {shown(found['input'])}"
    else:
        sentence = found["msg"]
    return sentence


def _fields(shape: type[BaseModel], loc: Path) -> dict[str, Any]:
    kind: Any = shape
    for part in loc:
        kind = _inside(kind, part)
    return dict(_model(kind).model_fields)


def _inside(kind: Any, part: str | int) -> Any:
    """What stands at `part` of a value of this kind, as the annotations have it."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _inside(args[0], part)
    if origin in (Union, UnionType):
        models = [arg for arg in args if arg is not type(None)]
        tagged = [model for model in models if _tag_of(model) == part]
        return tagged[0] if tagged else _inside(models[0], part)
    if origin is tuple:
        return args[0]
    if origin is dict:
        return args[1]
    return kind.model_fields[part].annotation


def _tag_of(kind: Any) -> object:
    field = _model(kind).model_fields.get(TAG)
    annotation = field.annotation if field else None
    return get_args(annotation)[0] if get_origin(annotation) is Literal else None


def _model(kind: Any) -> type[BaseModel]:
    """The mapping behind an optional or annotated kind."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return _model(next(arg for arg in get_args(kind) if arg is not type(None)))
