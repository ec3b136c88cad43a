"""Asking for previews."""

from typing import Any

import httpx

from tests.builders import signed_document

PREVIEW = "/v1/plans/preview"


async def previewed(client: httpx.AsyncClient, **changes: Any) -> Any:
    answer = await client.post(PREVIEW, json=signed_document(**changes))
    assert answer.status_code == 200, answer.text
    return answer.json()
