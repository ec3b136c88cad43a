"""A live date on a public holiday: taken, warned of wherever it is shown, with another Monday."""

from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.db.models import Delivery
from tests.api.conftest import Service
from tests.api.console_visits import sign_in, visiting
from tests.builders import BOOTSTRAP, Sessions, signed_document, stored_plan

QUEENSLAND: dict[str, Any] = {"client__country": "AU", "client__region": "QLD"}
LABOUR_DAY = {
    "code": "live_date_holiday",
    "detail": "Monday 3 May 2027 is a public holiday in AU-QLD: Labour Day. "
    "The next Monday that is none is Monday 10 May 2027.",
    "next_working_monday": "2027-05-10",
}


async def test_a_live_date_on_a_holiday_is_taken_and_warned_of(
    service: Service, client: httpx.AsyncClient
) -> None:
    # when
    document = signed_document(**QUEENSLAND, agreement__live_on="2027-05-03")
    made = await client.post("/v1/plans", json=document)

    # then
    assert (made.status_code, made.json()["state"]) == (201, "scheduled")
    assert made.json()["warnings"] == [LABOUR_DAY]
    assert (await client.get(f"/v1/plans/{made.json()['id']}")).json()["warnings"] == [LABOUR_DAY]
    (listed,) = (await client.get("/v1/plans")).json()["items"]
    assert listed["warnings"] == [LABOUR_DAY]


async def test_a_dry_run_warns_of_the_date_that_is_asked_about(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    plan = await stored_plan(service.sessions, **QUEENSLAND)
    address = f"/v1/plans/{plan.id}/live-date"

    # when
    tried = (await client.post(address, json={"live_on": "2027-05-03", "dry_run": True})).json()
    moved = (await client.post(address, json={"live_on": "2027-05-03"})).json()
    away = (await client.post(address, json={"live_on": "2027-05-10"})).json()

    # then the warning is of the date asked for, the plan's are of the date it has
    assert (tried["warnings"], tried["plan"]["warnings"]) == ([LABOUR_DAY], [])
    assert (moved["warnings"], moved["plan"]["warnings"]) == ([LABOUR_DAY], [LABOUR_DAY])
    assert (away["warnings"], away["plan"]["warnings"]) == ([], [])


async def test_support_is_told_in_the_chat_when_it_begins_and_when_it_moves(
    service: Service, client: httpx.AsyncClient
) -> None:
    # when
    document = signed_document(**QUEENSLAND, agreement__live_on="2027-05-03")
    plan_id = (await client.post("/v1/plans", json=document)).json()["id"]
    await client.post(f"/v1/plans/{plan_id}/live-date", json={"live_on": "2027-10-04"})
    await client.post(f"/v1/plans/{plan_id}/live-date", json={"live_on": "2027-10-11"})

    # then
    async with service.sessions() as session:
        chats = select(Delivery.payload["text"].astext).where(Delivery.kind == "chat.post")
        texts = list(await session.scalars(chats.order_by(Delivery.id)))
    begun = next(text for text in texts if "Upgrade signed" in text)
    moved = [text for text in texts if "*Moved:" in text]
    assert "is a public holiday in AU-QLD: Labour Day." in begun
    assert "in AU-QLD: King's Birthday." in moved[0]
    assert "public holiday" not in moved[-1]


async def test_once_it_is_over_there_is_nothing_to_warn_of(
    service: Service, client: httpx.AsyncClient
) -> None:
    document = signed_document(**QUEENSLAND, agreement__live_on="2027-05-03")
    plan_id = (await client.post("/v1/plans", json=document)).json()["id"]

    cancelled = await client.post(f"/v1/plans/{plan_id}/cancel", json={"reason": "Not now."})

    assert cancelled.json()["warnings"] == []


@pytest.mark.parametrize(
    ("country", "region", "day", "codes"),
    [
        ("GB", "SCT", "2027-08-02", ["live_date_holiday"]),
        ("GB", "SCT", "2027-08-30", []),
        ("GB", "ENG", "2027-08-30", ["live_date_holiday"]),
        ("Australia", "Queensland", "2027-05-03", ["live_date_holiday"]),
        ("XX", None, "2027-05-03", ["holidays_unknown"]),
        ("AU", "Mars", "2027-05-03", ["holidays_unknown"]),
        ("AU", "Mars", "2028-12-25", ["live_date_holiday", "holidays_unknown"]),
        (None, "QLD", "2027-05-03", []),
        (None, None, "2027-05-03", []),
    ],
)
async def test_an_event_makes_its_plan_whatever_it_says_of_the_place(
    service: Service,
    client: httpx.AsyncClient,
    country: str | None,
    region: str | None,
    day: str,
    codes: list[str],
) -> None:
    plan = await stored_plan(
        service.sessions,
        agreement__live_on=day,
        client__country=country,
        client__region=region,
    )

    seen: dict[str, Any] = (await client.get(f"/v1/plans/{plan.id}")).json()

    assert seen["state"] == "scheduled"
    assert [each["code"] for each in seen["warnings"]] == codes


async def test_the_plans_page_shows_the_warning_and_runs_nothing_of_it(sessions: Sessions) -> None:
    # given a live date on a holiday, in a region that is written to do harm
    plan = await stored_plan(
        sessions,
        agreement__live_on="2028-12-25",
        client__country="AU",
        client__region="<b>Mars</b>",
    )

    # when
    async with visiting(sessions) as browser:
        await sign_in(browser, BOOTSTRAP)
        page = await browser.get(f"/console/plans/{plan.id}")

    # then
    assert "<b>Mars" not in page.text
    text = unescape(page.text)
    assert "Monday 25 December 2028 is a public holiday in AU: Christmas Day." in text
    assert "The next Monday that is none is Monday 8 January 2029." in text
    assert "No public holidays are known for the region '<b>Mars</b>' of AU" in text
