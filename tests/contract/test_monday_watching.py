"""A board on monday.com is watched once, and an item of it read again, request by request."""

from datetime import date

import pytest
import respx

from app.adapters.http import VendorHttp
from app.ports.board import BoardItem
from app.ports.errors import OutcomeUnknown
from tests.contract.monday_vendor import BOARD, monday_answers, monday_board

ADDRESS = "https://upgrades.example/webhooks/monday"
ITEM = "8800000002"


@pytest.mark.parametrize("answer", ["watches_none", "watches_other"])
async def test_a_board_that_nothing_watches_gets_a_webhook(
    router: respx.MockRouter, http: VendorHttp, answer: str
) -> None:
    vendor = monday_answers(router, [answer, "watch_board"])

    ref = await monday_board(http).watch(BOARD, ADDRESS, key="delivery-5")

    assert ref == "73761176"
    assert vendor.keys[0] is None
    assert vendor.keys[1] is not None


async def test_a_board_that_is_watched_gets_no_second_webhook(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = monday_answers(router, ["watches_ours"])

    ref = await monday_board(http).watch(BOARD, ADDRESS, key="delivery-5")

    assert ref == "73761176"
    assert len(vendor.sent) == 1


async def test_an_address_that_does_not_answer_the_challenge_is_looked_at_again(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["watches_none", "watch_refused"])

    with pytest.raises(OutcomeUnknown):
        await monday_board(http).watch(BOARD, ADDRESS, key="delivery-5")


async def test_an_item_is_read_with_its_mark_and_its_day(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["item_again"])

    item = await monday_board(http).item(BOARD, ITEM)

    assert item == BoardItem(
        ITEM, "SMS", "Import the SMS contacts", done=True, due_on=date(2026, 12, 1)
    )


@pytest.mark.parametrize("answer", ["item_gone", "item_archived", "item_elsewhere"])
async def test_an_item_that_left_the_board_is_none(
    router: respx.MockRouter, http: VendorHttp, answer: str
) -> None:
    monday_answers(router, [answer])

    assert await monday_board(http).item(BOARD, ITEM) is None


async def test_the_named_columns_are_read_before_the_first_of_their_kind(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["item_again"])

    board = monday_board(http, date_column="date9", status_column="status9")
    item = await board.item(BOARD, ITEM)

    assert item is not None
    assert (item.done, item.due_on) == (False, None)
