"""Every folder of an outside system implements its port; the type checker holds each line."""

import inspect
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import app.adapters
from app.adapters.billing_hook.hook import BillingHook
from app.adapters.generic.inbound import GenericAgreements
from app.adapters.generic.tier_requests import TierRequests
from app.adapters.google_chat.room import GoogleChat
from app.adapters.helpscout.inbound import HelpScoutEvents
from app.adapters.helpscout.mail import HelpScoutMail
from app.adapters.hooks.subscribers import HttpSubscribers
from app.adapters.http import VendorHttp
from app.adapters.monday.board import MondayBoard
from app.adapters.monday.inbound import MondayEvents
from app.adapters.provisioning.sites import HttpSites
from app.adapters.stripe.charges import StripeCharges
from app.adapters.stripe.inbound import StripeEvents
from app.ports.billing import BillingChanges
from app.ports.board import TaskBoard
from app.ports.charges import Charges
from app.ports.chat import TeamChat
from app.ports.inbound import AgreementSender
from app.ports.mail import ClientMail
from app.ports.provisioning import Sites
from app.ports.subscribers import Subscribers


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


def helpscout_events(_http: VendorHttp) -> AgreementSender:
    return HelpScoutEvents(secret="s", tag="tier-request")


def tier_requests(_http: VendorHttp) -> AgreementSender:
    return TierRequests()


def charges(http: VendorHttp) -> Charges:
    return StripeCharges(http, api_key="sk_test", url="https://s.example")


def stripe_events(_http: VendorHttp) -> AgreementSender:
    return StripeEvents(secret="s")


def sites(http: VendorHttp) -> Sites:
    return HttpSites(http, url="https://sites.example/1", secrets=())


def subscribers(http: VendorHttp) -> Subscribers:
    return HttpSubscribers(http, secret_key="k")


MAKERS: dict[str, tuple[type, Callable[[VendorHttp], object]]] = {
    "monday": (TaskBoard, board),
    "monday events": (AgreementSender, board_events),
    "helpscout": (ClientMail, mail),
    "google_chat": (TeamChat, chat),
    "billing_hook": (BillingChanges, billing),
    "generic": (AgreementSender, sender),
    "generic tier requests": (AgreementSender, tier_requests),
    "helpscout events": (AgreementSender, helpscout_events),
    "stripe": (Charges, charges),
    "stripe events": (AgreementSender, stripe_events),
    "provisioning": (Sites, sites),
    "hooks": (Subscribers, subscribers),
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
