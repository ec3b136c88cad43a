"""Says which fields are wrong from where and what kind the errors are, never from the values."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NotRequired, TypedDict, get_args

from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app.web.scalars import SENTENCES


class FieldError(TypedDict):
    """One thing wrong: `pointer` into the body, or the name of a `parameter`."""

    code: str
    detail: str
    pointer: NotRequired[str]
    parameter: NotRequired[str]


_CODES: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("missing", "This is required."),
    "extra_forbidden": ("unknown_field", "There is no such field here."),
    "dict_type": ("not_an_object", "This must be an object."),
    "list_type": ("not_a_list", "This must be a list."),
    "string_type": ("not_text", "This must be text."),
    "int_type": ("not_a_whole_number", "This must be a whole number."),
    "int_from_float": ("not_a_whole_number", "This must be a whole number."),
    "bool_type": ("not_a_boolean", "This must be true or false."),
    "json_invalid": ("json_malformed", "This is not JSON."),
}
# What our own model says about the bound that was crossed; never anything from the caller.
_BOUNDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "enum": lambda bound: f"This must be one of: {bound['expected']}.",
    "literal_error": lambda bound: f"This must be one of: {bound['expected']}.",
    "greater_than": lambda bound: f"This must be more than {bound['gt']}.",
    "greater_than_equal": lambda bound: f"This must be at least {bound['ge']}.",
    "less_than": lambda bound: f"This must be less than {bound['lt']}.",
    "less_than_equal": lambda bound: f"This may be {bound['le']} at most.",
    "string_too_long": lambda bound: f"This may have {bound['max_length']} characters at most.",
    "too_long": lambda bound: f"This may have {bound['max_length']} items at most.",
    "too_short": lambda bound: f"This must have at least {bound['min_length']} items.",
}


def field_errors(errors: Iterable[Any], route: object) -> list[FieldError]:
    """One entry for each error that the framework found, without the caller's words."""
    known = known_names(route) if isinstance(route, APIRoute) else frozenset[str]()
    return [_field_error(error, known) for error in errors]


def known_names(route: APIRoute) -> frozenset[str]:
    """The names of all fields and parameters that a route has."""
    names = {param.alias for param in get_flat_params(route.dependant)}
    for param in get_flat_params(route.dependant):
        names |= _names_in(param.field_info.annotation, set())
    if route.body_field is not None:
        names |= _names_in(route.body_field.field_info.annotation, set())
    return frozenset(names)


def _names_in(annotation: Any, seen: set[Any]) -> set[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in seen:
            return set()
        seen.add(annotation)
        names: set[str] = set()
        for name, field in annotation.model_fields.items():
            names |= {field.alias or name} | _names_in(field.annotation, seen)
        return names
    inner = [_names_in(argument, seen) for argument in get_args(annotation)]
    return set().union(*inner)


def _field_error(error: Mapping[str, Any], known: frozenset[str]) -> FieldError:
    kind, (source, *path) = str(error["type"]), error["loc"]
    code, detail = _said(kind, error.get("ctx") or {})
    if source != "body":
        named = path[0] if path and path[0] in known else None
        entry = FieldError(code=code, detail=detail)
        if named is not None:
            entry["parameter"] = str(named)
        return entry
    steps: list[str] = []
    for step in path:
        # The first name that is not ours is the caller's: stop above it.
        if not isinstance(step, int) and step not in known:
            break
        steps.append(str(step))
    if kind == "extra_forbidden" and len(steps) == len(path):
        steps.pop()
    return FieldError(
        code=code, detail=detail, pointer="".join(f"/{_escaped(step)}" for step in steps)
    )


def _said(kind: str, context: Mapping[str, Any]) -> tuple[str, str]:
    if kind in SENTENCES:
        return kind, str(context.get("sentence", SENTENCES[kind]))
    if kind in _BOUNDS:
        return ("not_one_of" if "expected" in context else "out_of_bounds"), _BOUNDS[kind](context)
    return _CODES.get(kind, ("invalid", "This value cannot be taken."))


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
