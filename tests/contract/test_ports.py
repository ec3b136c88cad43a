"""Every folder of an outside system implements its port; the type checker holds each line."""

import inspect
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import app.adapters
from app.adapters.billing_hook.hook import BillingHook
from app.adapters.generic.inbound import GenericAgreements
from app.adapters.google_chat.room import GoogleChat
from app.adapters.helpscout.mail import HelpScoutMail
from app.adapters.http import VendorHttp
from app.adapters.monday.board import MondayBoard
from app.adapters.monday.inbound import MondayEvents
from app.ports.billing import BillingChanges
from app.ports.board import TaskBoard
from app.ports.chat import TeamChat
from app.ports.inbound import AgreementSender
from app.ports.mail import ClientMail


def board(http: VendorHttp) -> TaskBoard:
    return MondayBoard(http, url="https://m.example", token="t", template_board_id="1")


def mail(http: VendorHttp) -> ClientMail:
    return HelpScoutMail(http, url="https://h.example", app_id="a", app_secret="s", mailbox_id="1")


def chat(http: VendorHttp) -> TeamChat:
    return GoogleChat(http, rooms={})


def billing(http: VendorHttp) -> BillingChanges:
    return BillingHook(http, url="https://hooks.example/1", secrets=())


def sender(_http: VendorHttp) -> AgreementSender:
    return GenericAgreements()


def board_events(_http: VendorHttp) -> AgreementSender:
    return MondayEvents(signing_secret="s", address="https://upgrades.example/webhooks/monday")


MAKERS: dict[str, tuple[type, Callable[[VendorHttp], object]]] = {
    "monday": (TaskBoard, board),
    "monday events": (AgreementSender, board_events),
    "helpscout": (ClientMail, mail),
    "google_chat": (TeamChat, chat),
    "billing_hook": (BillingChanges, billing),
    "generic": (AgreementSender, sender),
}


def test_every_folder_of_an_outside_system_has_its_port() -> None:
    folder = Path(app.adapters.__path__[0])

    found = {path.parent.name for path in folder.glob("*/__init__.py")}

    assert found == {name.partition(" ")[0] for name in MAKERS}


@pytest.mark.parametrize("name", sorted(MAKERS))
async def test_an_adapter_has_every_method_of_its_port_with_its_parameters(name: str) -> None:
    port, make = MAKERS[name]
    async with httpx.AsyncClient() as client:
        adapter = make(VendorHttp(client))

    for method, declared in inspect.getmembers(port, inspect.isfunction):
        if method.startswith("_"):
            continue
        held = getattr(adapter, method)
        wanted = list(inspect.signature(declared).parameters)[1:]
        assert list(inspect.signature(held).parameters) == wanted, method
