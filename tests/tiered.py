"""An installation that charges cards and sets sites, and a caller who asks for other users."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import URL

from app.adapters.generic.tier_requests import TierRequests
from app.adapters.helpscout.inbound import HelpScoutEvents
from app.adapters.http import VendorHttp
from app.adapters.stripe.inbound import StripeEvents
from app.ports.inbound import AgreementSender
from tests.api.contracting import person_key
from tests.boarded import Door
from tests.builders import BOOTSTRAP, WEBHOOK_SECRET, make_service
from tests.builders import office as make_office
from tests.wired_vendors import BASE, SETTINGS, with_charges
from tests.world import World, world_on

HELPSCOUT_SECRET = "a secret for tests only"
SUNDAY = datetime(2026, 12, 6, 9, 0, tzinfo=UTC)
CLIENT = "owner@harbour.example"
EVIDENCE = {"reference": "Billing, transaction 4711"}


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


@dataclass
class Tiered:
    """A world in which users are sold by tiers, and its door."""

    world: World
    door: Door

    async def at(self, instant: datetime) -> None:
        """Let the time be this, and everything happen that is due then."""
        self.world.clock.at = instant
        await self.settle()

    async def settle(self) -> None:
        """Let everything happen, until nobody has anything more to tell."""
        await self.world.run_until_idle()
        while await self.world.vendors.call_webhooks():
            await self.world.run_until_idle()

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the service with the bootstrap key."""
        given = {"Authorization": f"Bearer {BOOTSTRAP}", **headers}
        transport = httpx.ASGITransport(self.door.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path, json=body, headers=given)

    async def account(
        self, card: str = "pm_card_visa", *, client_id: str | None = None, **facts: Any
    ) -> str:
        """A stored account, out of contract; returns its id."""
        body = {
            "ref": f"ACC-{card}",
            "account": {
                "pricing": "legacy",
                "band": {"from": 1, "to": 10},
                "price": usd("349.95"),
                "started": {"band": {"from": 1, "to": 10}, "price": usd("349.95")},
                "bands_used": 1,
                "contract": None,
                "next_billing_on": "2027-01-01",
                "site": {"database": "db-7", "site_id": "site-42"},
                **facts,
            },
            "client": {"name": "Harbour Realty (sample)", "email": CLIENT},
            "payment": {"customer_ref": "cus_1", "payment_method_ref": card},
            "client_id": client_id,
        }
        answer = await self.call("POST", "/v1/tier-accounts", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def ask(self, account_id: str, users: int = 25, **more: Any) -> str:
        """Ask for users; returns the quote's id."""
        body = {"account_id": account_id, "requested_users": users, **more}
        answer = await self.call("POST", "/v1/tier-quotes", body)
        assert answer.status_code == 201, answer.text
        await self.settle()
        return str(answer.json()["id"])

    async def act(self, quote_id: str, action: str, body: Any = None) -> dict[str, Any]:
        """Act on a quote and let follow what follows; the quote as it is then."""
        answer = await self.call("POST", f"/v1/tier-quotes/{quote_id}/{action}", body or {})
        assert answer.status_code == 200, answer.text
        await self.settle()
        return await self.quote(quote_id)

    async def quote(self, quote_id: str) -> dict[str, Any]:
        """A quote."""
        found: dict[str, Any] = (await self.call("GET", f"/v1/tier-quotes/{quote_id}")).json()
        return found

    async def waits(self, quote_id: str) -> list[str]:
        """What a person has to do for it."""
        return [each["code"] for each in (await self.quote(quote_id))["waits_for"]]

    async def decide(self, quote_id: str, how: str, reason: str) -> None:
        """Have the team lead approve or reject what is asked for with a quote."""
        path = f"/v1/approvals?state=requested&subject_id={quote_id}"
        (asked,) = (await self.call("GET", path)).json()["items"]
        key = await person_key(self.world.sessions, "team_lead")
        answer = await self.call(
            "POST",
            f"/v1/approvals/{asked['id']}/{how}",
            {"reason": reason},
            Authorization=f"Bearer {key}",
        )
        assert answer.status_code == 200, answer.text
        await self.settle()

    async def delivery(self, quote_id: str, kind: str) -> dict[str, Any]:
        """The newest outside effect of a kind, whole."""
        path = f"/v1/deliveries?quote_id={quote_id}&kind={kind}"
        newest = (await self.call("GET", path)).json()["items"][0]
        whole: dict[str, Any] = (await self.call("GET", f"/v1/deliveries/{newest['id']}")).json()
        return whole

    async def listen_to_stripe(self) -> None:
        """Have the stand-in tell of payments."""
        await self.world.http.post(
            f"{BASE}/stripe/v1/webhook_endpoints",
            data={"url": "http://here/webhooks/stripe", "enabled_events[0]": "*"},
            headers={"Authorization": f"Bearer {SETTINGS.stripe_api_key}"},
        )

    async def helpscout_says(self, conversation: dict[str, Any], secret: str = "") -> int:
        """A webhook of Help Scout comes in; returns the answer's status."""
        body = json.dumps(conversation).encode()
        key = (secret or HELPSCOUT_SECRET).encode()
        headers = {
            "content-type": "application/json",
            "x-helpscout-event": "convo.tags",
            "x-helpscout-signature": base64.b64encode(hmac.digest(key, body, "sha1")).decode(),
        }
        status, _ = await self.door.post("http://here/webhooks/helpscout", body, headers)
        await self.settle()
        return status

    def charges(self) -> list[dict[str, Any]]:
        """The charges that took effect at Stripe."""
        return self.world.effects("stripe", "payment_intents.create")

    def site_changes(self) -> list[dict[str, Any]]:
        """The changes that took effect in the clients' own system."""
        return self.world.effects("provisioning", "sites.apply")

    async def mails(self) -> list[tuple[str, str]]:
        """The e-mails that have left by a few minutes from now: subject and text."""
        await self.at(self.world.clock.at.replace(minute=self.world.clock.at.minute + 5))
        return [(mail["subject"], mail["text"]) for mail in self.world.mails()]


@asynccontextmanager
async def tiered_on(database_url: URL, *, by_hand: bool = False) -> AsyncIterator[Tiered]:
    """An installation with every system connected, or none, on Sunday 6 December 2026."""
    door = Door()
    office = make_office(timezone="UTC")
    async with world_on(database_url, office=office, post=door.post) as world:
        systems = with_charges(world.work.systems, VendorHttp(world.http))
        connected = frozenset() if by_hand else systems.connected
        installation = replace(world.office, connected=connected)
        world.work = replace(world.work, systems=systems, office=installation)
        world.vendors.stage.tuning.stripe_late_s = 0.0
        world.clock.at = SUNDAY
        senders: dict[str, AgreementSender] = {
            "tier-request": TierRequests(secrets=(WEBHOOK_SECRET,)),
            "helpscout": HelpScoutEvents(secret=HELPSCOUT_SECRET, tag="tier-request"),
            "stripe": StripeEvents(secret=SETTINGS.stripe_webhook_secret),
        }
        door.app = make_service(world.sessions, world.clock, at=installation, senders=senders)
        yield Tiered(world, door)
