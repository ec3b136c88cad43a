"""Every GraphQL operation holds against monday's own schema and against the stand-in's."""

from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from app.adapters.monday.operations import FIXED, Operation, fit_items

ROOT = Path(__file__).resolve().parents[2]
SUBSET = ROOT / "app/sandbox/vendors/monday/schema.graphql"
OPERATIONS = [*FIXED, fit_items(1), fit_items(25)]


def vendor_schema_file() -> Path | None:
    """Monday's whole schema, where a checkout of the vendors' papers lies beside or above."""
    for folder in Path(__file__).resolve().parents:
        candidate = folder / "shared/vendors/monday/schema.graphql"
        if candidate.is_file():
            return candidate
    return None


@pytest.fixture(scope="module")
def vendor_schema() -> GraphQLSchema:
    """Monday's schema of API 2026-10."""
    path = vendor_schema_file()
    if path is None:
        pytest.skip("monday's whole schema is not part of this repository")
    return build_schema(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def subset() -> GraphQLSchema:
    """The part of it that travels with the stand-in."""
    return build_schema(SUBSET.read_text(encoding="utf-8"))


def faults(schema: GraphQLSchema, operation: Operation) -> list[str]:
    return [error.message for error in validate(schema, parse(operation.document))]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_holds_against_the_vendors_schema(
    vendor_schema: GraphQLSchema, operation: Operation
) -> None:
    assert faults(vendor_schema, operation) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_holds_against_the_stand_ins_schema(
    subset: GraphQLSchema, operation: Operation
) -> None:
    assert faults(subset, operation) == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_names_itself_and_its_roots(operation: Operation) -> None:
    (definition,) = parse(operation.document).definitions

    selections = definition.selection_set.selections  # type: ignore[attr-defined]
    roots = tuple((field.alias or field.name).value for field in selections)
    assert definition.name.value == operation.name  # type: ignore[attr-defined]
    assert roots == operation.roots
    assert operation.effect == (definition.operation.value == "mutation")  # type: ignore[attr-defined]


def test_a_wrong_operation_is_noticed(subset: GraphQLSchema) -> None:
    wrong = Operation("Wrong", "query Wrong { me { is_admin } }", ("me",))

    assert faults(subset, wrong)
