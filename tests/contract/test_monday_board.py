"""The task board on monday.com does what its port says, request by request."""

import uuid
from datetime import date

import pytest
import respx

from app.adapters.http import VendorHttp
from app.adapters.monday.client import MondayApi
from app.adapters.monday.operations import ME
from app.adapters.monday.reading import told_success
from app.ports.board import BoardItem, BoardRef, BoardSnapshot
from app.ports.errors import OutcomeUnknown, Refused, Transient
from tests.contract.golden import Golden, golden
from tests.contract.monday_vendor import (
    BOARD,
    TEMPLATE,
    URL,
    MondayVendor,
    monday_answers,
    monday_board,
)

NAME = "Upgrade · Harbour Dental · UPG-01JD"
DUE = date(2026, 11, 30)
ADDRESS = "https://agency.monday.example/boards/7712345678"


async def test_a_board_is_made_by_duplicating_the_template(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = monday_answers(router, ["duplicate_board"])

    made = await monday_board(http).create(NAME, key="delivery-1")

    assert made == BoardRef(BOARD, ADDRESS)
    assert vendor.keys[0] is not None
    assert str(uuid.UUID(vendor.keys[0])) == vendor.keys[0]


async def test_every_attempt_of_one_delivery_carries_the_same_key(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = monday_answers(router, ["duplicate_board", "duplicate_board_replayed"])
    board = monday_board(http)

    first = await board.create(NAME, key="delivery-1")
    again = await board.create(NAME, key="delivery-1")

    assert first == again
    assert vendor.keys[0] == vendor.keys[1]


async def test_a_board_that_was_made_without_saying_which_is_an_unknown_outcome(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    body = {"data": {"duplicate_board": {"is_async": True}}}
    router.post(URL).mock(side_effect=MondayVendor([Golden(None, 200, {}, body)]))

    with pytest.raises(OutcomeUnknown):
        await monday_board(http).create(NAME, key="delivery-1")


async def test_a_board_is_found_by_template_and_marker_alone(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["boards_newest_first"])

    found = await monday_board(http).find("UPG-01JD")

    assert found == BoardRef(BOARD, ADDRESS)


@pytest.mark.parametrize("marker", ["UPG-01J", "PG-01JD", "UPG-01JX", "UPG.01JD"])
async def test_a_marker_is_not_found_inside_another(
    router: respx.MockRouter, http: VendorHttp, marker: str
) -> None:
    monday_answers(router, ["boards_newest_first"])

    assert await monday_board(http).find(marker) is None


async def test_a_search_goes_on_while_pages_are_full_and_ends_after_five(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    other = {"id": "1", "name": "Other", "url": "", "created_from_board_id": None}
    full = Golden(None, 200, {}, {"data": {"boards": [other] * 100}})
    vendor = MondayVendor([full] * 5)
    router.post(URL).mock(side_effect=vendor)

    assert await monday_board(http).find("UPG-01JD") is None
    assert [body["variables"]["page"] for body in vendor.bodies] == [1, 2, 3, 4, 5]


async def test_every_board_that_names_the_number_is_found_whoever_made_it(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["boards_named"])

    found = await monday_board(http).named("PROP-104")

    # Neither documents nor the hidden boards of subitems are boards, and the template stays alone.
    assert [board.ref for board in found] == ["7712345706", "7712345702"]
    assert found[0].url == "https://agency.monday.example/boards/7712345706"


async def test_a_board_that_is_pushed_onto_the_next_page_counts_once(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    other = {"id": "1", "name": "Other", "url": "", "type": "board"}
    ours = {"id": "2", "name": "PROP-104", "url": "u", "type": "board"}
    pages = [[other] * 99 + [ours], [ours, other]]
    vendor = MondayVendor([Golden(None, 200, {}, {"data": {"boards": page}}) for page in pages])
    router.post(URL).mock(side_effect=vendor)

    assert await monday_board(http).named("PROP-104") == [BoardRef("2", "u")]
    assert [body["variables"]["page"] for body in vendor.bodies] == [1, 2]


async def test_the_template_is_nobodys_board(http: VendorHttp) -> None:
    with pytest.raises(Refused) as caught:
        await monday_board(http).snapshot(TEMPLATE)

    assert caught.value.code == "template_board"


RENAMED = "Upgrade · Harbour Dental · 14 Dec · UPG-01JD"


async def test_a_board_is_renamed(router: respx.MockRouter, http: VendorHttp) -> None:
    vendor = monday_answers(router, ["rename_board", "rename_board"])

    await monday_board(http).rename(BOARD, RENAMED, key="delivery-5")
    await monday_board(http).rename(BOARD, RENAMED, key="delivery-5")

    assert vendor.keys[0] == vendor.keys[1] is not None


async def test_a_name_that_was_not_taken_is_told(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["rename_board_refused"])

    with pytest.raises(Refused) as caught:
        await monday_board(http).rename(BOARD, RENAMED, key="delivery-5")

    assert caught.value.code == "update_refused"


@pytest.mark.parametrize("result", [{"success": True}, {"id": "1"}, "done", "{}"])
def test_a_result_that_names_no_failure_is_a_success(result: object) -> None:
    assert told_success(result)


async def test_a_complete_board_is_read_whole(router: respx.MockRouter, http: VendorHttp) -> None:
    monday_answers(router, ["template_facts", "board_whole"])

    snapshot = await monday_board(http).snapshot(BOARD)

    assert snapshot == BoardSnapshot(
        ref=BOARD,
        url=ADDRESS,
        groups=("SMS", "Google Business"),
        items=(
            BoardItem("8800000001", "SMS", "Register the SMS sender number", True, DUE),
            BoardItem("8800000002", "SMS", "Import the SMS contacts", False, DUE),
            BoardItem("8800000003", "Google Business", "Claim the profile", False, DUE),
        ),
    )


@pytest.mark.parametrize("half", ["board_half_filled", "board_without_items_yet"])
async def test_a_board_that_is_still_being_filled_is_not_whole(
    router: respx.MockRouter, http: VendorHttp, half: str
) -> None:
    vendor = monday_answers(router, ["template_facts", half, "board_whole"])
    board = monday_board(http)

    assert not (await board.snapshot(BOARD)).whole
    assert (await board.snapshot(BOARD)).whole
    # The template was read once for both.
    assert [body["operationName"] for body in vendor.bodies] == [
        "TemplateFacts",
        "BoardWhole",
        "BoardWhole",
    ]


async def test_a_board_with_all_items_but_a_group_missing_is_not_whole(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    whole = golden("monday", "board_whole").body
    del whole["data"]["boards"][0]["groups"][1]
    vendor = MondayVendor([golden("monday", "template_facts"), Golden(None, 200, {}, whole)])
    router.post(URL).mock(side_effect=vendor)

    assert not (await monday_board(http).snapshot(BOARD)).whole


async def test_the_template_is_read_again_after_some_minutes(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["template_facts", "board_whole", "template_facts", "board_whole"])
    seconds = iter([0.0, 301.0])
    board = monday_board(http, monotonic=lambda: next(seconds))

    await board.snapshot(BOARD)
    await board.snapshot(BOARD)


async def test_items_are_read_page_by_page_and_none_twice(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["template_facts", "board_first_page", "items_next_page"])

    snapshot = await monday_board(http).snapshot(BOARD)

    assert [item.ref for item in snapshot.items] == ["8800000001", "8800000002", "8800000003"]


async def test_an_expired_cursor_starts_the_walk_again_once(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(
        router,
        [
            "template_facts",
            "board_first_page",
            "cursor_expired_200",
            "board_first_page",
            "items_next_page",
        ],
    )

    assert (await monday_board(http).snapshot(BOARD)).whole


async def test_a_cursor_that_expires_twice_is_left_for_later(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["template_facts", *["board_first_page", "cursor_expired_200"] * 2])

    with pytest.raises(Transient) as caught:
        await monday_board(http).snapshot(BOARD)

    assert caught.value.code == "cursor_lost"


async def test_a_board_that_is_gone_is_refused(router: respx.MockRouter, http: VendorHttp) -> None:
    monday_answers(router, ["template_facts", "board_not_shown"])

    with pytest.raises(Refused) as caught:
        await monday_board(http).snapshot(BOARD)

    assert caught.value.code == "board_not_found"


async def test_a_template_that_the_token_cannot_see_is_refused(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["template_not_shown"])

    with pytest.raises(Refused) as caught:
        await monday_board(http).snapshot(BOARD)

    assert caught.value.code == "template_board_not_found"


@pytest.mark.parametrize(
    ("answer", "ref"),
    [("people_by_email", "501"), ("people_none_active", None), ("people_unknown", None)],
)
async def test_only_an_active_person_is_found_by_address(
    router: respx.MockRouter, http: VendorHttp, answer: str, ref: str | None
) -> None:
    monday_answers(router, [answer])

    assert await monday_board(http).person_ref("sam@agency.example") == ref


async def test_the_probe_names_the_account(router: respx.MockRouter, http: VendorHttp) -> None:
    monday_answers(router, ["me"])

    said = await monday_board(http).probe()

    assert said == "monday.com answers: signed in as Sam Sample of Sample Agency."


async def test_an_effect_without_a_key_is_a_mistake_of_ours(http: VendorHttp) -> None:
    with pytest.raises(ValueError, match="needs a key"):
        await monday_board(http).create(NAME, key="")


async def test_an_answer_by_another_version_is_told(
    router: respx.MockRouter, http: VendorHttp, caplog: pytest.LogCaptureFixture
) -> None:
    me = golden("monday", "me")
    router.post(URL).mock(
        side_effect=lambda _request: Golden(
            None, 200, {"api-version": "2027-01"}, me.body
        ).response()
    )

    await MondayApi(http, url=URL, token="t").run(ME)

    assert "2027-01" in caplog.text
