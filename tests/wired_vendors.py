"""The real adapters, wired to stand-in vendors inside the process; and what a board shows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from app.adapters.google_chat.room import GoogleChat
from app.adapters.helpscout.mail import HelpScoutMail
from app.adapters.http import VendorHttp
from app.adapters.monday.board import MondayBoard
from app.adapters.provisioning.sites import HttpSites
from app.adapters.stripe.charges import StripeCharges
from app.delivery.systems import Systems
from app.sandbox.vendors.app import StandIns
from app.sandbox.vendors.settings import SandboxSettings

BASE = "http://sandbox.example"
SETTINGS = SandboxSettings(board_fill_s=0.0, hold_s=0.0)


class Wire(httpx.AsyncBaseTransport):
    """Carries requests into the stand-ins; what breaks there breaks as it does on a network."""

    def __init__(self, app: StandIns) -> None:
        self._inner = httpx.ASGITransport(app=app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = await self._inner.handle_async_request(request)
        except ConnectionAbortedError:
            raise httpx.RemoteProtocolError("cut", request=request) from None
        if answer.status_code == httpx.codes.GATEWAY_TIMEOUT:
            # A stand-in that holds a request answers so at last; nobody waits for that.
            raise httpx.ReadTimeout("held", request=request)
        return answer


@dataclass(frozen=True)
class SeenItem:
    """One item of a board."""

    group: str
    title: str
    person: str
    due_on: str
    status: str


@dataclass(frozen=True)
class SeenBoard:
    """A board."""

    name: str
    groups: list[str]
    items: list[SeenItem]


def _seen_item(item: Mapping[str, Any]) -> SeenItem:
    values = {value["id"]: value["text"] or "" for value in item["column_values"]}
    return SeenItem(
        item["group"]["title"], item["name"], values["person"], values["date4"], values["status"]
    )


async def make_board(http: httpx.AsyncClient, name: str, *, from_template: bool = True) -> str:
    """Make a board as an automation does, from the template or bare; return its number."""
    query = """mutation ($name: String!, $template: ID) { create_board(
        board_name: $name, board_kind: public, template_id: $template) { id } }"""
    template = SETTINGS.template_board_id if from_template else None
    data = await ask_monday(http, query, name=name, template=template)
    return str(data["create_board"]["id"])


async def ask_monday(http: httpx.AsyncClient, query: str, **variables: str | None) -> Any:
    """Do over monday.com's API what a person or an automation does, and not this service."""
    answer = await http.post(
        f"{BASE}/monday/v2",
        json={"query": query, "variables": variables},
        headers={"Authorization": SETTINGS.monday_token, "API-Version": "2026-10"},
    )
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]


async def read_board(http: httpx.AsyncClient, board_ref: str) -> SeenBoard:
    """A board as monday.com shows it."""
    query = """query ($id: ID!) { boards(ids: [$id]) { name groups { title }
        items_page(limit: 100) { items { name group { title }
        column_values { id text } } } } }"""
    (seen,) = (await ask_monday(http, query, id=board_ref))["boards"]
    return SeenBoard(
        seen["name"],
        [group["title"] for group in seen["groups"]],
        [_seen_item(item) for item in seen["items_page"]["items"]],
    )


def make_systems(http: VendorHttp) -> Systems:
    """The real adapters on the stand-ins' addresses."""
    query = f"key={SETTINGS.chat_key}&token={SETTINGS.chat_token}"
    rooms = {"support": "SUPPORT", "sales": "SALES", "marketing": "MARKETING", "lead": "SUPPORT"}
    return Systems(
        MondayBoard(
            http,
            url=f"{BASE}/monday/v2",
            token=SETTINGS.monday_token,
            template_board_id=SETTINGS.template_board_id,
        ),
        HelpScoutMail(
            http,
            url=f"{BASE}/helpscout/v2",
            app_id=SETTINGS.helpscout_app_id,
            app_secret=SETTINGS.helpscout_app_secret,
            mailbox_id=str(SETTINGS.helpscout_mailbox_id),
        ),
        GoogleChat(
            http,
            rooms={
                room: f"{BASE}/google-chat/v1/spaces/{space}/messages?{query}"
                for room, space in rooms.items()
            },
        ),
    )


def with_charges(systems: Systems, http: VendorHttp) -> Systems:
    """The same, with cards charged by Stripe and sites set in the clients' own system."""
    return replace(
        systems,
        charges=StripeCharges(http, api_key=SETTINGS.stripe_api_key, url=f"{BASE}/stripe"),
        sites=HttpSites(
            http, url=f"{BASE}/provisioning/sites", secrets=(SETTINGS.provisioning_secret,)
        ),
    )
