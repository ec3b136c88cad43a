"""Lists, searches, tags and the rate headers of Help Scout's stand-in."""

from typing import Any

import pytest


def test_a_list_shows_active_conversations_and_has_no_embedded_when_empty(vendors: Any) -> None:
    vendors.drafted()

    usual = vendors.helpscout("GET", "/conversations", params={"mailbox": 85}).json()
    pending = vendors.helpscout("GET", "/conversations", params={"status": "pending"}).json()

    assert "_embedded" not in usual
    assert usual["page"]["totalElements"] == 0
    assert len(pending["_embedded"]["conversations"]) == 1
    assert "_embedded" not in pending["_embedded"]["conversations"][0]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ({"tag": "UPG-1"}, 1),
        ({"tag": "upg-2"}, 0),
        ({"query": '(tag:"upg-1")'}, 1),
        ({"query": '(tag:"upg-1") AND (email:"owner@harbourdental.example")'}, 1),
        ({"query": '(email:"other@harbourdental.example")'}, 0),
        ({"query": '(subject:"has begun")'}, 1),
    ],
)
def test_conversations_are_found_by_tag_and_query(
    vendors: Any, search: dict[str, str], found: int
) -> None:
    _, thread_id = vendors.drafted()

    params = {"status": "all", "embed": "threads", **search}
    answer = vendors.helpscout("GET", "/conversations", params=params).json()

    assert answer["page"]["totalElements"] == found
    for conversation in answer.get("_embedded", {}).get("conversations", []):
        assert conversation["_embedded"]["threads"][0]["id"] == thread_id


def test_a_search_may_lag_behind(make_vendors: Any) -> None:
    vendors = make_vendors(search_lag_s=5)
    vendors.drafted()
    params = {"status": "all", "tag": "upg-1"}

    early = vendors.helpscout("GET", "/conversations", params=params).json()
    vendors.real.advance(seconds=5)
    late = vendors.helpscout("GET", "/conversations", params=params).json()

    assert (early["page"]["totalElements"], late["page"]["totalElements"]) == (0, 1)


def test_tags_are_replaced_whole(vendors: Any) -> None:
    conversation_id, _ = vendors.drafted()

    vendors.helpscout("PUT", f"/conversations/{conversation_id}/tags", json={"tags": ["Done"]})

    view = vendors.helpscout("GET", f"/conversations/{conversation_id}").json()
    assert [tag["tag"] for tag in view["tags"]] == ["done"]


def test_a_write_costs_two_of_the_minute(vendors: Any) -> None:
    body = {"subject": ""}

    read = vendors.helpscout("GET", "/users/me")
    write = vendors.helpscout("POST", "/conversations", json=body)

    assert read.headers["X-RateLimit-Remaining-Minute"] == "399"
    assert write.headers["X-RateLimit-Remaining-Minute"] == "397"


@pytest.mark.parametrize("path", ["/conversations/1", "/conversations/x", "/nothing"])
def test_what_is_not_there_is_a_404(vendors: Any, path: str) -> None:
    assert vendors.helpscout("GET", path).status_code == 404
    assert vendors.helpscout("GET", "/conversations/" + "9" * 5000).status_code == 404
