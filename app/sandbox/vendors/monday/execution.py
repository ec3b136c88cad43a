"""Carries out an operation and writes one ledger line for each of its root fields."""

from collections.abc import Awaitable
from functools import cache
from inspect import isawaitable
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    default_field_resolver,
    execute,
)

from ..ledger import Ledger, Outcome
from ..strict import BodyRefused, parse_json
from .errors import FieldRefused
from .mutations import Mutations
from .nodes import Info
from .operation import Operation
from .queries import Queries

SYSTEM = "monday"
SDL = Path(__file__).with_name("schema.graphql")


@cache
def load_schema() -> GraphQLSchema:
    """Build the schema; its JSON values go in as strings, as monday wants them."""
    schema = build_schema(SDL.read_text(encoding="utf-8"))
    scalar = schema.type_map["JSON"]
    if isinstance(scalar, GraphQLScalarType):
        scalar.parse_value = scalar.coerce_input_value = _json_text  # type: ignore[method-assign]
    return schema


def _json_text(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError("JSON cannot represent a value that is not a JSON string")
    try:
        parse_json(value.encode())
    except (BodyRefused, UnicodeEncodeError) as error:
        raise GraphQLError("JSON cannot represent a string that is not valid JSON") from error
    return value


class Execution:
    """Runs operations against the boards."""

    def __init__(
        self, schema: GraphQLSchema, queries: Queries, mutations: Mutations, ledger: Ledger
    ) -> None:
        self._schema = schema
        self._queries = queries
        self._mutations = mutations
        self._ledger = ledger

    async def run(
        self, operation: Operation, *, key: str | None, base_url: str
    ) -> tuple[int, dict[str, Any]]:
        """Carry out the operation; returns the HTTP status and the `data` and `errors` of it."""
        executed = execute(
            self._schema,
            operation.document,
            root_value=key,
            context_value=base_url,
            variable_values=dict(operation.variables),
            operation_name=operation.name,
            field_resolver=self._resolve,
        )
        result = await executed if isawaitable(executed) else executed
        errors = result.errors or []
        if not errors:
            return 200, {"data": result.data}
        body = {"data": result.data, "errors": [_worded(error) for error in errors]}
        statuses = [_http_status(error) for error in errors]
        done = result.data and any(value is not None for value in result.data.values())
        if done or max(statuses) == 200:
            return 200, body
        return max(statuses), {"errors": body["errors"]}

    def _resolve(self, source: Any, info: Info, **arguments: Any) -> Any:
        if info.path.prev is not None:
            return default_field_resolver(source, info, **arguments)
        fields = self._queries if info.parent_type.name == "Query" else self._mutations
        try:
            result = getattr(fields, info.field_name)(info, **arguments)
        except FieldRefused as refused:
            self._refused(refused, source, info, arguments)
            raise
        if isawaitable(result):
            return self._settled_later(result, source, info, arguments)
        return self._settled(result, source, info, arguments)

    async def _settled_later(
        self, result: Awaitable[Any], source: Any, info: Info, arguments: dict[str, Any]
    ) -> Any:
        try:
            settled = await result
        except FieldRefused as refused:
            self._refused(refused, source, info, arguments)
            raise
        return self._settled(settled, source, info, arguments)

    def _settled(self, result: Any, source: Any, info: Info, arguments: dict[str, Any]) -> Any:
        if info.parent_type.name == "Query":
            self._note(info.field_name, Outcome.READ, arguments, source)
            return result
        node, changed = result
        outcome = Outcome.EFFECT if changed else Outcome.UNCHANGED
        self._note(info.field_name, outcome, {**arguments, **_result(node)}, source)
        return node

    def _refused(
        self, refused: FieldRefused, source: Any, info: Info, arguments: dict[str, Any]
    ) -> None:
        body = {**arguments, "code": refused.code}
        self._note(info.field_name, Outcome.REFUSED, body, source)

    def _note(self, operation: str, outcome: Outcome, body: object, key: str | None) -> None:
        self._ledger.write(
            SYSTEM, operation, outcome, body, key=None if outcome is Outcome.READ else key
        )


def _result(node: Any) -> dict[str, object]:
    made = node.get("id") if isinstance(node, dict) else getattr(node, "id", None)
    return {"result_id": made} if made is not None else {}


def _worded(error: GraphQLError) -> dict[str, Any]:
    worded: dict[str, Any] = dict(error.formatted)
    if "extensions" not in worded:
        worded["extensions"] = {"code": "BAD_USER_INPUT", "status_code": _http_status(error)}
    return worded


def _http_status(error: GraphQLError) -> int:
    original = error.original_error or error
    if isinstance(original, FieldRefused):
        return original.http_status
    # Without a path the variables did not fit; with one, a resolver of ours broke.
    return 400 if error.path is None else 500
