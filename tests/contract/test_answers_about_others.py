"""A vendor that answers for another object is not believed: no adapter takes its word."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import pytest
import respx

from app.adapters.google_chat.room import GoogleChat
from app.adapters.http import VendorHttp
from app.ports.board import ItemFit, TaskBoard
from app.ports.errors import OutcomeUnknown, Transient
from app.ports.mail import ClientMessage
from tests.contract.golden import Golden, golden
from tests.contract.helpscout_vendor import BASE, helpscout_mail
from tests.contract.monday_vendor import BOARD, TEMPLATE, URL, MondayVendor, monday_board

OTHER = "7799999999"
NAME = "Upgrade · Harbour Dental · UPG-01JD"
FIT = ItemFit(item_ref="8800000001", assignee_ref=None, due_on=date(2026, 11, 30), done=None)


def data(**roots: Any) -> Golden:
    return Golden(None, 200, {}, {"data": roots})


def layout(board: str = BOARD) -> Golden:
    body = golden("monday", "board_layout").body
    assert isinstance(body, dict)
    (shown,) = body["data"]["boards"]
    return data(boards=[{**shown, "id": board}])


async def made(board: TaskBoard) -> object:
    return await board.create(NAME, key="k")


async def added(board: TaskBoard) -> object:
    return await board.add_item(BOARD, "Alpha", "An item", key="k")


async def fitted(board: TaskBoard) -> None:
    await board.fit_items(BOARD, [FIT], key="k")


async def watched(board: TaskBoard) -> object:
    return await board.watch(BOARD, "https://upgrades.example/webhooks/monday", key="k")


def a_group_title() -> str:
    body = golden("monday", "board_layout").body
    assert isinstance(body, dict)
    title: str = body["data"]["boards"][0]["groups"][0]["title"]
    return title


@pytest.mark.parametrize(
    ("change", "answers"),
    [
        (made, [data(duplicate_board={"board": {"id": OTHER, "name": "Another name"}})]),
        (made, [data(duplicate_board={"board": {"id": TEMPLATE, "name": NAME}})]),
        (
            added,
            [
                layout(),
                data(create_group={"id": "g"}),
                data(create_item={"id": "1", "board": {"id": OTHER}}),
            ],
        ),
        (fitted, [layout(), data(a0={"id": "8899999999"})]),
        (watched, [data(webhooks=[]), data(create_webhook={"id": "1", "board_id": OTHER})]),
    ],
)
async def test_a_change_on_monday_that_was_made_elsewhere_is_an_unknown_outcome(
    router: respx.MockRouter,
    http: VendorHttp,
    change: Callable[[TaskBoard], Awaitable[object]],
    answers: list[Golden],
) -> None:
    router.post(URL).mock(side_effect=MondayVendor(answers))

    with pytest.raises(OutcomeUnknown) as unknown:
        await change(monday_board(http))

    assert unknown.value.code == "another_object"


async def test_another_group_than_was_archived_is_an_unknown_outcome(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    answers = [layout(), data(archive_group={"id": "another", "archived": True})]
    router.post(URL).mock(side_effect=MondayVendor(answers))

    with pytest.raises(OutcomeUnknown) as unknown:
        await monday_board(http).archive_group(BOARD, a_group_title(), key="k")

    assert unknown.value.code == "another_object"


async def test_a_board_that_is_not_the_one_asked_for_is_not_read(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    router.post(URL).mock(side_effect=MondayVendor([layout(OTHER)]))

    with pytest.raises(Transient) as refused:
        await monday_board(http).archive_group(BOARD, "Beta", key="k")

    assert refused.value.code == "another_object"


async def test_an_item_that_is_not_the_one_asked_for_is_not_read(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    body = golden("monday", "item_again").body
    router.post(URL).mock(side_effect=MondayVendor([Golden(None, 200, {}, body)]))

    with pytest.raises(Transient) as refused:
        await monday_board(http).item(BOARD, "8812345678")

    assert refused.value.code == "another_object"


async def test_a_message_in_another_space_is_not_taken_for_ours(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    address = "https://chat.googleapis.example/v1/spaces/AAAA/messages?key=k&token=t"
    answer = httpx.Response(200, json={"name": "spaces/ZZZZ/messages/1.1"})
    router.post(url__startswith="https://chat.googleapis.example").mock(return_value=answer)

    with pytest.raises(OutcomeUnknown) as unknown:
        await GoogleChat(http, rooms={"support": address}).post("support", "x", thread="t", key="k")

    assert unknown.value.code == "another_object"


async def test_a_draft_to_another_client_is_not_taken_for_ours(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    router.post(f"{BASE}/oauth2/token").mock(return_value=golden("helpscout", "token").response())
    router.post(f"{BASE}/conversations").mock(
        return_value=golden("helpscout", "create_conversation").response()
    )
    router.get(url__startswith=f"{BASE}/conversations/4455/threads").mock(
        return_value=golden("helpscout", "threads_draft").response()
    )
    message = ClientMessage(
        "someone.else@client.example", "Jo", (), "Begun", "Hello", "<p>Hello</p>", "m"
    )

    with pytest.raises(OutcomeUnknown) as unknown:
        await helpscout_mail(http).draft(message)

    assert unknown.value.code == "another_object"
