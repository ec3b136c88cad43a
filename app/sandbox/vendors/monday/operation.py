"""One GraphQL operation as it comes in: read, parsed and validated before anything is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    parse,
    validate,
)

from .errors import RequestRefused

MAX_TOKENS = 8000
MAX_NESTING = 40


@dataclass(frozen=True, slots=True)
class Operation:
    """A valid operation; `root_fields` in the order in which they are carried out."""

    document: DocumentNode
    name: str | None
    variables: Mapping[str, Any]
    is_mutation: bool
    root_fields: tuple[str, ...]


def read_operation(body: object, schema: GraphQLSchema) -> Operation:
    """Check the three parts of a request and the document against the schema.

    Raises:
        RequestRefused: What monday refuses with 400 before it carries anything out.
    """
    if not isinstance(body, dict):
        raise _refused("the body must be a JSON object")
    query = body.get("query")
    variables = body.get("variables")
    name = body.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise _refused("query must be a string")
    if variables is not None and not isinstance(variables, dict):
        raise _refused("variables must be a JSON object")
    if name is not None and not isinstance(name, str):
        raise _refused("operationName must be a string")
    document = _parsed(query)
    errors = _validation_errors(schema, document)
    if errors:
        raise _invalid("GRAPHQL_VALIDATION_FAILED", errors)
    found = get_operation_ast(document, name or None)
    if found is None:
        raise _refused("operationName must name one of the operations")
    if found.operation is OperationType.SUBSCRIPTION:
        raise _refused("subscriptions are not offered")
    return Operation(
        document=document,
        name=found.name.value if found.name else None,
        variables=variables or {},
        is_mutation=found.operation is OperationType.MUTATION,
        root_fields=_root_fields(found),
    )


def _parsed(query: str) -> DocumentNode:
    if _nesting(query) > MAX_NESTING:
        raise _refused(f"the query is nested deeper than {MAX_NESTING} levels")
    try:
        return parse(query, max_tokens=MAX_TOKENS)
    except GraphQLError as error:
        raise _invalid("GRAPHQL_PARSE_FAILED", [error]) from error


def _nesting(query: str) -> int:
    # Brackets in strings are counted too; no honest operation comes near the limit.
    depth = deepest = 0
    for character in query:
        if character in "{[(":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "}])":
            depth -= 1
    return deepest


def _validation_errors(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    try:
        return validate(schema, document, max_errors=20)
    except RecursionError:
        return [GraphQLError("The query is too deeply nested")]


def _root_fields(operation: OperationDefinitionNode) -> tuple[str, ...]:
    return tuple(
        selection.name.value
        for selection in operation.selection_set.selections
        if isinstance(selection, FieldNode)
    )


def _refused(message: str) -> RequestRefused:
    return RequestRefused(400, "BadRequest", message, extensions={"status_code": 400})


def _invalid(code: str, errors: list[GraphQLError]) -> RequestRefused:
    worded: list[Mapping[str, object]] = [
        {**error.formatted, "extensions": {"code": code, "status_code": 400}} for error in errors
    ]
    return RequestRefused(400, code, errors[0].message, errors=worded)
