"""The stand-in's board tells of changes as monday.com does: challenged first, signed, again."""

import asyncio
import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from app.sandbox.vendors import SandboxSettings, make_app
from app.sandbox.vendors.posting import NotReached
from tests.sandbox.conftest import InProcess, RealTime, Vendors

ADDRESS = "https://upgrades.example/webhooks/monday"
CREATE = """mutation ($board: ID!, $url: String!) {
  create_webhook(board_id: $board, url: $url, event: change_column_value) { id board_id event }
}"""
DELETE = "mutation ($id: ID!) { delete_webhook(id: $id) { id } }"
LIST = """query ($board: ID!) {
  webhooks(board_id: $board, app_webhooks_only: true) { id event config }
}"""
FIT = """mutation ($board: ID!, $item: ID!, $values: JSON!) {
  change_multiple_column_values(board_id: $board, item_id: $item, column_values: $values) { id }
}"""


@dataclass
class Listener:
    """An address that keeps what it is told; it gives challenges back and may be out of order."""

    told: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    failing: int = 0
    echoes: bytes | None = None
    reached: bool = True

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        assert url == ADDRESS
        if not self.reached:
            raise NotReached
        document = json.loads(body)
        if "challenge" in document:
            assert "Authorization" not in headers
            return 200, body if self.echoes is None else self.echoes
        if self.failing:
            self.failing -= 1
            return 503, b""
        self.told.append(document["event"])
        self.tokens.append(headers.get("Authorization"))
        return 200, b""


@dataclass
class Told(Vendors):
    """The stand-ins, with the address that their webhooks call."""

    listener: Listener = field(default_factory=Listener)

    def call(self) -> int:
        return asyncio.run(self.app.call_webhooks())

    def watched(self) -> tuple[str, str]:
        """A board that is watched; its id, and that of an item."""
        board_id = self.copied_board()
        self.data(CREATE, {"board": board_id, "url": ADDRESS})
        return board_id, self.board(board_id)["items_page"]["items"][0]["id"]


def make_told(**settings: Any) -> Told:
    real, listener = RealTime(), Listener()
    given = SandboxSettings(board_fill_s=0, **settings)
    app = make_app(given, real_now=real.read, post=listener.post)
    client = httpx.Client(transport=InProcess(app), base_url="http://testserver")
    return Told(app, client, real, listener=listener)


@pytest.fixture
def told() -> Told:
    return make_told()


def test_a_webhook_is_made_listed_and_deleted(told: Told) -> None:
    board_id = told.copied_board()

    made = told.data(CREATE, {"board": board_id, "url": ADDRESS})["create_webhook"]

    assert (made["board_id"], made["event"]) == (board_id, "change_column_value")
    listed = told.data(LIST, {"board": board_id})["webhooks"]
    assert listed == [{"id": made["id"], "event": "change_column_value", "config": None}]
    told.data(DELETE, {"id": made["id"]})
    assert told.data(LIST, {"board": board_id})["webhooks"] == []
    gone = told.monday(DELETE, {"id": made["id"]}).json()
    assert gone["errors"][0]["extensions"]["code"] == "ResourceNotFoundException"
    assert told.effects() == ["duplicate_board", "create_webhook", "delete_webhook"]


@pytest.mark.parametrize("echoes", [b"", b"{}", b"ok", b'{"challenge": "other"}', b"[" * 100_000])
def test_without_its_challenge_given_back_no_webhook_is_made(told: Told, echoes: bytes) -> None:
    board_id = told.copied_board()
    told.listener.echoes = echoes

    answer = told.monday(CREATE, {"board": board_id, "url": ADDRESS})

    assert answer.status_code == 500
    assert answer.json()["errors"][0]["message"] == "Internal Server Error"
    assert told.data(LIST, {"board": board_id})["webhooks"] == []


def test_an_address_that_nobody_answers_at_gets_no_webhook(told: Told) -> None:
    told.listener.reached = False

    assert told.monday(CREATE, {"board": told.copied_board(), "url": ADDRESS}).status_code == 500


@pytest.mark.parametrize("url", ["", "ftp://upgrades.example", "https://" + "x" * 250])
def test_what_is_no_short_web_address_is_refused(told: Told, url: str) -> None:
    answer = told.monday(CREATE, {"board": told.copied_board(), "url": url}).json()

    assert answer["errors"][0]["extensions"]["code"] == "InvalidArgumentException"


def test_each_changed_column_is_told_in_the_documented_form(told: Told) -> None:
    board_id, item_id = told.watched()
    values = {"status": {"label": "Done"}, "date4": {"date": "2026-12-01"}}
    fit = {"board": board_id, "item": item_id, "values": json.dumps(values)}

    told.data(FIT, fit)
    told.data(FIT, fit)

    assert told.call() == 2
    date, status = told.listener.told
    assert (date["columnType"], date["value"]) == ("date", {"date": "2026-12-01"})
    assert (status["columnType"], status["columnId"]) == ("color", "status")
    assert status["value"]["label"]["text"] == "Done"
    assert (status["boardId"], status["pulseId"]) == (int(board_id), int(item_id))
    assert (status["type"], status["previousValue"]) == ("update_column_value", None)
    assert date["triggerUuid"] != status["triggerUuid"]
    assert told.call() == 0


def test_a_call_is_signed_for_its_address(told: Told) -> None:
    board_id, item_id = told.watched()
    told.client.post(f"/hands/items/{item_id}", data={"done": "true"})

    told.call()

    (token,) = told.listener.tokens
    assert token is not None
    head, claims, signature = token.split(".")
    expected = hmac.digest(b"sandbox-monday-signing-secret", f"{head}.{claims}".encode(), "sha256")
    assert base64.urlsafe_b64encode(expected).rstrip(b"=").decode() == signature
    held = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert held["aud"] == ADDRESS
    assert 0 < held["exp"] - told.real.now.timestamp() <= 300
    assert board_id


def test_without_a_signing_secret_calls_are_unsigned() -> None:
    told = make_told(monday_signing_secret="")
    _, item_id = told.watched()
    told.client.post(f"/hands/items/{item_id}", data={"done": "true"})

    told.call()

    assert told.listener.tokens == [None]


def test_a_call_that_is_not_taken_is_made_again_and_then_given_up(told: Told) -> None:
    _, item_id = told.watched()
    told.listener.failing = 2
    told.client.post(f"/hands/items/{item_id}", data={"done": "true"})

    for _ in range(3):
        told.call()
        told.real.advance(seconds=1)
    assert len(told.listener.told) == 1

    told.listener.failing = 99
    told.client.post(f"/hands/items/{item_id}", data={"done": "false"})
    for _ in range(10):
        told.call()
        told.real.advance(seconds=1)
    assert told.listener.failing == 99 - 5


def test_a_deleted_webhook_makes_no_more_calls(told: Told) -> None:
    board_id, item_id = told.watched()
    told.client.post(f"/hands/items/{item_id}", data={"done": "true"})
    (webhook,) = told.data(LIST, {"board": board_id})["webhooks"]

    told.data(DELETE, {"id": webhook["id"]})

    assert told.call() == 0
    assert told.listener.told == []


def test_a_person_ticks_an_item_on_the_page_and_gives_it_a_date(told: Told) -> None:
    board_id, item_id = told.watched()
    assert f'action="/hands/items/{item_id}"' in told.client.get("/").text

    answer = told.client.post(f"/hands/items/{item_id}", data={"done": "true"})
    told.client.post(f"/hands/items/{item_id}", data={"due_on": "2026-12-01"})

    assert (answer.status_code, answer.headers["location"]) == (303, f"/#board-{board_id}")
    values = told.board(board_id)["items_page"]["items"][0]["column_values"]
    assert {value["id"]: value["text"] for value in values} == {
        "person": "",
        "date4": "2026-12-01",
        "status": "Done",
    }
    told.client.post(f"/hands/items/{item_id}", data={"done": "false", "due_on": ""})
    values = told.board(board_id)["items_page"]["items"][0]["column_values"]
    assert [value["value"] for value in values] == [None, None, None]
    told.call()
    assert {one["userId"] for one in told.listener.told} == {502}


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"done": "maybe"}, 400),
        ({"due_on": "tomorrow"}, 400),
        ({"other": "1"}, 400),
        ({"due_on": "é"}, 400),
        ({"done": "x" * 20_000}, 413),
    ],
)
def test_a_form_that_says_nothing_is_refused(told: Told, form: dict[str, str], status: int) -> None:
    _, item_id = told.watched()

    assert told.client.post(f"/hands/items/{item_id}", data=form).status_code == status


def test_only_the_own_page_may_change_an_item_that_is_there(told: Told) -> None:
    _, item_id = told.watched()
    foreign = {"Sec-Fetch-Site": "cross-site"}

    assert told.client.post("/hands/items/1", data={"done": "true"}).status_code == 404
    answer = told.client.post(f"/hands/items/{item_id}", data={"done": "true"}, headers=foreign)
    assert answer.status_code == 403
