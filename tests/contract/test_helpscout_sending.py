"""An e-mail through Help Scout is found again, scheduled and taken back, and its token is kept."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
import respx

from app.adapters.helpscout.client import HelpScoutApi
from app.adapters.http import VendorHttp
from app.ports.errors import (
    RateLimited,
    Refused,
    Transient,
    Unauthorized,
    VendorError,
)
from app.ports.exchange import recording
from app.ports.mail import ClientMessage, DraftRef, MailState
from tests.contract.golden import Golden
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
