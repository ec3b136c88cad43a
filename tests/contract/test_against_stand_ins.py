"""The adapters and the stand-in vendors, written apart from one another, understand each other."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from app.adapters.google_chat.room import GoogleChat
from app.adapters.helpscout.mail import HelpScoutMail
from app.adapters.http import VendorHttp
from app.adapters.monday.board import MondayBoard
from app.ports.board import ItemFit
from app.ports.errors import Refused, Unauthorized
from app.ports.mail import ClientMessage, MailState
from app.sandbox.vendors.app import StandIns, make_app
from app.sandbox.vendors.settings import SandboxSettings
from tests.wired_vendors import make_board

SETTINGS = SandboxSettings(board_fill_s=0.0)
BASE = "http://sandbox.example"
NAME = "Upgrade · Harbour Dental · UPG-01JD"
MESSAGE = ClientMessage(
    to_email="jo@harbourdental.example",
    to_name="Jo Reed",
    cc=("marketing@agency.example",),
    subject="Upgrade Complete",
    text="Hello Jo",
    html="<p>Hello Jo</p>",
    marker="UPG-01JD-complete",
    assignee_ref="234",
)


@pytest.fixture
def vendors() -> StandIns:
    return make_app(SETTINGS)


@pytest.fixture
async def way_out(vendors: StandIns) -> AsyncIterator[VendorHttp]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(vendors)) as client:
        yield VendorHttp(client)


@pytest.fixture
def board(way_out: VendorHttp) -> MondayBoard:
    return MondayBoard(
        way_out,
        url=f"{BASE}/monday/v2",
        token=SETTINGS.monday_token,
        template_board_id=SETTINGS.template_board_id,
    )


@pytest.fixture
def mail(way_out: VendorHttp) -> HelpScoutMail:
    return HelpScoutMail(
        way_out,
        url=f"{BASE}/helpscout/v2",
        app_id=SETTINGS.helpscout_app_id,
        app_secret=SETTINGS.helpscout_app_secret,
        mailbox_id=str(SETTINGS.helpscout_mailbox_id),
    )


@pytest.fixture
def chat(way_out: VendorHttp) -> GoogleChat:
    query = f"key={SETTINGS.chat_key}&token={SETTINGS.chat_token}"
    return GoogleChat(
        way_out,
        rooms={"support": f"{BASE}/google-chat/v1/spaces/SUPPORT/messages?{query}"},
    )


async def test_a_board_is_made_once_fitted_and_read_back(board: MondayBoard) -> None:
    made = await board.create(NAME, key="delivery-1")
    again = await board.create(NAME, key="delivery-1")
    found = await board.find("UPG-01JD")
    assert made == again == found

    snapshot = await board.snapshot(made.ref)
    item = snapshot.items[0]
    person = await board.person_ref("sue@agency.example")
    fit = ItemFit(item.ref, assignee_ref=person, due_on=date(2026, 12, 4), done=True)
    await board.fit_items(made.ref, [fit], key="delivery-2")
    added = await board.add_item(made.ref, "Brand New", "One more thing", key="delivery-3")

    fitted = await board.snapshot(made.ref)
    assert [one.ref for one in fitted.items if one.done] == [item.ref]
    await board.fit_items(made.ref, [replace(fit, done=False)], key="delivery-4")
    opened = await board.snapshot(made.ref)
    assert not any(one.done for one in opened.items)
    assert await board.find_item(made.ref, "Brand New", "One more thing") == added


async def test_a_board_that_an_automation_made_is_found_and_read(
    board: MondayBoard, vendors: StandIns
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(vendors)) as zap:
        made = await make_board(zap, "Harbour Dental (PROP-104)")
        bare = await make_board(zap, "Bay Physio (PROP-1042)", from_template=False)

    (found,) = await board.named("PROP-104")
    (other,) = await board.named("PROP-1042")

    assert (found.ref, other.ref) == (made, bare)
    assert (await board.snapshot(found.ref)).whole
    assert not (await board.snapshot(other.ref)).whole
    # It is no copy of ours: an attempt of ours to make one does not take it for its own.
    assert await board.find("PROP-104") is None


async def test_a_group_is_archived_and_stays_so(board: MondayBoard) -> None:
    made = await board.create(NAME, key="delivery-1")

    await board.archive_group(made.ref, "Google Business", key="delivery-2")
    await board.archive_group(made.ref, "Google Business", key="delivery-2")

    assert await board.find_item(made.ref, "Google Business", "Claim the profile") is None


async def test_a_renamed_board_is_still_found_by_its_marker(board: MondayBoard) -> None:
    made = await board.create(NAME, key="delivery-1")

    await board.rename(made.ref, "Upgrade · Harbour Dental · 14 Dec · UPG-01JD", key="delivery-2")

    assert await board.find("UPG-01JD") == made


async def test_the_last_group_of_a_board_is_kept(board: MondayBoard) -> None:
    made = await board.create(NAME, key="delivery-1")
    snapshot = await board.snapshot(made.ref)

    for title in snapshot.groups[:-1]:
        await board.archive_group(made.ref, title, key="delivery-2")
    with pytest.raises(Refused) as caught:
        await board.archive_group(made.ref, snapshot.groups[-1], key="delivery-2")

    assert caught.value.code == "DeleteLastGroupException"


async def test_a_board_without_its_person_or_plan_says_so(board: MondayBoard) -> None:
    assert await board.person_ref("nobody@agency.example") is None
    assert await board.find("UPG-NONE") is None
    assert (await board.probe()).startswith("monday.com answers: signed in as ")


async def test_an_email_is_drafted_scheduled_taken_back_and_found(mail: HelpScoutMail) -> None:
    at = datetime.now(UTC) + timedelta(days=1)
    ref = await mail.draft(MESSAGE)
    assert await mail.state(ref) is MailState.DRAFT

    await mail.schedule(ref, at)
    await mail.schedule(ref, at + timedelta(hours=1))
    assert await mail.state(ref) is MailState.SCHEDULED
    await mail.unschedule(ref)
    await mail.unschedule(ref)
    assert await mail.state(ref) is MailState.DRAFT

    found = await mail.find(MESSAGE.marker)
    assert found is not None
    assert (found.conversation_ref, found.thread_ref) == (ref.conversation_ref, ref.thread_ref)
    assert await mail.find("UPG-NONE") is None
    assert (await mail.probe()).startswith("Help Scout answers")


async def test_an_email_that_was_sent_cannot_be_taken_back(
    mail: HelpScoutMail, vendors: StandIns
) -> None:
    ref = await mail.draft(MESSAGE)
    at = datetime.now(UTC) + timedelta(days=1)
    await mail.schedule(ref, at)
    vendors.stage.clock.observe((at + timedelta(minutes=1)).isoformat())
    vendors.look()

    assert await mail.state(ref) is MailState.PUBLISHED
    with pytest.raises(Refused) as caught:
        await mail.unschedule(ref)

    assert caught.value.code == "already_published"


async def test_an_email_that_the_vendor_refuses_names_the_field(mail: HelpScoutMail) -> None:
    with pytest.raises(Refused) as caught:
        await mail.draft(replace(MESSAGE, to_email="nobody"))

    assert "email" in caught.value.detail


async def test_a_message_is_posted_once_for_its_key(chat: GoogleChat) -> None:
    first = await chat.post("support", "Signed.", thread="UPG-01JD", key="delivery-1")
    again = await chat.post("support", "Signed.", thread="UPG-01JD", key="delivery-1")
    other = await chat.post("support", "Signed.", thread="UPG-01JD", key="delivery-2")

    assert first == again
    assert first != other


async def test_wrong_credentials_are_told_by_every_vendor(way_out: VendorHttp) -> None:
    board = MondayBoard(
        way_out, url=f"{BASE}/monday/v2", token="wrong-token", template_board_id="1"
    )
    mail = HelpScoutMail(
        way_out, url=f"{BASE}/helpscout/v2", app_id="app", app_secret="wrong", mailbox_id="85"
    )
    address = f"{BASE}/google-chat/v1/spaces/SUPPORT/messages?key=wrong&token=wrong"
    chat = GoogleChat(way_out, rooms={"support": address})

    with pytest.raises(Unauthorized):
        await board.probe()
    with pytest.raises(Unauthorized):
        await mail.probe()
    with pytest.raises(Unauthorized):
        await chat.post("support", "Signed.", thread="UPG-01JD", key="delivery-1")
