"""A plan's page and the list of plans: what they say, and what they never do."""

from datetime import UTC, datetime
from html import unescape
from itertools import pairwise

import pytest
from sqlalchemy import update

from app.console import tickets
from app.console.admission import COOKIE
from app.db.models import Plan, Task
from tests.api.console_visits import SECRET, sign_in, visiting
from tests.builders import BOOTSTRAP, FixedClock, Sessions, stored_plan, stored_staff
from tests.unit.web.toy_app import absent_database


async def test_a_plan_is_shown_whole_in_the_clients_zone(sessions: Sessions) -> None:
    # given
    await stored_staff(sessions)
    plan = await stored_plan(
        sessions,
        client__services=[
            {
                "service": "sms",
                "price": {"amount": "49.00", "currency": "AUD"},
                "billing_period": "week",
                "anchor": "thursday",
                "paid_through": "2026-12-09",
            }
        ],
    )

    # when
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        page = await browser.get(f"/console/plans/{plan.id}")

    # then
    text = unescape(page.text)
    for words in (
        "Harbour Dental",
        "Monday 7 December 2026",
        "in 17 days",
        "at 00:00, Brisbane time",
        "The window opens in 11 days, on Tuesday 1 December 2026.",
        "7 tasks are open",
        "10 changes in billing are not confirmed",
        "The Upgrade Complete e-mail has not been sent",
        "Register the SMS sender number",
        "Sue Support",
        "Mia Marketing",
        "Old services that end",
        "3 of 7 days (7 to 9 December 2026) of SMS at 49.00 AUD a week were paid but are not "
        "used: credit 21.00 AUD.",
        "The Upgrade Begun e-mail",
        "Agreement PROP-1042 was signed",
        "The new services go live",
        "Australia/Brisbane, now UTC+10:00",
    ):
        assert words in text, words
    assert page.headers["cache-control"] == "no-store"
    assert "script" not in page.headers["content-security-policy"]


async def test_the_strip_says_where_in_its_window_a_plan_is(sessions: Sessions) -> None:
    # given
    plan = await stored_plan(sessions)
    thursday = FixedClock(datetime(2026, 12, 3, 3, tzinfo=UTC))

    # when
    async with visiting(sessions, clock=thursday) as browser:
        await sign_in(browser, BOOTSTRAP)
        page = await browser.get(f"/console/plans/{plan.id}")

    # then
    strip = page.text.partition('<ol class="week"')[2].partition("</ol>")[0]
    places = [part.partition('"')[0] for part in strip.split('<li class="')[1:]]
    assert places == ["past", "past", "today", "ahead", "ahead", "ahead", "ahead monday"]
    assert "Today is day 3 of 6 of the window." in page.text


async def test_a_plan_without_a_live_date_says_so(sessions: Sessions) -> None:
    # given
    plan = await stored_plan(sessions, agreement__live_on=None)

    # when
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        page = await browser.get(f"/console/plans/{plan.id}")

    # then
    assert page.status_code == 200
    assert "No live date yet" in page.text
    assert "The agreement names no live date." in page.text
    assert "There is nothing to acknowledge while the plan awaits its live date." in page.text


async def test_what_others_wrote_is_shown_and_never_run(sessions: Sessions) -> None:
    # given
    evil = "<script>alert(1)</script>"
    plan = await stored_plan(
        sessions, client__name=evil, agreement__title='"><img src=x onerror=alert(2)>'
    )
    async with sessions() as session, session.begin():
        await session.execute(
            update(Plan).values(board_url="javascript:alert(3)", board_state="ready", notes=evil)
        )
        await session.execute(update(Task).values(reason=evil, instructions=evil))

    # when
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        page = await browser.get(f"/console/plans/{plan.id}")
        listed = await browser.get("/console")

    # then
    for answer in (page, listed):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
        assert "<script" not in answer.text
        assert "<img src=x" not in answer.text
        assert "javascript:" not in answer.text


async def test_nothing_on_a_page_needs_a_script_a_style_or_another_host(
    sessions: Sessions,
) -> None:
    # given
    plan = await stored_plan(sessions)

    # when
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        page = await browser.get(f"/console/plans/{plan.id}")
        style = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
        sheet = await browser.get(style)
        other_version = await browser.get("/console/static/0/console.css")

    # then
    assert "style=" not in page.text
    assert 'src="http' not in page.text
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert sheet.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "url(" not in sheet.text
    assert other_version.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/console/plans/019a0000-0000-7000-8000-000000000000",
        "/console/plans/019A0000-0000-7000-8000-000000000000",
        "/console/plans/nothing",
        "/console/nowhere/at/all",
    ],
)
async def test_what_is_not_there_is_a_page_that_says_so(sessions: Sessions, path: str) -> None:
    # when
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        page = await browser.get(path)

    # then
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "There is nothing here" in page.text


async def test_a_database_that_is_away_is_a_page_as_well() -> None:
    # given
    signing, now = tickets.signing_key(SECRET), datetime.now(UTC)

    # when
    async with visiting(absent_database()) as browser:
        browser.cookies.set(COOKIE, tickets.issue(signing, "bootstrap:x", now=now))
        page = await browser.get("/console")

    # then
    assert page.status_code == 503
    assert page.headers["retry-after"] == "1"
    assert "Not available for a moment" in page.text


async def test_the_list_holds_all_plans_newest_first_and_continues(sessions: Sessions) -> None:
    # given
    for number in range(42):
        await stored_plan(
            sessions,
            agreement__ref=f"PROP-{number}",
            client__ref=f"C-{number}",
            client__name=f"Client {number:02}",
            client__email=f"c{number}@client.example",
        )

    # when
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        first = await browser.get("/console")
        older = first.text.partition('href="/console?cursor=')[2].partition('"')[0]
        second = await browser.get(f"/console?cursor={unescape(older)}")
        broken = await browser.get("/console?cursor=nonsense")

    # then
    places = [first.text.find(f"Client {number:02}") for number in range(41, 1, -1)]
    assert all(0 < one < next_one for one, next_one in pairwise(places))
    assert "Client 01" in second.text
    assert "Client 02" not in second.text
    assert broken.status_code == 422
    assert broken.headers["content-type"].startswith("text/html")
