"""Our small schema holds nothing that monday's own does not."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    build_schema,
)

from app.sandbox.vendors.monday.execution import load_schema


@pytest.fixture(scope="module")
def real() -> GraphQLSchema:
    for folder in Path(__file__).resolve().parents:
        file = folder / "shared" / "vendors" / "monday" / "schema.graphql"
        if file.is_file():
            return build_schema(file.read_text(encoding="utf-8"))
    pytest.skip("monday's own schema is not on this machine")


@pytest.fixture(scope="module")
def ours() -> GraphQLSchema:
    return load_schema()


def own_types(schema: GraphQLSchema) -> list[str]:
    return [name for name in schema.type_map if not name.startswith("__")]


def test_every_type_exists_and_is_of_the_same_kind(
    ours: GraphQLSchema, real: GraphQLSchema
) -> None:
    for name in own_types(ours):
        assert name in real.type_map, name
        assert type(ours.type_map[name]) is type(real.type_map[name]), name


def test_every_field_and_argument_has_the_same_type(
    ours: GraphQLSchema, real: GraphQLSchema
) -> None:
    checked = 0
    for name in own_types(ours):
        small, big = ours.type_map[name], real.type_map[name]
        if not isinstance(small, GraphQLObjectType | GraphQLInterfaceType):
            continue
        assert isinstance(big, GraphQLObjectType | GraphQLInterfaceType)
        for field_name, field in small.fields.items():
            where = f"{name}.{field_name}"
            assert field_name in big.fields, where
            theirs = big.fields[field_name]
            assert str(field.type) == str(theirs.type), where
            for argument_name, argument in field.args.items():
                assert argument_name in theirs.args, f"{where}({argument_name})"
                assert str(argument.type) == str(theirs.args[argument_name].type), where
                checked += 1
    assert checked > 50


def test_no_argument_that_monday_requires_is_left_out(
    ours: GraphQLSchema, real: GraphQLSchema
) -> None:
    for name in own_types(ours):
        small, big = ours.type_map[name], real.type_map[name]
        if not isinstance(small, GraphQLObjectType) or not isinstance(big, GraphQLObjectType):
            continue
        for field_name, field in small.fields.items():
            for argument_name, argument in big.fields[field_name].args.items():
                required = isinstance(argument.type, GraphQLNonNull)
                if required and argument.default_value is Undefined:
                    assert argument_name in field.args, f"{name}.{field_name}({argument_name})"


def test_enum_values_and_input_fields_are_mondays_own(
    ours: GraphQLSchema, real: GraphQLSchema
) -> None:
    for name in own_types(ours):
        small, big = ours.type_map[name], real.type_map[name]
        if isinstance(small, GraphQLEnumType) and isinstance(big, GraphQLEnumType):
            assert set(small.values) <= set(big.values), name
        if isinstance(small, GraphQLInputObjectType) and isinstance(big, GraphQLInputObjectType):
            for field_name, field in small.fields.items():
                assert str(field.type) == str(big.fields[field_name].type), f"{name}.{field_name}"
