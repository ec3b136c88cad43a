"""Asking for previews."""

from typing import Any

import httpx

from tests.builders import signed_document

PREVIEW = "/v1/plans/preview"
THURSDAYS = {
    "service": "sms",
    "price": {"amount": "49.00", "currency": "AUD"},
    "billing_period": "week",
    "anchor": "thursday",
    "paid_through": "2026-12-09",
}


async def previewed(client: httpx.AsyncClient, **changes: Any) -> Any:
    answer = await client.post(PREVIEW, json=signed_document(**changes))
    assert answer.status_code == 200, answer.text
    return answer.json()
