"""Stripe and the clients' own system: what is sent, what each answer means, who is believed."""

import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx

from app.adapters.generic.signature import verify
from app.adapters.helpscout.inbound import HelpScoutEvents
from app.adapters.http import VendorHttp
from app.adapters.provisioning.sites import HttpSites
from app.adapters.stripe.charges import StripeCharges
from app.adapters.stripe.inbound import StripeEvents
from app.ports.charges import ChargeMade, ChargeWanted
from app.ports.errors import (
    OutcomeUnknown,
    RateLimited,
    Refused,
    Transient,
    Unauthorized,
    VendorError,
)
from app.ports.inbound import CallNotParseable, InboundCall, SignatureInvalid

URL = "https://api.stripe.example"
SITES = "https://sites.example/limits"
SECRET = "whsec_c2FuZGJveC1wcm92aXNpb25pbmctc2VjcmV0"
AT = datetime(2026, 10, 29, 8, 0, tzinfo=UTC)
WANTED = ChargeWanted("q-1", "TQ-1", 25161, "USD", "cus_1", "pm_1", "21-25 Users", "o@x.example")
PAID: dict[str, Any] = {
    "id": "pi_1",
    "object": "payment_intent",
    "status": "succeeded",
    "amount": 25161,
    "currency": "usd",
    "latest_charge": {
        "id": "ch_1",
        "object": "charge",
        "payment_method_details": {"card": {"brand": "visa", "last4": "4242"}},
    },
}
MADE = ChargeMade("pi_1", 25161, "USD", "Visa 4242")


async def charged(answer: httpx.Response | Exception) -> tuple[Any, respx.Route]:
    """Charge once against an answer; the result or the error, and the request."""
    async with httpx.AsyncClient() as client:
        charges = StripeCharges(VendorHttp(client), api_key="sk_test_1", url=f"{URL}/v1/")
        with respx.mock() as wire:
            route = wire.post(f"{URL}/v1/payment_intents")
            if isinstance(answer, httpx.Response):
                route.mock(return_value=answer)
            else:
                route.mock(side_effect=answer)
            try:
                return await charges.charge(WANTED, key="TQ-1/charge#1"), route
            except VendorError as error:
                return error, route


async def test_a_charge_is_made_off_session_at_once_under_its_key() -> None:
    made, route = await charged(httpx.Response(200, json=PAID))

    assert made == MADE
    sent = route.calls[0].request
    assert sent.headers["idempotency-key"] == "TQ-1/charge#1"
    assert sent.headers["authorization"] == "Bearer sk_test_1"
    assert dict(parse_qsl(sent.content.decode())) == {
        "amount": "25161",
        "currency": "usd",
        "customer": "cus_1",
        "payment_method": "pm_1",
        "off_session": "true",
        "confirm": "true",
        "description": "21-25 Users",
        "metadata[quote_id]": "q-1",
        "metadata[reference]": "TQ-1",
        "expand[0]": "latest_charge",
        "receipt_email": "o@x.example",
    }
    assert len(route.calls) == 1


def failed(code: str, kind: str = "card_error", **more: str) -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": "m", **more}}


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (
            httpx.Response(402, json=failed("card_declined", decline_code="insufficient_funds")),
            Refused,
            "insufficient_funds",
        ),
        (
            httpx.Response(402, json=failed("authentication_required")),
            Refused,
            "authentication_required",
        ),
        (httpx.Response(200, json={**PAID, "status": "processing"}), OutcomeUnknown, "processing"),
        (
            httpx.Response(200, json={**PAID, "status": "requires_action"}),
            Refused,
            "requires_action",
        ),
        (
            httpx.Response(
                429, json=failed("rate_limit", "rate_limit_error"), headers={"retry-after": "7"}
            ),
            RateLimited,
            None,
        ),
        (httpx.Response(401, json=failed("", "invalid_request_error")), Unauthorized, None),
        (httpx.Response(400, json=failed("", "idempotency_error")), Refused, None),
        (httpx.Response(409, json=failed("lock_timeout", "api_error")), Transient, "lock_timeout"),
        (httpx.Response(500, json=failed("", "api_error")), OutcomeUnknown, None),
        (httpx.Response(200, text="<html>Bad gateway</html>"), OutcomeUnknown, None),
        (httpx.ReadTimeout("late"), OutcomeUnknown, None),
        (httpx.ConnectError("away"), Transient, None),
    ],
)
async def test_each_answer_says_what_may_be_done_next(
    answer: Any, error: type[VendorError], code: str | None
) -> None:
    found, _ = await charged(answer)

    assert type(found) is error
    if code is not None:
        assert found.code == code
    if isinstance(found, RateLimited):
        assert found.retry_after_s == 7


async def found(*intents: dict[str, Any]) -> ChargeMade | None:
    async with httpx.AsyncClient() as client:
        charges = StripeCharges(VendorHttp(client), api_key="sk_test_1", url=URL)
        page = {"object": "search_result", "data": list(intents), "has_more": False, "url": "/"}
        with respx.mock() as wire:
            route = wire.get(f"{URL}/v1/payment_intents/search")
            route.mock(return_value=httpx.Response(200, json=page))
            made = await charges.find("q-1")
        assert route.calls[0].request.url.params["query"] == "metadata['quote_id']:'q-1'"
        return made


async def test_a_charge_is_found_by_its_quote() -> None:
    assert await found({**PAID, "status": "requires_payment_method"}, PAID) == MADE
    assert await found() is None
    with pytest.raises(OutcomeUnknown):
        await found({**PAID, "status": "processing"})
    with pytest.raises(Refused, match="more than one"):
        await found(PAID, {**PAID, "id": "pi_2"})


def call(body: bytes, **headers: str) -> InboundCall:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return InboundCall("stripe", given, {}, body)


# As the vendor's documentation has it: hex of HMAC-SHA256 over stamp, dot and raw body.
STRIPE_BODY = b'{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}'
STRIPE_HEADER = "t=1793318400,v1=b80ef5de5bf972b718e7d2a8fb3acc9ce6c665afd7cb9029f9ebeb3f268c73d6"
STRIPE_AT = datetime.fromtimestamp(1793318400, UTC)


def test_stripes_signature_is_checked_over_the_raw_body() -> None:
    sender = StripeEvents(secret="whsec_test_secret")

    sender.verify(call(STRIPE_BODY, stripe_signature=STRIPE_HEADER), now=STRIPE_AT)
    sender.verify(call(STRIPE_BODY, stripe_signature=f"{STRIPE_HEADER},v1=ff"), now=STRIPE_AT)
    for body, header, at in (
        (STRIPE_BODY + b" ", STRIPE_HEADER, STRIPE_AT),
        (STRIPE_BODY, STRIPE_HEADER.replace("b80e", "b80f"), STRIPE_AT),
        (STRIPE_BODY, "t=1793318400", STRIPE_AT),
        (STRIPE_BODY, "", STRIPE_AT),
        (STRIPE_BODY, STRIPE_HEADER.replace("v1=", "v1=é"), STRIPE_AT),
        (STRIPE_BODY, STRIPE_HEADER, STRIPE_AT.replace(hour=STRIPE_AT.hour + 1)),
    ):
        with pytest.raises(SignatureInvalid):
            sender.verify(call(body, stripe_signature=header), now=at)


def test_stripe_tells_of_payments_in_our_words_and_of_nothing_else() -> None:
    sender = StripeEvents(secret="s")
    event = {
        "id": "evt_7",
        "type": "payment_intent.succeeded",
        "data": {"object": {**PAID, "amount_received": 25161, "metadata": {"quote_id": "q-1"}}},
    }
    body = json.dumps(event).encode()

    (document,) = sender.parse(call(body))
    (other,) = sender.parse(call(b'{"id":"evt_8","type":"invoice.paid"}'))

    assert document == {
        "event": "payment.succeeded",
        "quote_id": "q-1",
        "payment": {"ref": "pi_1", "minor": 25161, "currency": "USD", "code": None},
    }
    assert other == {"event": "stripe.invoice.paid"}
    assert sender.dedupe_key(call(body), document, 0) == "evt_7"
    for wrong in (b"[]", b"{", b'{"type":"payment_intent.succeeded","data":{}}'):
        with pytest.raises(CallNotParseable):
            sender.parse(call(wrong))
    with pytest.raises(CallNotParseable):
        sender.dedupe_key(call(b'{"type":"x"}'), {}, 0)


# As the vendor's documentation has it: base64, not hex, of HMAC-SHA1 over the raw body.
HELPSCOUT_BODY = (
    b'{"id":10,"number":12,"subject":"Your upgrade is under way","status":"active","mailboxId":85}'
)


def test_help_scouts_signature_is_base64_and_fails_closed() -> None:
    sender = HelpScoutEvents(secret="mZ9XbGHodX", tag="tier-request")
    right = "s6lLA6RAD4NRhNEP1nKiZ2Fc5zU="
    as_hex = hmac.digest(b"mZ9XbGHodX", HELPSCOUT_BODY, "sha1").hex()

    sender.verify(call(HELPSCOUT_BODY, x_helpscout_signature=right), now=AT)
    for given in (as_hex, right.replace("s6", "s7"), "", "é"):
        with pytest.raises(SignatureInvalid):
            sender.verify(call(HELPSCOUT_BODY, x_helpscout_signature=given), now=AT)


def test_only_tagged_conversations_are_requests() -> None:
    sender = HelpScoutEvents(secret="s", tag="Tier-Request")
    tagged = {
        "id": 10,
        "tags": [{"tag": "tier-request"}, {"tag": "users-25"}],
        "customFields": [{"name": "Account", "value": "ACC-1"}],
        "primaryCustomer": {"email": "o@x.example"},
    }
    body = json.dumps(tagged).encode()

    (document,) = sender.parse(call(body))
    (other,) = sender.parse(call(HELPSCOUT_BODY, x_helpscout_event="convo.tags"))

    assert document == {
        "event": "tier.requested",
        "requested_users": "25",
        "account": {"ref": "ACC-1"},
        "client": {"email": "o@x.example"},
        "conversation_ref": "10",
    }
    assert sender.dedupe_key(call(body), document, 0) == "10:25"
    assert other == {"event": "helpscout.convo.tags"}
    assert sender.dedupe_key(call(HELPSCOUT_BODY), other, 0).startswith("event:10:")
    with pytest.raises(CallNotParseable):
        sender.parse(call(b"[]"))


async def test_a_site_is_looked_at_and_changed_by_signed_requests() -> None:
    async with httpx.AsyncClient() as client:
        sites = HttpSites(VendorHttp(client), url=SITES, secrets=(SECRET,), real_now=lambda: AT)
        with respx.mock() as wire:
            answer = {"database": "db-7", "site_id": "site-42", "limit": 10}
            route = wire.post(SITES).mock(return_value=httpx.Response(200, json=answer))
            seen = await sites.look("db-7", "site-42")
            await sites.apply({"limit": 25}, key="TQ-1/site#1")

    assert (seen.database, seen.site_id, seen.limit) == ("db-7", "site-42", 10)
    looked, applied = (each.request for each in route.calls)
    assert json.loads(looked.content) == {
        "action": "look",
        "database": "db-7",
        "site_id": "site-42",
    }
    assert json.loads(applied.content) == {"action": "apply", "limit": 25}
    assert applied.headers["webhook-id"] == "TQ-1/site#1"
    for request in (looked, applied):
        verify((SECRET,), dict(request.headers), request.content, now=AT)


@pytest.mark.parametrize(
    ("answer", "on_look", "on_apply"),
    [
        (httpx.Response(404), Refused, Refused),
        (httpx.Response(500), Transient, OutcomeUnknown),
        (httpx.Response(200, text="<html>"), Transient, OutcomeUnknown),
    ],
)
async def test_what_the_clients_system_answers_is_told_apart(
    answer: httpx.Response, on_look: type[VendorError], on_apply: type[VendorError]
) -> None:
    async with httpx.AsyncClient() as client:
        sites = HttpSites(VendorHttp(client), url=SITES, secrets=(SECRET,))
        with respx.mock() as wire:
            wire.post(SITES).mock(return_value=answer)
            with pytest.raises(on_look):
                await sites.look("db-7", "site-42")
            with pytest.raises(on_apply):
                await sites.apply({"limit": 25}, key="k")
