"""A Help Scout that answers golden files in order and checks what it is asked against them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import httpx
import respx

from app.adapters.helpscout.mail import HelpScoutMail
from app.adapters.http import VendorHttp
from tests.contract.golden import Golden, golden

BASE = "https://api.helpscout.example/v2"
TOKEN = "2C9KDIKjc4ck0cokpIR2tR5cIrgw2pzA"


@dataclass
class HelpScoutVendor:
    """Answers one golden file a request, the token besides; counts both."""

    answers: list[Golden]
    sent: list[httpx.Request] = field(default_factory=list)
    tokens: int = 0
    token_answer: Golden = field(default_factory=lambda: golden("helpscout", "token"))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Check the request and answer."""
        path = request.url.path.removeprefix("/v2")
        if path == "/oauth2/token":
            self.tokens += 1
            wanted = golden("helpscout", "token").request
            assert wanted is not None
            assert dict(parse_qsl(request.content.decode())) == wanted["form"]
            return self.token_answer.response()
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert self.answers, "one request more than the golden files foresee"
        expected = self.answers.pop(0)
        if expected.request is not None:
            assert (request.method, path) == (expected.request["method"], expected.request["path"])
            assert dict(request.url.params) == expected.request.get("query", {})
            held = json.loads(request.content) if request.content else None
            assert held == expected.request.get("body")
        self.sent.append(request)
        return expected.response()


def helpscout_answers(router: respx.MockRouter, names: Sequence[str]) -> HelpScoutVendor:
    """Have the router answer with these golden files, in this order."""
    vendor = HelpScoutVendor([golden("helpscout", name) for name in names])
    router.route(host="api.helpscout.example").mock(side_effect=vendor)
    return vendor


def helpscout_mail(http: VendorHttp, mailbox_id: str = "85") -> HelpScoutMail:
    """The mail under test."""
    return HelpScoutMail(
        http, url=f"{BASE}/", app_id="app-1", app_secret="app-secret-1", mailbox_id=mailbox_id
    )
