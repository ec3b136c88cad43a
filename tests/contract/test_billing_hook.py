"""A change of a bill is asked for once, signed; the hook's answer counts by its status alone."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from standardwebhooks import Webhook, WebhookVerificationError

from app.adapters.billing_hook.hook import BillingHook
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

ADDRESS = "https://hook.eu1.automation.example/topsecret-path/?zap=topsecret-query"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLDER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
RECIPE = Path(__file__).parents[2] / "docs" / "billing-hook.md"
KEY = "UPG-01JD/billing.submit/0192#1"
CHANGE: dict[str, Any] = {
    "event": "billing.change_requested",
    "adjustment_id": "0193a6c2-7b1e-7cc0-8f0a-3d1f6a2b9c11",
    "kind": "cancel_service",
    "client": {"ref": "C-77", "name": "Hafenärzte"},
}


def hook(http: VendorHttp, *secrets: str, api_key: str | None = None) -> BillingHook:
    return BillingHook(http, url=ADDRESS, secrets=secrets or (SECRET,), api_key=api_key)


async def submit(http: VendorHttp) -> None:
    await hook(http).submit(CHANGE, key=KEY)


def answers(router: respx.MockRouter, response: httpx.Response | Exception) -> respx.Route:
    route = router.post(url__startswith="https://hook.eu1.automation.example/")
    return route.mock(
        side_effect=response if isinstance(response, Exception) else None,
        return_value=None if isinstance(response, Exception) else response,
    )


async def test_a_request_is_signed_so_that_a_foreign_library_verifies_it(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    route = answers(router, httpx.Response(200, text="Accepted"))

    await submit(http)

    sent: httpx.Request = route.calls.last.request
    assert str(sent.url) == ADDRESS
    assert sent.headers["webhook-id"] == KEY
    assert sent.headers["content-type"] == "application/json; charset=UTF-8"
    assert "x-make-apikey" not in sent.headers
    assert Webhook(SECRET).verify(sent.content, dict(sent.headers)) == CHANGE
    with pytest.raises(WebhookVerificationError):
        Webhook(OLDER).verify(sent.content, dict(sent.headers))


async def test_the_recipe_in_the_documentation_verifies_it(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    route = answers(router, httpx.Response(200))
    (recipe,) = re.findall(r"```python\n(.*?)```", RECIPE.read_text(), re.DOTALL)
    taught: dict[str, Any] = {}
    exec(recipe, taught)

    await hook(http, OLDER, SECRET).submit(CHANGE, key=KEY)

    sent = route.calls.last.request
    assert taught["is_ours"](SECRET, sent.headers, sent.content)
    assert not taught["is_ours"](SECRET, sent.headers, sent.content + b" ")


async def test_the_moment_of_signing_is_the_machines_in_whole_seconds(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    route = answers(router, httpx.Response(200))
    at = datetime(2021, 2, 25, 15, 2, 10, 900_000, tzinfo=UTC)
    asked = BillingHook(http, url=ADDRESS, secrets=(SECRET,), real_now=lambda: at)

    await asked.submit(CHANGE, key=KEY)

    assert route.calls.last.request.headers["webhook-timestamp"] == "1614265330"


async def test_in_a_rotation_both_secrets_sign(router: respx.MockRouter, http: VendorHttp) -> None:
    route = answers(router, httpx.Response(200))

    await hook(http, SECRET, OLDER).submit(CHANGE, key=KEY)

    sent = route.calls.last.request
    for secret in (SECRET, OLDER):
        assert Webhook(secret).verify(sent.content, dict(sent.headers)) == CHANGE


async def test_makes_key_goes_along_where_one_is_set(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    route = answers(router, httpx.Response(200))

    await hook(http, api_key="make-topsecret").submit(CHANGE, key=KEY)

    assert route.calls.last.request.headers["x-make-apikey"] == "make-topsecret"


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, text="Accepted"),
        httpx.Response(200, text="{", headers={"content-type": "application/json"}),
        httpx.Response(202, content=b"\xff\xfe"),
        httpx.Response(204),
    ],
    ids=["Make's text", "half JSON", "no text at all", "nothing"],
)
async def test_any_success_counts_whatever_its_text_is(
    router: respx.MockRouter, http: VendorHttp, response: httpx.Response
) -> None:
    answers(router, response)

    await submit(http)


@pytest.mark.parametrize(
    ("response", "expected", "code"),
    [
        (httpx.Response(400, text="Missing field"), Refused, "http_400"),
        (httpx.Response(400, text="Queue is full."), Transient, "queue_full"),
        (httpx.Response(401, text="Invalid API key."), Unauthorized, "http_401"),
        (httpx.Response(404, text="There is no scenario."), Refused, "http_404"),
        (httpx.Response(302, headers={"location": "https://x.example"}), Refused, "http_302"),
        (httpx.Response(410, text="Gone"), Refused, "hook_gone"),
        (httpx.Response(429, text="Slow down"), RateLimited, "http_429"),
        (httpx.Response(408), OutcomeUnknown, "http_408"),
        (httpx.Response(500, text="Scenario failed to complete."), OutcomeUnknown, "http_500"),
        (httpx.Response(503, text="Queue is full."), OutcomeUnknown, "http_503"),
        (httpx.ReadTimeout("…"), OutcomeUnknown, "ReadTimeout"),
        (httpx.RemoteProtocolError("…"), OutcomeUnknown, "RemoteProtocolError"),
        (httpx.ConnectError("…"), Transient, "ConnectError"),
    ],
)
async def test_a_failure_is_told_by_what_may_be_done_next(
    router: respx.MockRouter,
    http: VendorHttp,
    response: httpx.Response | Exception,
    expected: type[VendorError],
    code: str,
) -> None:
    route = answers(router, response)

    with pytest.raises(VendorError) as caught:
        await submit(http)

    assert type(caught.value) is expected
    assert caught.value.code == code
    assert route.call_count == 1


async def test_a_waiting_time_is_honoured(router: respx.MockRouter, http: VendorHttp) -> None:
    answers(router, httpx.Response(429, headers={"retry-after": "30"}))

    with pytest.raises(RateLimited) as caught:
        await submit(http)

    assert caught.value.retry_after_s == 30.0


@pytest.mark.parametrize("text", ["Accepted", f"Accepted at {ADDRESS} by make-topsecret"])
async def test_the_address_and_the_key_are_in_no_record_and_no_error(
    router: respx.MockRouter, http: VendorHttp, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    answers(router, httpx.Response(410, text=text))

    with recording() as exchanges, caplog.at_level("DEBUG"), pytest.raises(VendorError) as caught:
        await hook(http, api_key="make-topsecret").submit(CHANGE, key=KEY)

    shown = f"{exchanges} {caplog.text} {caught.value!r} {caught.value.detail}"
    assert "topsecret" not in shown
    assert exchanges[0].url == "https://hook.eu1.automation.example/[redacted]"
    assert json.loads(exchanges[0].request) == CHANGE


async def test_the_probe_names_the_host_and_posts_nothing(http: VendorHttp) -> None:
    said = await hook(http).probe()

    assert said == "changes of bills are sent to hook.eu1.automation.example (not tried)."


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%"])
async def test_a_secret_that_is_none_is_refused_at_once(http: VendorHttp, secret: str) -> None:
    with pytest.raises(ValueError, match="webhook secret"):
        hook(http, secret)
