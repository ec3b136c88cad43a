"""The notice on the console's first page of events that were not understood."""

from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest

from app.db.models import InboundEvent
from tests.api.console_visits import sign_in, visiting
from tests.builders import SIGNED_AT, Sessions, stored_key


async def kept(sessions: Sessions, minutes: int, **changes: str | None) -> UUID:
    """An event that waits to be replayed."""
    event = InboundEvent(
        id=uuid4(),
        source="agreement",
        event_id=str(uuid4()),
        status="quarantined",
        reason="package_unknown: There is no such package.",
        agreement_ref="PROP-1042",
        document={},
        received_at=SIGNED_AT + timedelta(minutes=minutes),
    )
    for name, value in changes.items():
        setattr(event, name, value)
    async with sessions() as session, session.begin():
        session.add(event)
        await session.flush()
        return event.id


async def first_page(sessions: Sessions, role: str) -> str:
    key = await stored_key(sessions, role)
    async with visiting(sessions) as browser:
        await sign_in(browser, key)
        return (await browser.get("/console")).text


@pytest.mark.parametrize("role", ["support", "manager", "read_only"])
async def test_an_event_that_was_not_understood_is_told_of(sessions: Sessions, role: str) -> None:
    # given
    event_id = await kept(sessions, 0)

    # when
    page = await first_page(sessions, role)

    # then
    for words in (
        "1 event was not understood",
        "It came from <strong>agreement</strong> about agreement <strong>PROP-1042</strong>",
        "package_unknown: There is no such package.",
        f"POST /v1/inbound-events/{event_id}/replay",
        f"changeover replay {event_id}",
    ):
        assert words in page, words


async def test_of_several_the_newest_is_named_and_the_rest_are_counted(sessions: Sessions) -> None:
    # given
    await kept(sessions, 0)
    newest = await kept(sessions, 5, agreement_ref=None, reason=None)
    await kept(sessions, 9, status="processed")

    # when
    page = await first_page(sessions, "support")

    # then
    assert "2 events were not understood" in page
    assert "No reason was kept." in page
    assert "about agreement" not in page
    assert f"changeover replay {newest}" in page
    assert "GET /v1/inbound-events?status=quarantined" in page


async def test_what_the_sender_wrote_is_shown_and_not_believed(sessions: Sessions) -> None:
    # given
    hostile = "<script>alert(1)</script>"
    await kept(sessions, 0, reason=hostile, agreement_ref=hostile)

    # when
    page = await first_page(sessions, "read_only")

    # then
    assert hostile not in page
    assert unescape(page).count(hostile) == 2


async def test_where_all_was_understood_nothing_is_said(sessions: Sessions) -> None:
    # given
    await kept(sessions, 0, status="ignored")

    # when
    page = await first_page(sessions, "support")

    # then
    assert "understood" not in page
