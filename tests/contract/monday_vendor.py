"""A monday.com that answers golden files in order and checks what it is asked against them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import respx

from app.adapters.http import VendorHttp
from app.adapters.monday.board import MondayBoard
from tests.contract.golden import Golden, golden

URL = "https://api.monday.example/v2"
TOKEN = "monday-token-0001"
TEMPLATE = "7700000001"
BOARD = "7712345678"


@dataclass
class MondayVendor:
    """Answers one golden file a request; a file with a request refuses any other one."""

    answers: list[Golden]
    sent: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Check the request and answer."""
        assert self.answers, "one request more than the golden files foresee"
        expected = self.answers.pop(0)
        body = json.loads(request.content)
        assert request.headers["authorization"] == TOKEN
        assert request.headers["api-version"] == "2026-10"
        assert request.headers["content-type"].startswith("application/json")
        assert set(body) == {"query", "variables", "operationName"}
        if expected.request is not None:
            asked = {key: body[key] for key in ("operationName", "variables")}
            assert asked == expected.request
        self.sent.append(request)
        return expected.response()

    @property
    def keys(self) -> list[str | None]:
        """The idempotency keys, None for reads."""
        return [request.headers.get("idempotency-key") for request in self.sent]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The bodies as sent."""
        return [json.loads(request.content) for request in self.sent]


def monday_answers(router: respx.MockRouter, names: Sequence[str]) -> MondayVendor:
    """Have the router answer with these golden files, in this order."""
    vendor = MondayVendor([golden("monday", name) for name in names])
    router.post(URL).mock(side_effect=vendor)
    return vendor


def monday_board(http: VendorHttp, **settings: Any) -> MondayBoard:
    """The board under test."""
    return MondayBoard(http, url=URL, token=TOKEN, template_board_id=TEMPLATE, **settings)
