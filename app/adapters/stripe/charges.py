"""Charges through Stripe's PaymentIntents: off session, confirmed at once, found by metadata."""

from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import stripe

from app.adapters.answers import clamped_wait, plain_code, plain_ref
from app.adapters.http import Call, VendorHttp
from app.ports.charges import ChargeMade, ChargeWanted
from app.ports.errors import (
    OutcomeUnknown,
    RateLimited,
    Refused,
    Transient,
    Unauthorized,
    VendorError,
)

VENDOR = "Stripe"
MARK = "quote_id"

T = TypeVar("T")


class _OurWay(stripe.HTTPClient):
    """Has the library's calls leave by our one way out: gated, bounded, recorded, not repeated."""

    name = "changeover"

    def __init__(self, http: VendorHttp) -> None:
        super().__init__()
        self._http = http

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send what the library has encoded."""
        call = Call(
            VENDOR,
            method.upper(),
            url,
            effect=method.lower() != "get",
            headers=headers,
            form=dict(parse_qsl(post_data, keep_blank_values=True)) if post_data else None,
        )
        answer = await self._http.send(call)
        return answer.body, answer.status, answer.headers

    async def close_async(self) -> None:
        """The way out is not ours to close."""


class StripeCharges:
    """Implements `Charges` on Stripe.

    Args:
        http: The way out.
        api_key: The account's secret key; a restricted one with PaymentIntents suffices.
        url: Base address of the API, without the version.

    Source: Stripe, "Create a PaymentIntent", "Idempotent requests", "Search".
    """

    def __init__(self, http: VendorHttp, *, api_key: str, url: str) -> None:
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": url.rstrip("/").removesuffix("/v1")},
            http_client=_OurWay(http),
            # A repeat is the delivery's business: it looks first.
            max_network_retries=0,
        )

    async def charge(self, wanted: ChargeWanted, *, key: str) -> ChargeMade:
        """Create and confirm one PaymentIntent."""
        params: dict[str, Any] = {
            "amount": wanted.minor,
            "currency": wanted.currency.lower(),
            "customer": wanted.customer_ref,
            "payment_method": wanted.payment_method_ref,
            "off_session": True,
            "confirm": True,
            "description": wanted.description,
            "metadata": {MARK: wanted.quote_id, "reference": wanted.reference},
            "expand": ["latest_charge"],
        }
        if wanted.receipt_email:
            params["receipt_email"] = wanted.receipt_email
        creating = self._client.v1.payment_intents.create_async(
            params=params,  # type: ignore[arg-type]
            options={"idempotency_key": key},
        )
        intent = await _answered(creating, effect=True)
        made = _made(intent)
        if made is None:
            raise Refused(
                f"The charge did not go through: {intent.status}.", code=plain_code(intent.status)
            )
        return made

    async def find(self, quote_id: str) -> ChargeMade | None:
        """Search by the quote's mark; the index may lag a minute behind a charge."""
        params = {"query": f"metadata['{MARK}']:'{quote_id}'", "expand": ["data.latest_charge"]}
        searching = self._client.v1.payment_intents.search_async(params=params)  # type: ignore[arg-type]
        found = await _answered(searching, effect=False)
        made = [each for intent in found.data if (each := _made(intent)) is not None]
        if len(made) > 1:
            raise Refused("Stripe shows more than one charge for this quote.", code="charged_twice")
        return made[0] if made else None

    async def probe(self) -> str:
        """List one PaymentIntent: the key is right and may do what is needed."""
        listing = self._client.v1.payment_intents.list_async(params={"limit": 1})
        await _answered(listing, effect=False)
        return "Stripe answers: cards can be charged."


async def _answered(call: Awaitable[T], *, effect: bool) -> T:
    """Wait for the library, and say what its errors mean."""
    try:
        return await call
    except stripe.StripeError as error:
        raise _meant(error, effect=effect) from None


def _made(intent: stripe.PaymentIntent) -> ChargeMade | None:
    """The charge of an intent that succeeded; None of one that failed or waits for its holder.

    Raises:
        OutcomeUnknown: it is still being processed.
    """
    if intent.status == "processing":
        raise OutcomeUnknown("Stripe is still processing the charge.", code="processing")
    if intent.status != "succeeded":
        return None
    return ChargeMade(intent.id, intent.amount, intent.currency.upper(), _card_of(intent))


def _card_of(intent: stripe.PaymentIntent) -> str | None:
    charge = intent.latest_charge
    details = getattr(charge, "payment_method_details", None)
    card = getattr(details, "card", None)
    brand, last4 = getattr(card, "brand", None), getattr(card, "last4", None)
    return f"{str(brand).title()} {last4}" if brand and last4 else None


def _meant(error: stripe.StripeError, *, effect: bool) -> VendorError:
    """What a failure of Stripe's means for what may be done next."""
    code = plain_code(error.code) or plain_code(getattr(error.error, "code", None))
    ref = plain_ref(error.request_id)
    if isinstance(error, stripe.CardError):
        return _declined(error, code, ref)
    if isinstance(error, stripe.RateLimitError):
        wait = (error.headers or {}).get("retry-after", "")
        seconds = clamped_wait(float(wait)) if wait.isdigit() else None
        return RateLimited("Stripe asks us to slow down.", retry_after_s=seconds, request_ref=ref)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return Unauthorized("Stripe does not accept our key.", code=code, request_ref=ref)
    return _by_status(error.http_status, code, ref, effect=effect)


def _by_status(
    status: int | None, code: str | None, ref: str | None, *, effect: bool
) -> VendorError:
    if status == 409:
        return Transient("Stripe is at the same request already.", code=code, request_ref=ref)
    # A success that cannot be read is none: a proxy may have answered after Stripe acted.
    if status is None or status < 400 or status >= 500:
        return _lost("Stripe failed.", code or "server_error", ref, effect=effect)
    return Refused("Stripe refused the request.", code=code, request_ref=ref)


def _declined(error: stripe.CardError, code: str | None, ref: str | None) -> Refused:
    if code == "authentication_required":
        said = "The bank asks the card's holder to confirm the charge."
        return Refused(said, code=code, request_ref=ref)
    body = error.error
    decline = plain_code(getattr(body, "decline_code", None))
    return Refused("The card was declined.", code=decline or code, request_ref=ref)


def _lost(detail: str, code: str, ref: str | None, *, effect: bool) -> VendorError:
    if effect:
        whole = f"{detail} Whether it charged the card is unknown."
        return OutcomeUnknown(whole, code=code, request_ref=ref)
    return Transient(detail, code=code, request_ref=ref)
