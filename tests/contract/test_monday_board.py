"""The task board on monday.com does what its port says, request by request."""

import json
import uuid
from datetime import date

import pytest
import respx

from app.adapters.http import VendorHttp
from app.adapters.monday.client import MondayApi
from app.adapters.monday.operations import ME
from app.ports.board import BoardItem, BoardRef, BoardSnapshot, ItemFit
from app.ports.errors import OutcomeUnknown, Refused, Transient
from tests.contract.golden import Golden, golden
from tests.contract.monday_vendor import BOARD, URL, MondayVendor, monday_answers, monday_board

NAME = "Upgrade · Harbour Dental · UPG-01JD"
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


async def test_a_complete_board_is_read_whole(router: respx.MockRouter, http: VendorHttp) -> None:
    monday_answers(router, ["template_facts", "board_whole"])

    snapshot = await monday_board(http).snapshot(BOARD)

    assert snapshot == BoardSnapshot(
        ref=BOARD,
        url=ADDRESS,
        groups=("SMS", "Google Business"),
        items=(
            BoardItem("8800000001", "SMS", "Register the SMS sender number", True),
            BoardItem("8800000002", "SMS", "Import the SMS contacts", False),
            BoardItem("8800000003", "Google Business", "Claim the profile", False),
        ),
    )


@pytest.mark.parametrize("half", ["board_half_filled", "board_without_items_yet"])
async def test_a_board_that_is_still_being_filled_is_not_shown(
    router: respx.MockRouter, http: VendorHttp, half: str
) -> None:
    vendor = monday_answers(router, ["template_facts", half, "board_whole"])
    board = monday_board(http)

    assert await board.snapshot(BOARD) is None
    assert await board.snapshot(BOARD) is not None
    # The template was read once for both.
    assert [body["operationName"] for body in vendor.bodies] == [
        "TemplateFacts",
        "BoardWhole",
        "BoardWhole",
    ]


async def test_a_board_with_all_items_but_a_group_missing_is_not_shown(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    whole = golden("monday", "board_whole").body
    del whole["data"]["boards"][0]["groups"][1]
    vendor = MondayVendor([golden("monday", "template_facts"), Golden(None, 200, {}, whole)])
    router.post(URL).mock(side_effect=vendor)

    assert await monday_board(http).snapshot(BOARD) is None


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

    assert snapshot is not None
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

    assert await monday_board(http).snapshot(BOARD) is not None


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
    ItemFit("8800000001", assignee_ref="501", due_on=date(2026, 12, 4), done=True),
    ItemFit("8800000002", done=False),
    ItemFit("8800000003"),
)


async def test_items_are_set_in_one_call_with_columns_found_by_type(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    monday_answers(router, ["board_layout", "fit_items"])

    await monday_board(http).fit_items(BOARD, FITS, key="d-4")


async def test_named_columns_go_before_those_found(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = monday_answers(router, ["board_layout", "batch_partly_refused"])
    board = monday_board(http, people_column="person2", done_label="Erledigt")

    with pytest.raises(Refused):
        await board.fit_items(BOARD, FITS, key="d-4")

    values = json.loads(vendor.bodies[1]["variables"]["values0"])
    assert set(values) == {"person2", "date4", "status"}
    assert values["status"] == {"label": "Erledigt"}


async def test_sixty_items_are_set_in_three_calls_with_keys_of_their_own(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    def done(count: int) -> Golden:
        return Golden(None, 200, {}, {"data": {f"a{n}": {"id": str(n)} for n in range(count)}})

    vendor = MondayVendor([golden("monday", "board_layout"), done(25), done(25), done(10)])
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
