"""How boards are copied, fill up, and take groups, items and values."""

import json
from typing import Any

import pytest

ARCHIVE = """mutation ($board: ID!, $group: String!) {
    archive_group(board_id: $board, group_id: $group) { id archived } }"""
FIT = """mutation ($board: ID!, $item: ID!, $values: JSON!) { change_multiple_column_values(
    board_id: $board, item_id: $item, column_values: $values) { id } }"""


def error_of(answer: Any) -> Any:
    return answer.json()["errors"][0]["extensions"]


def test_a_copy_holds_the_template_under_new_ids(vendors: Any) -> None:
    template = vendors.board("7700000001")

    board = vendors.board(vendors.copied_board("Upgrade UPG-7"))

    assert board["name"] == "Upgrade UPG-7"
    assert board["created_from_board_id"] == "7700000001"
    assert [group["title"] for group in board["groups"]] == [
        "SMS",
        "Email Marketing",
        "Google Business",
        "Handover",
    ]
    assert board["items_count"] == template["items_count"] == 9
    for part in (board["groups"], board["items_page"]["items"]):
        ids = {one["id"] for one in part}
        known = {one["id"] for one in template["groups"] + template["items_page"]["items"]}
        assert not ids & known


def test_a_copy_fills_up_over_its_time(make_vendors: Any) -> None:
    vendors = make_vendors(board_fill_s=1.3)
    board_id = vendors.copied_board()

    counts = [vendors.board(board_id)["items_count"]]
    for _ in range(2):
        vendors.real.advance(seconds=0.65)
        counts.append(vendors.board(board_id)["items_count"])

    assert counts[0] == 0
    assert 0 < counts[1] < 9
    assert counts[2] == 9


def test_the_filling_time_can_be_changed_while_it_runs(make_vendors: Any) -> None:
    vendors = make_vendors(board_fill_s=60)

    vendors.client.put("/settings", json={"board_fill_s": 0})

    assert vendors.board(vendors.copied_board())["items_count"] == 9


def test_people_and_dates_of_the_template_are_not_copied(vendors: Any) -> None:
    item = vendors.board("7700000001")["items_page"]["items"][0]
    values = {
        "person": {"personsAndTeams": [{"id": 501, "kind": "person"}]},
        "date4": {"date": "2026-11-24"},
        "status": {"label": "To do"},
    }
    arguments = {"board": "7700000001", "item": item["id"], "values": json.dumps(values)}
    vendors.data(FIT, arguments)

    copied = vendors.board(vendors.copied_board())["items_page"]["items"][0]

    texts = {value["id"]: value["text"] for value in copied["column_values"]}
    assert texts == {"person": "", "date4": "", "status": "To do"}


def test_values_are_read_back_as_they_were_set(vendors: Any) -> None:
    board_id = vendors.copied_board()
    item = vendors.board(board_id)["items_page"]["items"][0]
    values = {
        "person": {"personsAndTeams": [{"id": 502, "kind": "person"}]},
        "date4": {"date": "2026-11-24"},
        "status": {"label": "Done"},
    }

    vendors.data(FIT, {"board": board_id, "item": item["id"], "values": json.dumps(values)})

    query = """query ($id: ID!) { items(ids: [$id]) { column_values { type
        ... on PeopleValue { persons_and_teams { id kind } } ... on DateValue { date }
        ... on StatusValue { label is_done } } } }"""
    assert vendors.data(query, {"id": item["id"]})["items"][0]["column_values"] == [
        {"type": "people", "persons_and_teams": [{"id": "502", "kind": "person"}]},
        {"type": "date", "date": "2026-11-24"},
        {"type": "status", "label": "Done", "is_done": True},
    ]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"status": {"label": "Finished"}}, "ColumnValueException"),
        ({"date4": {"date": "2026-02-30"}}, "ColumnValueException"),
        ({"date4": "2026-11-24"}, "ColumnValueException"),
        (
            {"person": {"personsAndTeams": [{"id": "502", "kind": "person"}]}},
            "ColumnValueException",
        ),
        ({"person": {"personsAndTeams": [{"id": 9, "kind": "person"}]}}, "InvalidUserIdException"),
        ({"owner": {}}, "InvalidColumnIdException"),
    ],
)
def test_a_false_value_is_refused_with_status_200_and_nothing_is_set(
    vendors: Any, values: Any, code: str
) -> None:
    board_id = vendors.copied_board()
    item = vendors.board(board_id)["items_page"]["items"][0]
    both = json.dumps({"date4": {"date": "2026-11-24"}} | values)

    answer = vendors.monday(FIT, {"board": board_id, "item": item["id"], "values": both})

    assert answer.status_code == 200
    assert error_of(answer)["code"] == code
    after = vendors.board(board_id)["items_page"]["items"][0]["column_values"]
    assert all(value["value"] is None for value in after)


def test_one_alias_fails_alone(vendors: Any) -> None:
    board_id = vendors.copied_board()
    query = """mutation ($board: ID!) {
        a1: create_item(board_id: $board, item_name: "One") { id }
        a2: create_item(board_id: $board, item_name: "") { id } }"""

    answer = vendors.monday(query, {"board": board_id})

    assert answer.status_code == 200
    assert answer.json()["data"]["a1"] is not None
    assert answer.json()["data"]["a2"] is None
    assert answer.json()["errors"][0]["path"] == ["a2"]


def test_a_group_is_archived_with_its_items_and_then_gone(vendors: Any) -> None:
    board_id = vendors.copied_board()
    groups = vendors.board(board_id)["groups"]
    gone = next(group for group in groups if group["title"] == "Google Business")

    vendors.data(ARCHIVE, {"board": board_id, "group": gone["id"]})
    again = vendors.monday(ARCHIVE, {"board": board_id, "group": gone["id"]})

    assert vendors.board(board_id)["items_count"] == 7
    assert error_of(again)["code"] == "ResourceNotFoundException"


def test_the_last_group_cannot_be_archived(vendors: Any) -> None:
    board_id = vendors.copied_board()
    *others, last = vendors.board(board_id)["groups"]
    for group in others:
        vendors.data(ARCHIVE, {"board": board_id, "group": group["id"]})

    answer = vendors.monday(ARCHIVE, {"board": board_id, "group": last["id"]})

    assert answer.status_code == 409
    assert error_of(answer)["code"] == "DeleteLastGroupException"


def test_the_newest_boards_come_first_when_asked_for(vendors: Any) -> None:
    names = ["first", "second", "third"]
    for name in names:
        vendors.copied_board(name)

    query = "query { boards(limit: 2, page: 1, order_by: created_at) { name } }"

    assert [one["name"] for one in vendors.data(query)["boards"]] == ["third", "second"]


def test_items_come_page_by_page_until_the_cursor_expires(vendors: Any) -> None:
    board_id = vendors.copied_board()
    first = vendors.data(
        "query ($b: [ID!]) { boards(ids: $b) { items_page(limit: 5) { cursor items { id } } } }",
        {"b": [board_id]},
    )["boards"][0]["items_page"]
    following = (
        "query ($c: String!) { next_items_page(cursor: $c, limit: 5) { cursor items { id } } }"
    )

    second = vendors.data(following, {"c": first["cursor"]})["next_items_page"]
    vendors.real.advance(minutes=61)
    late = vendors.monday(following, {"c": first["cursor"]})

    assert (len(first["items"]), len(second["items"]), second["cursor"]) == (5, 4, None)
    assert late.status_code == 200
    assert error_of(late)["code"] == "CursorExpiredError"


def test_an_item_is_found_by_its_title(vendors: Any) -> None:
    board_id = vendors.copied_board()
    query = """query ($b: ID!, $t: String!) { items_page_by_column_values(board_id: $b, limit: 5,
        columns: [{column_id: "name", column_values: [$t]}]) { items { group { title } } } }"""

    found = vendors.data(query, {"b": board_id, "t": "Connect the sending domain"})

    items = found["items_page_by_column_values"]["items"]
    assert items == [{"group": {"title": "Email Marketing"}}]


CREATE = """mutation ($name: String!, $template: ID) { create_board(board_name: $name,
    board_kind: public, template_id: $template) { id type } }"""


def test_a_board_is_made_from_the_template_as_an_automation_does(make_vendors: Any) -> None:
    vendors = make_vendors(board_fill_s=1.3)

    made = vendors.data(CREATE, {"name": "Harbour PROP-1042", "template": "7700000001"})

    assert made["create_board"]["type"] == "board"
    empty = vendors.board(made["create_board"]["id"])
    vendors.real.advance(seconds=1.3)
    filled = vendors.board(made["create_board"]["id"])
    assert (empty["items_count"], filled["items_count"]) == (0, 9)
    # monday does not promise to name the template, so the stand-in does not either.
    assert (filled["name"], filled["created_from_board_id"]) == ("Harbour PROP-1042", None)


def test_a_board_without_a_template_has_one_group_and_no_item(vendors: Any) -> None:
    made = vendors.data(CREATE, {"name": "Harbour PROP-1042"})

    board = vendors.board(made["create_board"]["id"])
    assert [group["title"] for group in board["groups"]] == ["Group Title"]
    assert board["items_count"] == 0


def test_only_a_template_makes_a_board(vendors: Any) -> None:
    copied = vendors.copied_board()

    answer = vendors.monday(CREATE, {"name": "Harbour PROP-1042", "template": copied})

    assert (answer.status_code, error_of(answer)["code"]) == (200, "CreateBoardException")
