"""E-mail through Help Scout is drafted, found again, scheduled and taken back, never sent twice."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest
import respx

from app.adapters.helpscout.client import HelpScoutApi
from app.adapters.http import VendorHttp
from app.ports.errors import (
    OutcomeUnknown,
    RateLimited,
    Refused,
    Transient,
    Unauthorized,
    VendorError,
)
from app.ports.exchange import recording
from app.ports.mail import ClientMessage, DraftRef, MailState
from tests.contract.golden import Golden, golden
from tests.contract.helpscout_vendor import (
    BASE,
    HelpScoutVendor,
    helpscout_answers,
    helpscout_mail,
)

MESSAGE = ClientMessage(
    to_email="jo@harbourdental.example",
    to_name="Jo van Reed",
    cc=("marketing@agency.example",),
    subject="Upgrade Begun",
    text="Hello Jo",
    html="<p>Hello Jo</p>",
    marker="UPG-01JD-begun",
    assignee_ref="234",
)
REF = DraftRef("4455", "900")
AT = datetime(2026, 11, 27, tzinfo=UTC)


async def test_a_draft_is_written_with_copy_tags_and_no_sending(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = helpscout_answers(router, ["create_conversation", "threads_draft"])

    ref = await helpscout_mail(http).draft(MESSAGE)

    assert ref == DraftRef("4455", "900", "https://secure.helpscout.example/conversation/4455/89")
    assert vendor.tokens == 1


async def test_a_draft_may_do_without_copy_assignee_and_name(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    created = replace(golden("helpscout", "create_conversation"), request=None)
    vendor = HelpScoutVendor([created, golden("helpscout", "threads_draft")])
    router.route(host="api.helpscout.example").mock(side_effect=vendor)

    await helpscout_mail(http).draft(replace(MESSAGE, cc=(), assignee_ref=None, to_name=""))

    body = json.loads(vendor.sent[0].content)
    assert "assignTo" not in body
    assert "cc" not in body["threads"][0]
    assert body["customer"] == {"email": "jo@harbourdental.example"}


@pytest.mark.parametrize(
    "second",
    ["error_internal_500", "error_rate_429", "error_404", "threads_empty", "threads_other"],
)
async def test_a_conversation_that_cannot_be_read_back_is_an_unknown_outcome(
    router: respx.MockRouter, http: VendorHttp, second: str
) -> None:
    helpscout_answers(router, ["create_conversation", second])

    with pytest.raises(OutcomeUnknown) as caught:
        await helpscout_mail(http).draft(MESSAGE)

    assert caught.value.code == "made_but_unread"


async def test_a_create_that_names_no_conversation_is_an_unknown_outcome(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = HelpScoutVendor([Golden(None, 201, {}, None)])
    router.route(host="api.helpscout.example").mock(side_effect=vendor)

    with pytest.raises(OutcomeUnknown):
        await helpscout_mail(http).draft(MESSAGE)


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x"), httpx.WriteError("x")]
)
async def test_a_create_whose_answer_was_lost_is_not_sent_again(
    router: respx.MockRouter, http: VendorHttp, error: httpx.TransportError
) -> None:
    router.post(f"{BASE}/oauth2/token").mock(return_value=golden("helpscout", "token").response())
    create = router.post(f"{BASE}/conversations").mock(side_effect=error)

    with pytest.raises(OutcomeUnknown):
        await helpscout_mail(http).draft(MESSAGE)

    assert create.call_count == 1


@pytest.mark.parametrize(
    ("answer", "expected", "said"),
    [
        ("error_validation_400", Refused, "Help Scout refused the fields status, subject."),
        ("error_404", Refused, "Help Scout does not know the conversation or inbox."),
        (
            "error_412",
            Refused,
            "The Help Scout conversation is full: it holds 100 threads already.",
        ),
        ("error_413", Refused, "The message is too large for Help Scout."),
        ("error_moved_301", Refused, "Help Scout moved or merged the conversation."),
        ("error_rate_429", RateLimited, "Help Scout asks us to slow down."),
        ("error_internal_500", OutcomeUnknown, "Help Scout answered 500."),
    ],
)
async def test_a_refused_draft_says_what_is_wrong_without_the_clients_data(
    router: respx.MockRouter,
    http: VendorHttp,
    answer: str,
    expected: type[VendorError],
    said: str,
) -> None:
    helpscout_answers(router, [answer])

    with pytest.raises(VendorError) as caught:
        await helpscout_mail(http).draft(MESSAGE)

    assert type(caught.value) is expected
    assert caught.value.detail == said


async def test_a_refusal_carries_the_log_reference(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    helpscout_answers(router, ["error_validation_400"])

    with pytest.raises(Refused) as caught:
        await helpscout_mail(http).draft(MESSAGE)

    assert caught.value.request_ref == "64bb72b4-0a92-11e8-ba89-0ed5f89f718b"


async def test_the_limit_is_read_from_help_scouts_own_header(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    helpscout_answers(router, ["error_rate_429"])

    with pytest.raises(RateLimited) as caught:
        await helpscout_mail(http).draft(MESSAGE)

    assert caught.value.retry_after_s == 17.0


@pytest.mark.parametrize("change", [{"assignee_ref": "sam"}, {"assignee_ref": "1/2"}])
async def test_a_person_who_is_no_number_is_refused_before_anything_leaves(
    router: respx.MockRouter, http: VendorHttp, change: dict[str, str]
) -> None:
    vendor = helpscout_answers(router, [])

    with pytest.raises(Refused):
        await helpscout_mail(http).draft(replace(MESSAGE, **change))  # type: ignore[arg-type]

    assert vendor.tokens == 0


async def test_a_draft_is_found_by_its_tag(router: respx.MockRouter, http: VendorHttp) -> None:
    helpscout_answers(router, ["found_one_draft"])

    found = await helpscout_mail(http).find("UPG-01JD-begun")

    assert found == DraftRef("4455", "900", "https://secure.helpscout.example/conversation/4455/89")


async def test_an_email_that_was_sent_goes_before_a_spare_draft(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    helpscout_answers(router, ["found_sent_and_spare"])

    found = await helpscout_mail(http).find("UPG-01JD-begun")

    assert found is not None
    assert (found.conversation_ref, found.thread_ref) == ("4455", "900")


async def test_threads_that_were_not_embedded_are_read(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    helpscout_answers(router, ["found_without_threads", "threads_draft"])

    found = await helpscout_mail(http).find("UPG-01JD-begun")

    assert found is not None
    assert found.thread_ref == "900"


async def test_a_marker_that_nobody_carries_is_not_found(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    helpscout_answers(router, ["found_none"])

    assert await helpscout_mail(http).find("UPG-01JD-begun") is None


@pytest.mark.parametrize(
    "at", [AT, AT.astimezone(timezone(timedelta(hours=10))), AT.replace(microsecond=999)]
)
async def test_an_email_is_scheduled_at_an_instant_in_utc(
    router: respx.MockRouter, http: VendorHttp, at: datetime
) -> None:
    vendor = helpscout_answers(router, ["schedule"])

    await helpscout_mail(http).schedule(REF, at)

    assert len(vendor.sent) == 1


async def test_an_instant_without_a_zone_is_a_mistake_of_ours(http: VendorHttp) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        await helpscout_mail(http).schedule(REF, AT.replace(tzinfo=None))


async def test_a_draft_that_is_gone_cannot_be_scheduled(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    helpscout_answers(router, ["error_404"])

    with pytest.raises(Refused) as caught:
        await helpscout_mail(http).schedule(REF, AT)

    assert caught.value.code == "http_404"


@pytest.mark.parametrize(
    "answers",
    [
        ["unschedule"],
        ["error_404", "threads_draft"],
        ["error_412", "threads_draft"],
        ["error_404", "threads_other"],
        ["error_404", "error_404"],
    ],
)
async def test_taking_back_what_is_not_scheduled_is_harmless(
    router: respx.MockRouter, http: VendorHttp, answers: list[str]
) -> None:
    vendor = helpscout_answers(router, answers)

    await helpscout_mail(http).unschedule(REF)

    assert not vendor.answers


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (["error_404", "threads_published"], "already_published"),
        (["error_validation_400", "threads_scheduled"], "http_400"),
        (["error_413"], "http_413"),
    ],
)
async def test_an_email_that_cannot_be_taken_back_is_told(
    router: respx.MockRouter, http: VendorHttp, answers: list[str], code: str
) -> None:
    helpscout_answers(router, answers)

    with pytest.raises(Refused) as caught:
        await helpscout_mail(http).unschedule(REF)

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("threads_draft", MailState.DRAFT),
        ("threads_scheduled", MailState.SCHEDULED),
        ("threads_published", MailState.PUBLISHED),
        ("threads_other", MailState.GONE),
        ("threads_empty", MailState.GONE),
        ("error_404", MailState.GONE),
    ],
)
async def test_the_state_is_read_from_the_thread(
    router: respx.MockRouter, http: VendorHttp, answer: str, state: MailState
) -> None:
    helpscout_answers(router, [answer])

    assert await helpscout_mail(http).state(REF) is state


async def test_a_state_that_cannot_be_read_is_no_state(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    helpscout_answers(router, ["error_internal_500"])

    with pytest.raises(Transient):
        await helpscout_mail(http).state(REF)


async def test_threads_are_read_to_the_last_page(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    def page(number: int, thread: int) -> Golden:
        threads = [{"id": thread, "type": "message", "state": "draft"}]
        body = {"_embedded": {"threads": threads}, "page": {"number": number, "totalPages": 2}}
        return Golden(None, 200, {}, body)

    vendor = HelpScoutVendor([page(1, 899), page(2, 900)])
    router.route(host="api.helpscout.example").mock(side_effect=vendor)

    assert await helpscout_mail(http).state(REF) is MailState.DRAFT


async def test_the_probe_names_the_inbox(router: respx.MockRouter, http: VendorHttp) -> None:
    helpscout_answers(router, ["mailbox"])

    said = await helpscout_mail(http).probe()

    assert said == (
        "Help Scout answers: mails go out from the inbox Client Success <hello@agency.example>."
    )


async def test_a_token_is_fetched_once_for_all_who_wait(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = helpscout_answers(router, ["threads_draft"] * 5)
    mail = helpscout_mail(http)

    await asyncio.gather(*(mail.state(REF) for _ in range(5)))

    assert vendor.tokens == 1


async def test_a_token_that_is_refused_is_replaced_once_and_the_call_made_again(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = helpscout_answers(router, ["error_401", "create_conversation", "threads_draft"])

    await helpscout_mail(http).draft(MESSAGE)

    assert vendor.tokens == 2


async def test_a_new_token_that_is_refused_too_is_the_end(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = helpscout_answers(router, ["error_401", "error_401"])

    with pytest.raises(Unauthorized):
        await helpscout_mail(http).state(REF)

    assert vendor.tokens == 2


async def test_a_token_is_replaced_before_it_expires(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    vendor = helpscout_answers(router, ["mailbox", "mailbox"])
    seconds = iter([0.0, 172_741.0, 172_741.0])
    api = HelpScoutApi(
        http,
        url=BASE,
        app_id="app-1",
        app_secret="app-secret-1",
        monotonic=lambda: next(seconds),
    )

    await api.read("/mailboxes/85")
    await api.read("/mailboxes/85")

    assert vendor.tokens == 2


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Golden(None, 400, {}, {"error": "invalid_client"}), Unauthorized),
        (Golden(None, 401, {}, {"error": "invalid_client"}), Unauthorized),
        (Golden(None, 429, {"X-RateLimit-Retry-After": "9"}, {}), RateLimited),
        (Golden(None, 500, {}, {}), Transient),
        (Golden(None, 200, {}, {"token_type": "bearer"}), Transient),
        (Golden(None, 200, {}, []), Transient),
    ],
)
async def test_without_a_token_nothing_has_happened(
    router: respx.MockRouter, http: VendorHttp, answer: Golden, expected: type[VendorError]
) -> None:
    vendor = HelpScoutVendor([], token_answer=answer)
    router.route(host="api.helpscout.example").mock(side_effect=vendor)

    with pytest.raises(VendorError) as caught:
        await helpscout_mail(http).draft(MESSAGE)

    assert type(caught.value) is expected


async def test_neither_secret_nor_token_is_in_the_record(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    helpscout_answers(router, ["threads_draft"])

    with recording() as exchanges:
        await helpscout_mail(http).state(REF)

    assert len(exchanges) == 2
    assert "app-secret-1" not in f"{exchanges}"
    assert "2C9KDIKjc4" not in f"{exchanges}"
