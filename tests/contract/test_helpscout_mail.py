"""E-mail through Help Scout is drafted, found again, scheduled and taken back, never sent twice."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
import respx

from app.adapters.http import VendorHttp
from app.ports.errors import (
    OutcomeUnknown,
    RateLimited,
    Refused,
    VendorError,
)
from app.ports.mail import ClientMessage, DraftRef
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
