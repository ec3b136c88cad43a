"""What monday's stand-in asks of a request before it does anything."""

from typing import Any

import pytest

ME = "query { me { id email } }"


def test_the_token_stands_alone(vendors: Any) -> None:
    answer = vendors.monday(ME)

    assert answer.status_code == 200
    assert answer.json()["data"]["me"]["email"] == "sam@agency.example"


@pytest.mark.parametrize("token", ["Bearer sandbox-monday-token", "another", ""])
def test_any_other_authorization_is_refused(vendors: Any, token: str) -> None:
    answer = vendors.monday(ME, headers={"Authorization": token})

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"


@pytest.mark.parametrize("version", ["2026-07", "", "latest"])
def test_another_version_is_refused_with_status_200(vendors: Any, version: str) -> None:
    answer = vendors.monday(ME, headers={"API-Version": version})

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"]["code"] == "InvalidVersionException"
    assert "data" not in answer.json()


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("query { boards { nope } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query { boards(hierarchy_type: classic) { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query { boards {", {}, "GRAPHQL_PARSE_FAILED"),
        ("query { boards { id } }", "{}", "BadRequest"),
        ("", {}, "BadRequest"),
        ("query ($id: ID!) { boards(ids: [$id]) { id } }", {}, "BAD_USER_INPUT"),
        ("{" + "me{account" * 300, {}, "BadRequest"),
    ],
)
def test_a_false_operation_is_refused_with_status_400(
    vendors: Any, query: str, variables: Any, code: str
) -> None:
    answer = vendors.monday(query, variables)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize("values", [{"status": {"label": "Done"}}, "not JSON", 5, None])
def test_column_values_that_are_no_json_string_are_refused(vendors: Any, values: Any) -> None:
    query = """mutation ($values: JSON!) { change_multiple_column_values(
        board_id: "7700000001", item_id: "1", column_values: $values) { id } }"""

    answer = vendors.monday(query, {"values": values})

    assert answer.status_code == 400
    assert vendors.ledger(operation="change_multiple_column_values") == []


def test_column_values_written_as_an_object_are_refused(vendors: Any) -> None:
    query = """mutation { change_multiple_column_values(board_id: "7700000001", item_id: "1",
        column_values: {status: {label: "Done"}}) { id } }"""

    assert vendors.monday(query).status_code == 400


def test_answers_carry_rate_headers_that_count_down(vendors: Any) -> None:
    first = vendors.monday(ME).headers["RateLimit"]
    second = vendors.monday(ME).headers["RateLimit"]

    assert first.startswith('"minuteRate";r=4999,')
    assert second.startswith('"minuteRate";r=4998,')


def test_limits_are_enforced_where_that_is_asked_for(vendors: Any) -> None:
    vendors.client.put("/settings", json={"enforce_limits": True})
    for _ in range(40):
        vendors.copied_board()

    query = """mutation { duplicate_board(board_id: "7700000001",
        duplicate_type: duplicate_board_with_pulses) { board { id } } }"""
    answer = vendors.monday(query)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert vendors.effects().count("duplicate_board") == 40


def test_users_are_found_by_address_and_an_unknown_address_is_no_error(vendors: Any) -> None:
    query = "query ($e: [String!]) { users(emails: $e, limit: 5) { id status is_deleted } }"

    known = vendors.data(query, {"e": ["SUE@agency.example"]})["users"]
    unknown = vendors.data(query, {"e": ["nobody@agency.example"]})["users"]

    assert known == [{"id": "502", "status": "ACTIVE", "is_deleted": False}]
    assert unknown == []
