"""A plan whose bill an automation changes: asked at its hook, calling back at our door."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import URL

from app.adapters.billing_hook.hook import BillingHook
from app.adapters.generic.inbound import GenericAgreements
from app.adapters.http import VendorHttp
from app.db.models import Adjustment, InboundEvent
from app.domain.adjustment import BillingMode
from app.services.live_dates import SetLiveDate, set_live_date
from app.services.releases import Release, release_plan
from tests.boarded import Door
from tests.builders import make_service, stored_staff
from tests.builders import office as make_office
from tests.wired_vendors import BASE, SETTINGS
from tests.world import World, day, world_on

TYPED = "Harbour Dental / sprint"
ABOUT_THE_AUTOMATION = (
    "Uncertain in billing",
    "Not changed in billing",
    "Look in billing",
    "To be released again",
)
FIRST = ("cancel_service", "sms")


@dataclass
class Automated:
    """A world in which an automation changes the bills, and what is seen of it."""

    world: World
    door: Door

    async def settle(self) -> None:
        """Let everything happen, until the automation has nothing more to tell."""
        await self.world.run_until_idle()
        while await self.world.vendors.call_webhooks():
            await self.world.run_until_idle()

    async def release(self, typed: str = TYPED) -> None:
        """Support lets the billing changes go, and what follows happens."""
        plan = await self.world.plan()
        await self.world.only(release_plan, Release(plan.id, typed))
        await self.settle()

    async def move(self, live_on: str) -> None:
        """Support moves the live date, and what follows happens."""
        plan = await self.world.plan()
        await self.world.only(set_live_date, SetLiveDate(plan.id, day(live_on), "They asked."))
        await self.settle()

    async def one(self, kind: str = FIRST[0], service: str = FIRST[1]) -> Adjustment:
        """The adjustment of this kind and service."""
        (found,) = [
            one
            for one in await self.world.adjustments()
            if (one.kind, one.service) == (kind, service) and one.state != "voided"
        ]
        return found

    async def states(self) -> dict[str, int]:
        """How many adjustments are in each state."""
        found: dict[str, int] = {}
        for one in await self.world.adjustments():
            found[one.state] = found.get(one.state, 0) + 1
        return found

    async def call_back(self, one: Adjustment, **changes: Any) -> InboundEvent:
        """The automation says that it made a change; what became of that."""
        events = {
            "cancel_service": "billing.service_cancelled",
            "start_service": "billing.service_started",
            "charge": "billing.charged",
            "credit": "billing.credited",
        }
        document: Mapping[str, Any] = {
            "event": events[one.kind],
            "adjustment_id": str(one.id),
            "evidence": {"reference": "IGN-77", "note": None},
            **changes,
        }
        return await self.hear(document)

    async def hear(self, document: Mapping[str, Any]) -> InboundEvent:
        """An event comes in and is worked off."""
        event_id: UUID = await self.world.store_event(document)
        await self.settle()
        return await self.world.event(event_id)

    def told(self) -> list[str]:
        """What the rooms heard about the automation since this was last asked, by its title."""
        titles = [line.partition("*")[2].partition(":")[0] for _, line in self.world.said()]
        return [title for title in titles if title in ABOUT_THE_AUTOMATION]

    def last(self, title: str) -> str:
        """The newest message with this title, whole."""
        posts = self.world.effects("google_chat")
        found: str = [post["text"] for post in posts if f"*{title}:" in post["text"]][-1]
        return found

    def asked(self) -> list[dict[str, Any]]:
        """The requests that took effect at the automation, oldest first."""
        return self.world.effects("automation", "billing.change_requested")

    def requests(self) -> list[tuple[str, str]]:
        """Every request that reached it: of which service, and with which outcome."""
        lines = self.world.vendors.stage.ledger.lines(
            system="automation", operation="billing.change_requested"
        )
        return [(_service(line.body), line.outcome) for line in lines]


def _service(body: Any) -> str:
    held = body.get("request", body)
    return f"{held['kind']} {held['service']}"


@asynccontextmanager
async def automated_on(database_url: URL, *, whole: bool = True) -> AsyncIterator[Automated]:
    """An installation in hook mode with one person a role, on Friday 20 November 2026.

    Without board and helpdesk it is quicker, where only bills and what is said of them matter.
    """
    door = Door()
    office = replace(make_office(), billing_mode=BillingMode.HOOK)
    async with world_on(database_url, office=office, post=door.post) as world:
        hook = BillingHook(
            VendorHttp(world.http),
            url=f"{BASE}/automation/billing",
            secrets=(SETTINGS.automation_secret,),
        )
        systems = replace(world.work.systems, billing=hook)
        if not whole:
            systems = replace(systems, board=None, mail=None)
        installation = replace(world.office, connected=systems.connected)
        world.work = replace(world.work, systems=systems, office=installation)
        world.vendors.stage.tuning.automation_answer_s = 0.0
        senders = {"agreement": GenericAgreements(secrets=(SETTINGS.agreement_secret,))}
        door.app = make_service(world.sessions, world.clock, at=installation, senders=senders)
        await stored_staff(world.sessions)
        yield Automated(world, door)
