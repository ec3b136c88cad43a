"""Groups and items of a board on monday.com are made, found and set, request by request."""

import json
from datetime import date

import pytest
import respx

from app.adapters.http import VendorHttp
from app.ports.board import ItemFit
from app.ports.errors import Refused
from tests.contract.golden import Golden, golden
from tests.contract.monday_vendor import BOARD, URL, MondayVendor, monday_answers, monday_board


async def test_a_group_is_archived_by_its_title_on_the_new_board(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = monday_answers(router, ["board_layout", "archive_group"])

    await monday_board(http).archive_group(BOARD, "google business", key="delivery-2")

    assert vendor.keys[0] is None
    assert vendor.keys[1] is not None


@pytest.mark.parametrize("title", ["Never There", "Old"])
async def test_a_group_that_is_gone_already_counts_as_archived(
    router: respx.MockRouter, http: VendorHttp, title: str
) -> None:
    vendor = monday_answers(router, ["board_layout"])

    await monday_board(http).archive_group(BOARD, title, key="delivery-2")

    assert len(vendor.sent) == 1


async def test_a_group_that_goes_in_between_counts_as_archived(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["board_layout", "error_not_found_200"])

    await monday_board(http).archive_group(BOARD, "Google Business", key="delivery-2")


async def test_the_last_group_cannot_be_archived(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["board_layout", "error_last_group_409"])

    with pytest.raises(Refused) as caught:
        await monday_board(http).archive_group(BOARD, "Google Business", key="delivery-2")

    assert caught.value.code == "DeleteLastGroupException"


async def test_an_item_is_added_to_its_group(router: respx.MockRouter, http: VendorHttp) -> None:
    monday_answers(router, ["board_layout", "create_item"])

    ref = await monday_board(http).add_item(BOARD, "SMS", "Check the sender number", key="d-3")

    assert ref == "8800000009"


async def test_a_group_that_is_absent_is_made_for_its_first_item(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = monday_answers(router, ["board_layout", "create_group", "create_item_in_new_group"])

    ref = await monday_board(http).add_item(BOARD, "Handover", "Brief Marketing", key="d-3")

    assert ref == "8800000010"
    assert vendor.keys[1] != vendor.keys[2]


async def test_two_items_that_need_the_same_new_group_ask_for_it_under_one_key(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    calls = ["board_layout", "create_group", "create_item_in_new_group"]
    vendor = monday_answers(router, [*calls, *calls])

    await monday_board(http).add_item(BOARD, "Handover", "Brief Marketing", key="d-3")
    await monday_board(http).add_item(BOARD, "Handover", "Brief Marketing", key="d-4")

    first_group, second_group = vendor.keys[1], vendor.keys[4]
    first_item, second_item = vendor.keys[2], vendor.keys[5]
    assert first_group == second_group
    assert first_item != second_item


async def test_a_long_title_is_cut_and_found_again(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    long = "x" * 300
    whole = golden("monday", "board_whole").body
    whole["data"]["boards"][0]["items_page"]["items"][1]["name"] = "x" * 255
    vendor = MondayVendor(
        [
            golden("monday", "board_layout"),
            Golden(None, 200, {}, {"data": {"create_item": {"id": 7}}}),
            Golden(None, 200, {}, whole),
        ]
    )
    router.post(URL).mock(side_effect=vendor)
    board = monday_board(http)

    await board.add_item(BOARD, "SMS", long, key="d-3")
    found = await board.find_item(BOARD, "SMS", long)

    assert vendor.bodies[1]["variables"]["name"] == "x" * 255
    assert found == "8800000002"


@pytest.mark.parametrize(
    ("group", "title", "ref"),
    [
        ("SMS", "Import the SMS contacts", "8800000002"),
        ("Google Business", "Import the SMS contacts", None),
        ("SMS", "Import", None),
    ],
)
async def test_an_item_is_found_by_group_and_title(
    router: respx.MockRouter, http: VendorHttp, group: str, title: str, ref: str | None
) -> None:
    monday_answers(router, ["board_whole"])

    assert await monday_board(http).find_item(BOARD, group, title) == ref


FITS = (
    ItemFit("8800000001", assignee_ref="501", due_on=date(2026, 12, 4), done=False),
    ItemFit("8800000002", done=True),
    ItemFit("8800000003", done=False),
)


async def test_items_are_set_in_one_call_and_an_open_one_keeps_its_status(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = monday_answers(router, ["board_whole", "fit_items"])

    await monday_board(http).fit_items(BOARD, FITS, key="d-4")

    assert not vendor.answers


async def test_named_columns_go_before_those_found(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = monday_answers(router, ["board_whole", "batch_partly_refused"])
    board = monday_board(http, people_column="person2", done_label="Erledigt")

    with pytest.raises(Refused):
        await board.fit_items(BOARD, FITS, key="d-4")

    first, second = (json.loads(vendor.bodies[1]["variables"][f"values{n}"]) for n in (0, 1))
    assert set(first) == {"person2", "date4"}
    assert second == {"status": {"label": "Erledigt"}}


async def test_sixty_items_are_set_in_three_calls_with_keys_of_their_own(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    def done(first: int, count: int) -> Golden:
        answers = {f"a{n}": {"id": str(first + n)} for n in range(count)}
        return Golden(None, 200, {}, {"data": answers})

    answers = [done(1000, 25), done(1025, 25), done(1050, 10)]
    vendor = MondayVendor([golden("monday", "board_layout"), *answers])
    router.post(URL).mock(side_effect=vendor)
    fits = [ItemFit(str(1000 + n), due_on=date(2026, 12, 4)) for n in range(60)]

    await monday_board(http).fit_items(BOARD, fits, key="d-4")

    assert len(set(vendor.keys)) == 4
    assert vendor.bodies[3]["variables"]["item9"] == "1059"


async def test_other_values_are_never_answered_from_the_cache_of_the_first(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    answer = Golden(None, 200, {}, {"data": {"a0": {"id": "1"}}})
    layout = golden("monday", "board_layout")
    vendor = MondayVendor([layout, answer] * 3)
    router.post(URL).mock(side_effect=vendor)
    board = monday_board(http)

    for day in (4, 4, 5):
        await board.fit_items(BOARD, [ItemFit("1", due_on=date(2026, 12, day))], key="d-4")

    assert vendor.keys[1] == vendor.keys[3]
    assert vendor.keys[1] != vendor.keys[5]


async def test_nothing_to_set_is_nothing_to_send(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = monday_answers(router, ["board_layout"])

    await monday_board(http).fit_items(BOARD, [ItemFit("1")], key="d-4")

    assert len(vendor.sent) == 1


@pytest.mark.parametrize(
    ("layout", "fit", "code"),
    [
        ("board_layout_bare", ItemFit("1", assignee_ref="501"), "column_missing"),
        ("board_layout_bare", ItemFit("1", due_on=date(2026, 12, 4)), "column_missing"),
        ("board_layout_bare", ItemFit("1", done=True), "column_missing"),
        ("board_layout", ItemFit("1", assignee_ref="sam"), "person_ref_invalid"),
    ],
)
async def test_what_the_board_cannot_hold_is_refused_before_anything_is_set(
    router: respx.MockRouter, http: VendorHttp, layout: str, fit: ItemFit, code: str
) -> None:
    monday_answers(router, [layout])

    with pytest.raises(Refused) as caught:
        await monday_board(http).fit_items(BOARD, [ItemFit("9"), fit], key="d-4")

    assert caught.value.code == code
