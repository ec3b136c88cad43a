"""An event is posted signed; a subscriber that is gone is told from one that does not answer."""

from uuid import UUID

import httpx
import pytest
import respx
from standardwebhooks import Webhook

from app.adapters.hooks.subscribers import HttpSubscribers
from app.adapters.http import VendorHttp
from app.domain.hook import secret_of
from app.ports.errors import OutcomeUnknown, Refused

ADDRESS = "https://hooks.example/catch/topsecret"
HOOK = UUID(int=7)
EVENT = {"id": "0193a6c2", "type": "contract.renewed", "data": {"client": {"name": "Hafenärzte"}}}


async def post(http: VendorHttp) -> bool:
    return await HttpSubscribers(http, secret_key="k" * 32).post(HOOK, ADDRESS, EVENT)


async def test_an_event_is_signed_so_that_a_foreign_library_verifies_it(
    router: respx.MockRouter, http: VendorHttp
) -> None:
    route = router.post(ADDRESS).mock(return_value=httpx.Response(204))

    assert await post(http)

    sent: httpx.Request = route.calls.last.request
    assert sent.headers["webhook-id"] == "0193a6c2"
    secret = secret_of("k" * 32, HOOK)
    assert Webhook(secret).verify(sent.content, dict(sent.headers)) == EVENT


async def test_gone_is_said_and_not_an_error(router: respx.MockRouter, http: VendorHttp) -> None:
    router.post(ADDRESS).mock(return_value=httpx.Response(410))

    assert not await post(http)


@pytest.mark.parametrize(("status", "error"), [(404, Refused), (502, OutcomeUnknown)])
async def test_other_answers_are_failures(
    router: respx.MockRouter, http: VendorHttp, status: int, error: type[Exception]
) -> None:
    router.post(ADDRESS).mock(return_value=httpx.Response(status))

    with pytest.raises(error):
        await post(http)
