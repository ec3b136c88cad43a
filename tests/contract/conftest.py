"""A way out whose other end is a respx router: no socket, and nothing patched."""

from collections.abc import AsyncIterator

import httpx
import pytest
import respx

from app.adapters.http import VendorHttp


@pytest.fixture
def router() -> respx.MockRouter:
    """The vendors' end; what no route answers fails the test."""
    return respx.MockRouter(assert_all_called=False)


@pytest.fixture
async def http(router: respx.MockRouter) -> AsyncIterator[VendorHttp]:
    """The adapters' end."""
    transport = httpx.MockTransport(router.async_handler)
    async with httpx.AsyncClient(transport=transport) as client:
        yield VendorHttp(client)
