"""Previews: everything that an agreement would make, shown by the code that makes it, and gone."""

from datetime import UTC, datetime

import httpx
import pytest

from app.domain.delivery import System
from tests.api.conftest import Service
from tests.api.previewing import previewed
from tests.builders import (
    THURSDAYS,
    VENDORS,
    FixedClock,
    Sessions,
    calling,
    make_service,
    office,
    signed_document,
    stored_staff,
)
from tests.contents import contents


async def test_a_preview_shows_the_dates_the_people_and_the_board(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_staff(service.sessions)

    # when
    seen = await previewed(client)

    # then
    assert (seen["created"], seen["plan"]["state"], seen["plan"]["flags"]) == (
        True,
        "scheduled",
        [],
    )
    assert seen["dates"] == {
        "timezone": "Australia/Brisbane",
        "organisation_timezone": "Australia/Brisbane",
        "live_on": "2026-12-07",
        "live_at": {
            "at": "2026-12-06T14:00:00Z",
            "client": "2026-12-07T00:00:00+10:00",
            "organisation": "2026-12-07T00:00:00+10:00",
        },
        "window_opens_at": {
            "at": "2026-11-30T14:00:00Z",
            "client": "2026-12-01T00:00:00+10:00",
            "organisation": "2026-12-01T00:00:00+10:00",
        },
    }
    assert seen["plan"]["staff"]["support"]["name"] == "Sue Support"
    board = seen["board"]
    assert board["name"].startswith("Harbour Dental: Sprint to Scale, live 2026-12-07 · UPG-")
    assert board["removed_groups"] == ["Google Business"]
    groups = {group["title"]: group["items"] for group in board["groups"]}
    assert list(groups) == ["SMS", "Email Marketing", "Handover", "Billing"]
    assert groups["SMS"][0] == {
        "title": "Register the SMS sender number",
        "assignee": "Sue Support",
        "due_on": "2026-11-24",
    }
    assert sum(len(items) for items in groups.values()) == len(seen["plan"]["tasks"])
    assert "complete_email_open" in [each["code"] for each in seen["plan"]["readiness"]["blocking"]]
    assert {entry["kind"] for entry in seen["timeline"]} == {"future"}
    assert "The new services go live" in [entry["what"] for entry in seen["timeline"]]


async def test_a_preview_renders_every_email_and_message_with_its_hour(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_staff(service.sessions)

    # when
    seen = await previewed(client)

    # then
    begun, complete = seen["emails"]
    assert (begun["kind"], begun["at"], begun["by_hand"]) == (
        "email.begun",
        "2026-11-20T03:15:00Z",
        False,
    )
    assert "Monday 7 December 2026" in begun["text"]
    assert begun["html"].startswith("<")
    assert complete["to"] == "owner@harbourdental.example"
    assert complete["cc"] == ["marketing@agency.example"]
    assert complete["at"] is None
    assert complete["note"] == (
        "By Support, once nothing is in its way (16 things are now), and before "
        "Monday 7 December 2026 begins."
    )
    assert "Your new price: 395.00 AUD a week" in complete["text"]
    said = [(each["occasion"], each["room"], each["at"]) for each in seen["messages"]]
    assert said == [
        ("begun", "support", "2026-11-20T03:13:00Z"),
        ("tasks_overdue", "support", "2026-11-24T23:00:00Z"),
        ("overdue_escalated", "lead", "2026-11-26T23:00:00Z"),
        ("window_opened", "support", "2026-11-30T14:00:00Z"),
        ("acknowledgement_due", "marketing", "2026-12-03T23:00:00Z"),
        ("acknowledgement_overdue", "lead", "2026-12-04T05:00:00Z"),
        ("live", "marketing", "2026-12-06T14:00:00Z"),
        ("live", "support", "2026-12-06T14:00:00Z"),
        ("missed", "support", "2026-12-06T14:00:00Z"),
        ("missed", "lead", "2026-12-06T14:00:00Z"),
    ]
    texts = {each["occasion"]: each["text"] for each in seen["messages"]}
    assert "*Upgrade signed: Harbour Dental*" in texts["begun"]
    assert "Register the SMS sender number, due Tuesday 24 November" in texts["tasks_overdue"]
    assert texts["missed"].startswith("Lea Lead: *Not live")
    only_if = {each["occasion"]: each["only_if"] for each in seen["messages"]}
    assert only_if["begun"] is only_if["window_opened"] is None
    assert only_if["live"] == "Nothing blocks it any more by then."


async def test_a_preview_reckons_the_cut_over_and_three_bills(client: httpx.AsyncClient) -> None:
    # when
    beside = {"service": "seo", "billing_period": "month", "anchor": "1"}
    seen = await previewed(client, client__services=[THURSDAYS, beside])

    # then
    cut_over = {each["service"]: each for each in seen["cut_over"]}
    sms = cut_over["sms"]
    assert sms["told"] is True
    assert sms["billing"] == {
        "price": {"amount": "49.00", "currency": "AUD"},
        "billing_period": "week",
        "anchor": "thursday",
        "paid_through": "2026-12-09",
    }
    assert sms["safe"] == [
        {"from": "2026-12-01", "to": "2026-12-03"},
        {"from": "2026-12-04", "to": "2026-12-07"},
    ]
    assert (sms["side"], sms["switched"], sms["assumed"]) == ("credit", False, [])
    assert sms["left_over"][0]["money"] == {"amount": "21.00", "currency": "AUD"}
    assert cut_over["website_care"]["told"] is False
    assert cut_over["website_care"]["assumed"][0].startswith("Nobody told how it is billed")
    assert [each["service"] for each in seen["stays"]] == ["seo"]
    bills = seen["bills"]
    assert bills["last_old"]["total"] == {"amount": "196.00", "currency": "AUD"}
    assert bills["change_over"]["total"] == {"amount": "-21.00", "currency": "AUD"}
    (credit,) = bills["change_over"]["rows"]
    assert (credit["kind"], credit["days"], credit["of_days"]) == ("credit", 3, 7)
    assert (credit["from"], credit["to"]) == ("2026-12-07", "2026-12-10")
    assert bills["first_new"]["total"] == {"amount": "395.00", "currency": "AUD"}
    assert bills["first_new"]["sentence"] == (
        "Scale from Monday 7 December 2026 on, every week: 395.00 AUD."
    )
    # and: the plan's own adjustments say the same
    planned = [
        (each["service"], each["money"], each["reckoning"]["sentence"])
        for each in seen["plan"]["adjustments"]
        if each["kind"] in ("credit", "charge")
    ]
    assert planned == [("sms", credit["money"], credit["sentence"].removesuffix("."))]


async def test_a_price_that_nobody_knows_stays_open(client: httpx.AsyncClient) -> None:
    # when
    monthly = {"service": "sms", "billing_period": "month", "anchor": "1"}
    seen = await previewed(client, client__services=[monthly])

    # then
    bills = seen["bills"]
    assert bills["last_old"]["total"] is bills["change_over"]["total"] is None
    assert "SMS" in bills["last_old"]["sentence"]
    assert bills["first_new"]["total"] == {"amount": "395.00", "currency": "AUD"}


async def test_nothing_of_a_preview_remains(service: Service, client: httpx.AsyncClient) -> None:
    # given: two in Support, of whom one is next
    await stored_staff(service.sessions)
    ann = {"name": "Ann Able", "email": "ann@agency.example", "role": "support"}
    await client.post("/v1/staff", json=ann)
    before = await contents(service.sessions)

    # when
    named = [
        (await previewed(client))["plan"]["staff"]["support"]["name"],
        (await previewed(client, agreement__live_on=None))["plan"]["staff"]["support"]["name"],
    ]

    # then
    assert await contents(service.sessions) == before
    made = (await client.post("/v1/plans", json=signed_document())).json()
    assert named == [made["staff"]["support"]["name"]] * 2


async def test_without_a_live_date_sales_is_asked_and_nothing_else_happens(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_staff(service.sessions)

    # when
    seen = await previewed(client, agreement__live_on=None)

    # then
    assert seen["plan"]["state"] == "awaiting_live_date"
    assert seen["dates"]["live_at"] is None
    assert (seen["board"], seen["emails"], seen["cut_over"], seen["bills"]) == (None, [], [], None)
    question = seen["messages"][0]
    assert (question["occasion"], question["room"]) == ("live_date_needed", "sales")
    assert question["text"].startswith("Sam Sales: *Live date needed: Harbour Dental*")


async def test_a_window_that_is_open_already_is_shown_as_short_notice(
    client: httpx.AsyncClient,
) -> None:
    # when: signed on Friday for the Monday after
    seen = await previewed(client, agreement__live_on="2026-11-23")

    # then
    assert (seen["plan"]["state"], seen["plan"]["flags"][0]) == ("in_window", "compressed")
    assert "compressed" in [each["occasion"] for each in seen["messages"]]
    assert "window_opened" not in [each["occasion"] for each in seen["messages"]]
    safe = [each["safe"] for each in seen["cut_over"]]
    assert safe == [[{"from": "2026-11-20", "to": "2026-11-23"}]] * 4


async def test_what_is_not_connected_is_shown_as_the_tasks_it_becomes(
    sessions: Sessions,
) -> None:
    # given
    await stored_staff(sessions)
    app = make_service(sessions, FixedClock(), at=office(connected=VENDORS - {System.CHAT}))
    bare = make_service(sessions, FixedClock(), at=office(connected=frozenset()))

    # when
    async with calling(app) as caller:
        half = await previewed(caller)
    async with calling(bare) as caller:
        none = await previewed(caller)

    # then
    assert {each["by_hand"] for each in half["messages"]} == {True}
    assert {each["by_hand"] for each in half["emails"]} == {False}
    assert "Tell support: begun" in [task["title"] for task in half["plan"]["tasks"]]
    begun, complete = none["emails"]
    assert begun["by_hand"] is complete["by_hand"] is True
    assert (begun["at"], begun["note"]) == (
        None,
        "At once, by a person: no helpdesk is connected.",
    )
    assert begun["html"].startswith("<")
    assert none["board"]["state"] == "by_hand"
    effects = [task["title"] for task in none["plan"]["tasks"] if task["kind"] == "effect"]
    assert effects == [
        "Tell support: begun",
        "Send the Upgrade Begun e-mail",
        "Make the upgrade board",
    ]
    by_hand = next(g for g in none["board"]["groups"] if g["title"] == "By hand")
    assert [item["title"] for item in by_hand["items"]] == effects


@pytest.mark.parametrize(
    ("zone", "signed", "live_on", "opens", "live"),
    [
        # Friday 23:30 in Sydney, on summer time, is Friday noon in Greenwich.
        (
            "Australia/Sydney",
            "2026-11-20T12:30:00Z",
            "2026-12-07",
            "2026-12-01T00:00:00+11:00",
            "2026-12-07T00:00:00+11:00",
        ),
        # Cairo's clock jumps over midnight on Friday 24 April, in the middle of the window.
        (
            "Africa/Cairo",
            "2026-04-10T09:00:00Z",
            "2026-04-27",
            "2026-04-21T00:00:00+02:00",
            "2026-04-27T00:00:00+03:00",
        ),
        # In Sydney the hour goes back on Sunday 5 April, the eve of the live date.
        (
            "Australia/Sydney",
            "2026-03-20T12:30:00Z",
            "2026-04-06",
            "2026-03-31T00:00:00+11:00",
            "2026-04-06T00:00:00+10:00",
        ),
    ],
)
async def test_dates_are_told_on_the_clients_clock_and_on_ours(
    service: Service,
    client: httpx.AsyncClient,
    zone: str,
    signed: str,
    live_on: str,
    opens: str,
    live: str,
) -> None:
    # given
    at = datetime.fromisoformat(signed).astimezone(UTC)
    service.clock.at = at

    # when
    seen = await previewed(
        client,
        client__timezone=zone,
        agreement__live_on=live_on,
        agreement__signed_at=signed,
        occurred_at=signed,
    )

    # then
    dates = seen["dates"]
    assert (dates["window_opens_at"]["client"], dates["live_at"]["client"]) == (opens, live)
    here = datetime.fromisoformat(dates["live_at"]["organisation"])
    assert here == datetime.fromisoformat(live)
    assert here.utcoffset() != datetime.fromisoformat(live).utcoffset() or zone.endswith("Sydney")


async def test_a_live_date_on_a_holiday_is_warned_of(client: httpx.AsyncClient) -> None:
    # when: Boxing Day is a Saturday, so it is kept on Monday 28 December
    seen = await previewed(client, agreement__live_on="2026-12-28", client__country="NZ")

    # then
    (warning,) = seen["plan"]["warnings"]
    assert (warning["code"], warning["next_working_monday"]) == ("live_date_holiday", "2027-01-11")
