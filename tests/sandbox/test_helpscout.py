"""Drafts, schedules, mails and searches of Help Scout's stand-in."""

import asyncio
from typing import Any

import pytest

FUTURE = "2026-11-20T03:10:00Z"


def schedule_of(conversation_id: str, thread_id: int) -> str:
    return f"/conversations/{conversation_id}/threads/{thread_id}/schedule"


def plan(at: str) -> dict[str, Any]:
    return {"scheduledFor": at, "unscheduleOnCustomerReply": False}


def state_of(vendors: Any, conversation_id: str) -> Any:
    answer = vendors.helpscout("GET", f"/conversations/{conversation_id}/threads").json()
    thread = answer["_embedded"]["threads"][0]
    return thread["state"], thread.get("scheduled", {}).get("scheduledFor")


@pytest.mark.parametrize("media", ["json", "data"])
def test_a_token_is_given_for_the_right_secret_only(vendors: Any, media: str) -> None:
    given = {"grant_type": "client_credentials", "client_id": "sandbox-app"}
    path = "/helpscout/v2/oauth2/token"

    right = vendors.client.post(path, **{media: given | {"client_secret": "sandbox-secret"}})
    wrong = vendors.client.post(path, **{media: given | {"client_secret": "guessed"}})

    assert right.json()["token_type"] == "bearer"
    assert right.json()["expires_in"] == 172800
    assert wrong.status_code == 401


def test_a_token_lives_for_48_hours_of_real_time(vendors: Any) -> None:
    fresh = vendors.helpscout("GET", "/users/me")
    vendors.real.advance(hours=48)
    old = vendors.helpscout("GET", "/users/me")
    none = vendors.client.get("/helpscout/v2/users/me")

    assert (fresh.status_code, old.status_code, none.status_code) == (200, 401, 401)


def test_a_draft_is_answered_with_its_addresses_and_mails_nobody(vendors: Any) -> None:
    conversation_id, _ = vendors.drafted()

    answer = vendors.helpscout("GET", f"/conversations/{conversation_id}")

    assert answer.json()["state"] == "draft"
    assert vendors.effects() == ["conversations.create"]


def test_a_created_conversation_has_an_empty_body_and_three_headers(vendors: Any) -> None:
    body = {
        "subject": "Hello",
        "type": "email",
        "mailboxId": 85,
        "status": "active",
        "customer": {"email": "owner@harbourdental.example"},
        "threads": [{"type": "note", "text": "Only for us."}],
    }

    answer = vendors.helpscout("POST", "/conversations", json=body)

    assert answer.status_code == 201
    assert answer.content == b""
    number = answer.headers["Resource-ID"]
    assert answer.headers["Location"] == f"http://testserver/helpscout/v2/conversations/{number}"
    assert answer.headers["Web-Location"] == f"http://testserver/#conversation-{number}"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": 5}, "subject"),
        ({"type": "letter"}, "type"),
        ({"status": None}, "status"),
        ({"mailboxId": "85"}, "mailboxId"),
        ({"mailboxId": 86}, "mailboxId"),
        ({"customer": None}, "customer"),
        ({"customer": {"email": "nobody"}}, "customer.email"),
        ({"customer": {"id": 12}}, "customer.id"),
        ({"threads": []}, "threads"),
        ({"thread": {"type": "letter"}}, "threads[0].type"),
        ({"thread": {"text": " "}}, "threads[0].text"),
        ({"thread": {"customer": None}}, "threads[0].customer"),
        ({"thread": {"cc": "marketing@agency.example"}}, "threads[0].cc"),
        ({"thread": {"cc": ["marketing"]}}, "threads[0].cc[0]"),
        ({"thread": {"draft": "yes"}}, "threads[0].draft"),
        ({"tags": "upg-1"}, "tags"),
        ({"createdAt": "2026-01-01T00:00:00Z"}, "createdAt"),
    ],
)
def test_a_false_field_is_named_and_nothing_is_made(
    vendors: Any, change: dict[str, Any], path: str
) -> None:
    vendors.drafted()
    given = vendors.ledger(operation="conversations.create")[0]["body"]
    given.pop("conversation_id")
    thread = given["threads"][0] | change.pop("thread", {})
    body = {**given, "threads": [thread], **change}

    answer = vendors.helpscout("POST", "/conversations", json=body)

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/vnd.error+json"
    assert path in [error["path"] for error in answer.json()["_embedded"]["errors"]]
    assert vendors.effects() == ["conversations.create"]


def test_a_reply_that_is_no_draft_mails_at_once(vendors: Any) -> None:
    vendors.drafted(thread={"draft": False})

    assert vendors.effects() == ["conversations.create", "email.sent"]
    mail = vendors.ledger(operation="email.sent")[0]["body"]
    assert mail["to"] == ["owner@harbourdental.example"]
    assert mail["cc"] == ["marketing@agency.example"]
    assert mail["subject"] == "Your upgrade has begun"


def test_an_imported_conversation_mails_nobody(vendors: Any) -> None:
    vendors.drafted(imported=True, thread={"draft": False})

    assert vendors.effects() == ["conversations.create"]


def test_a_schedule_is_set_once_however_often_it_is_asked_for(vendors: Any) -> None:
    ids = vendors.drafted()

    answers = [vendors.helpscout("PUT", schedule_of(*ids), json=plan(FUTURE)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [204, 204, 204]
    assert state_of(vendors, ids[0]) == ("draft", FUTURE)
    assert vendors.effects() == ["conversations.create", "threads.schedule"]


@pytest.mark.parametrize(
    "body",
    [
        plan("2026-11-20T02:59:59Z"),
        plan("tomorrow"),
        plan("2150-01-01T00:00:00Z"),
        {"scheduledFor": FUTURE},
        {"unscheduleOnCustomerReply": False},
        [],
    ],
)
def test_a_false_schedule_is_refused(vendors: Any, body: Any) -> None:
    ids = vendors.drafted()

    answer = vendors.helpscout("PUT", schedule_of(*ids), json=body)

    assert answer.status_code == 400
    assert state_of(vendors, ids[0]) == ("draft", None)


def test_a_scheduled_mail_leaves_when_the_application_time_reaches_it(vendors: Any) -> None:
    ids = vendors.drafted()
    vendors.helpscout("PUT", schedule_of(*ids), json=plan(FUTURE))

    vendors.tell_time("2026-11-20T03:09:59Z")
    before = vendors.ledger(operation="email.sent")
    vendors.tell_time("2026-12-07T00:00:00Z")
    after = vendors.ledger(operation="email.sent")
    vendors.tell_time("2026-11-20T03:00:00Z")

    assert before == []
    assert [line["at"] for line in after] == ["2026-11-20T03:10:00.000Z"]
    assert state_of(vendors, ids[0]) == ("published", None)
    assert vendors.ledger(operation="email.sent") == after


def test_time_runs_on_by_itself_between_requests(vendors: Any) -> None:
    ids = vendors.drafted()
    vendors.helpscout("PUT", schedule_of(*ids), json=plan(FUTURE))

    vendors.real.advance(minutes=11)

    assert state_of(vendors, ids[0])[0] == "published"


def test_a_scheduled_mail_leaves_though_nobody_asks(vendors: Any) -> None:
    ids = vendors.drafted()
    vendors.helpscout("PUT", schedule_of(*ids), json=plan(FUTURE))
    vendors.real.advance(minutes=11)

    async def run_until_the_clock_was_read() -> None:
        vendors.real.asked = asyncio.Event()
        async with vendors.app.router.lifespan_context(vendors.app):
            await asyncio.wait_for(vendors.real.asked.wait(), timeout=5)

    asyncio.run(run_until_the_clock_was_read())

    sent = vendors.app.stage.ledger.lines(operation="email.sent")
    assert [line.at for line in sent] == ["2026-11-20T03:10:00.000Z"]


def test_a_mail_that_was_taken_back_never_leaves(vendors: Any) -> None:
    ids = vendors.drafted()
    vendors.helpscout("PUT", schedule_of(*ids), json=plan(FUTURE))

    first = vendors.helpscout("DELETE", schedule_of(*ids))
    again = vendors.helpscout("DELETE", schedule_of(*ids))
    vendors.tell_time("2026-12-07T00:00:00Z")

    assert (first.status_code, again.status_code) == (204, 204)
    assert vendors.effects() == ["conversations.create", "threads.schedule", "threads.unschedule"]


def test_what_was_mailed_can_be_neither_scheduled_nor_taken_back(vendors: Any) -> None:
    ids = vendors.drafted(thread={"draft": False})

    answers = [
        vendors.helpscout("PUT", schedule_of(*ids), json=plan(FUTURE)),
        vendors.helpscout("DELETE", schedule_of(*ids)),
        vendors.helpscout("DELETE", f"/conversations/{ids[0]}/threads/{ids[1]}"),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]


def test_publishing_mails_what_was_scheduled_once(vendors: Any) -> None:
    ids = vendors.drafted()
    vendors.helpscout("PUT", schedule_of(*ids), json=plan(FUTURE))
    patch = {"op": "replace", "path": "/state", "value": "published"}

    first = vendors.helpscout("PATCH", schedule_of(*ids), json=patch)
    again = vendors.helpscout("PATCH", schedule_of(*ids), json=patch)

    assert (first.status_code, again.status_code) == (204, 400)
    assert vendors.effects().count("email.sent") == 1


@pytest.mark.parametrize("what", ["conversation", "thread"])
def test_a_deleted_draft_is_gone_and_never_leaves(vendors: Any, what: str) -> None:
    ids = vendors.drafted()
    vendors.helpscout("PUT", schedule_of(*ids), json=plan(FUTURE))
    path = f"/conversations/{ids[0]}" + (f"/threads/{ids[1]}" if what == "thread" else "")

    first = vendors.helpscout("DELETE", path)
    again = vendors.helpscout("DELETE", path)
    vendors.tell_time("2026-12-07T00:00:00Z")

    assert (first.status_code, again.status_code) == (204, 404)
    assert "email.sent" not in vendors.effects()
