"""The ledger, the settings, the page, and bodies that nobody should send."""

from pathlib import Path
from typing import Any

import pytest

CREATE = 'mutation { create_item(board_id: "7700000001", item_name: "One") { id } }'


def test_a_line_tells_both_times(vendors: Any) -> None:
    vendors.tell_time("2026-12-07T00:00:00Z")

    vendors.monday(CREATE, key="k-1")

    line = vendors.ledger(system="monday", operation="create_item")[0]
    assert line["at"] == "2026-12-07T00:00:00.000Z"
    assert line["received_at"] == "2026-11-20T03:00:00.000Z"
    assert line["idempotency_key"] == "k-1"
    assert line["body"]["item_name"] == "One"
    assert set(line) == {
        *("n", "system", "operation", "idempotency_key", "effect"),
        *("outcome", "body", "at", "received_at"),
    }


def test_reads_and_refusals_are_lines_without_effect(vendors: Any) -> None:
    vendors.monday("query { me { id } }")
    vendors.monday(CREATE, headers={"Authorization": "wrong"})

    assert [(line["outcome"], line["effect"]) for line in vendors.ledger()] == [
        ("read", False),
        ("refused", False),
    ]


def test_setting_a_value_to_what_it_is_has_no_effect(vendors: Any) -> None:
    query = """mutation { update_board(board_id: "7700000001", board_attribute: description,
        new_value: "UPG-1") }"""

    vendors.monday(query)
    vendors.monday(query)

    assert [line["outcome"] for line in vendors.ledger()] == ["effect", "unchanged"]


def test_the_ledger_outlives_a_restart_and_a_line_cut_in_the_middle(
    make_vendors: Any, tmp_path: Path
) -> None:
    file = tmp_path / "kept" / "ledger.jsonl"
    make_vendors(ledger_file=file).monday(CREATE)
    with file.open("a", encoding="utf-8") as out:
        out.write('{"n": 2, "sys')

    again = make_vendors(ledger_file=file)
    again.monday(CREATE)

    assert [line["n"] for line in again.ledger()] == [1, 2]
    assert [line["n"] for line in make_vendors(ledger_file=file).ledger()] == [1, 2]


def test_a_long_text_is_cut_in_the_ledger(vendors: Any) -> None:
    vendors.drafted(thread={"text": "x" * 30_000})

    line = vendors.ledger(operation="conversations.create")[0]

    assert len(line["body"]["threads"][0]["text"]) < 21_000
    assert line["body"]["subject"] == "Your upgrade has begun"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_ledger_can_only_be_read(vendors: Any, method: str) -> None:
    assert vendors.client.request(method, "/ledger").status_code == 405


@pytest.mark.parametrize("query", ["system=pandadoc", "effect=yes", "after=-1"])
def test_a_false_filter_is_refused(vendors: Any, query: str) -> None:
    assert vendors.client.get(f"/ledger?{query}").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"board_fill_s": -1},
        {"board_fill_s": "0"},
        {"board_fill_s": True},
        {"retry_after_s": 1.5},
        {"enforce_limits": 1},
        {"unknown": 1},
        [],
    ],
)
def test_a_false_setting_is_refused_and_changes_nothing(vendors: Any, body: Any) -> None:
    before = vendors.client.get("/settings").json()

    answer = vendors.client.put("/settings", json=body)

    assert answer.status_code == 400
    assert vendors.client.get("/settings").json() == before


@pytest.mark.parametrize("told", ["now", "2026-11-20", "1764000000", "2026-13-01T00:00:00Z"])
def test_a_false_time_is_refused(vendors: Any, told: str) -> None:
    answer = vendors.client.get("/healthz", headers={"X-Sandbox-Now": told})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"nonsense",
        b"null",
        b'"text"',
        b"[" * 100_000,
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b'{"query": "\\ud800", "text": "\\ud800", "subject": "\\ud800"}',
        b'{"query": NaN}',
        b'{"query": 1e999}',
        b'{"query": ' + b"9" * 5000 + b"}",
        b"x" * (1024 * 1024 + 1),
    ],
)
def test_no_body_is_answered_with_a_500(vendors: Any, body: bytes) -> None:
    vendors.helpscout("GET", "/users/me")
    token = vendors._token["Authorization"]
    paths = {
        "/monday/v2": "sandbox-monday-token",
        "/helpscout/v2/oauth2/token": "",
        "/helpscout/v2/conversations": token,
        "/google-chat/v1/spaces/SALES/messages?key=sandbox-key&token=sandbox-token": "",
        "/faults": "",
    }
    for path, authorization in paths.items():
        headers = {
            "Authorization": authorization,
            "API-Version": "2026-10",
            "Content-Type": "application/json",
        }

        answer = vendors.client.post(path, content=body, headers=headers)

        assert 400 <= answer.status_code < 500, path
    assert vendors.effects() == []


def test_another_media_type_is_refused(vendors: Any) -> None:
    plain = {"headers": {"Content-Type": "text/plain"}, "content": b"{}"}

    assert vendors.client.post("/faults", **plain).status_code == 415
    assert vendors.helpscout("POST", "/conversations", **plain).status_code == 415


def test_the_page_shows_what_was_received_and_escapes_it(vendors: Any) -> None:
    attack = "<script>alert(1)</script>"
    vendors.copied_board(f"Board {attack}")
    vendors.drafted(subject=f"Mail {attack}", thread={"text": f'"><p>Hello</p>{attack}'})
    vendors.say({"text": f"*Room* <https://changeover.example/p/1|the plan> {attack}"})

    page = vendors.client.get("/")
    fragment = vendors.client.get("/fragment").text

    assert "Sandbox: stand-ins, nothing leaves this machine" in page.text
    assert fragment in page.text
    assert attack not in fragment
    for shown in ("Register the SMS sender number", "marketing@agency.example", "duplicate_board"):
        assert shown in fragment
    assert "<b>Room</b>" in fragment
    assert '<a href="https://changeover.example/p/1" rel="noreferrer">the plan</a>' in fragment
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_links_lead_back_to_the_address_that_was_called(vendors: Any) -> None:
    board_id = vendors.copied_board()
    query = "query ($id: ID!) { boards(ids: [$id]) { url } }"

    url = vendors.data(query, {"id": board_id})["boards"][0]["url"]

    assert url == f"http://testserver/#board-{board_id}"
    assert f'id="board-{board_id}"' in vendors.client.get("/").text
