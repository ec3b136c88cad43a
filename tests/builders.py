"""Lawful defaults for tests, each of which may be changed: an agreement, an office, people."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.routing import BaseRoute

from app.adapters.generic.inbound import GenericAgreements
from app.api.router import ROUTERS, TAGS
from app.catalog.loader import Catalog, load_catalog
from app.db.models import ApiKey, Plan
from app.domain.actor import Actor, ActorKind
from app.domain.agreement import read_signed
from app.domain.calendar import zone_of
from app.domain.delivery import System
from app.ports.inbound import AgreementSender
from app.services.office import Office
from app.services.plans import make_plan
from app.services.staff import AddStaff, add_staff
from app.web.application import Service, make_app
from app.web.openapi import Written
from app.web.security import make_key
from app.web.wired import Wired
from app.webhooks.group_commit import Bounds
from app.webhooks.intake import Intake
from app.webhooks.router import WEBHOOK_PATHS, webhook_routes

Sessions = async_sessionmaker[AsyncSession]

SIGNED_AT = datetime(2026, 11, 20, 3, 12, tzinfo=UTC)
"""A Friday afternoon in Brisbane, two weeks before the window of the live date below opens."""

LIVE_ON = "2026-12-07"
BOOTSTRAP = "a-bootstrap-key-for-tests-only"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"a secret for tests only").decode()
TESTER = Actor(ActorKind.KEY, "tester", "Tester", "admin")


@dataclass
class FixedClock:
    """A clock that stands where it is put."""

    at: datetime = SIGNED_AT + timedelta(minutes=1)

    async def now(self) -> datetime:
        return self.at


@cache
def catalog() -> Catalog:
    """The shipped catalog, loaded once."""
    return load_catalog()


VENDORS = frozenset({System.BOARD, System.MAIL, System.CHAT})
"""The systems that are connected unless a test says otherwise: people change the bills."""
THURSDAYS = {
    "service": "sms",
    "price": {"amount": "49.00", "currency": "AUD"},
    "billing_period": "week",
    "anchor": "thursday",
    "paid_through": "2026-12-09",
}
"""A service that is billed by the week, as an agreement tells of it; sample data."""


def office(
    *, connected: frozenset[System] = VENDORS, timezone: str = "Australia/Brisbane"
) -> Office:
    """An installation with every outside system connected."""
    return Office(
        catalog=catalog(),
        timezone=zone_of(timezone),
        connected=connected,
        organisation="Sample Agency",
        public_url="https://changeover.example",
        marketing_cc=("marketing@agency.example",),
    )


def signed_document(**changes: Any) -> dict[str, Any]:
    """An `agreement.signed` event, Sprint to Scale.

    Args:
        changes: New values by their place, flattened: `agreement__live_on="2026-12-14"`;
            `...` leaves the field out.
    """
    document: dict[str, Any] = {
        "event": "agreement.signed",
        "event_id": "zap-81723",
        "occurred_at": "2026-11-20T03:12:00Z",
        "agreement": {
            "ref": "PROP-1042",
            "provider": "ignition",
            "title": "Scale upgrade",
            "signed_at": "2026-11-20T03:11:58Z",
            "live_on": LIVE_ON,
            "document_url": None,
        },
        "client": {
            "ref": "C-77",
            "name": "Harbour Dental",
            "email": "owner@harbourdental.example",
            "timezone": "Australia/Brisbane",
        },
        "movement": {"from": "sprint", "to": "scale"},
        "staff": {"sales": None, "support": None, "marketing": None},
    }
    return changed(document, changes)


def changed(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a document with values at flattened places."""
    whole = deepcopy(dict(document))
    for place, value in changes.items():
        *steps, last = place.split("__")
        inner = whole
        for step in steps:
            inner = inner.setdefault(step, {})
        if value is ...:
            inner.pop(last, None)
        else:
            inner[last] = value
    return whole


async def stored_staff(sessions: Sessions) -> dict[str, UUID]:
    """One active person of each role of the upgrade, by role."""
    people = {
        "sales": ("Sam Sales", "sam@agency.example"),
        "support": ("Sue Support", "sue@agency.example"),
        "marketing": ("Mia Marketing", "mia@agency.example"),
        "lead": ("Lea Lead", "lea@agency.example"),
    }
    ids: dict[str, UUID] = {}
    async with sessions() as session, session.begin():
        for role, (name, email) in people.items():
            command = AddStaff(name, email, role, active=True, refs={})
            person = await add_staff(session, command, actor=TESTER, now=SIGNED_AT)
            ids[role] = person.id
    return ids


async def stored_plan(
    sessions: Sessions, *, at: Office | None = None, now: datetime | None = None, **changes: Any
) -> Plan:
    """A plan made from `signed_document(**changes)`."""
    async with sessions() as session, session.begin():
        made = await make_plan(
            session,
            read_signed(signed_document(**changes)),
            office=at or office(),
            actor=TESTER,
            now=now or FixedClock().at,
        )
    return made.plan


async def stored_key(sessions: Sessions, role: str, *, staff_id: UUID | None = None) -> str:
    """An API key of a role, as the command would store it; returns its text."""
    key = make_key("sandbox")
    async with sessions() as session, session.begin():
        session.add(
            ApiKey(
                name=f"the {role} key",
                role=role,
                key_hash=key.hash,
                prefix=key.prefix,
                staff_id=staff_id,
            )
        )
    return key.plain


def make_service(
    sessions: Sessions,
    clock: FixedClock,
    *,
    at: Office | None = None,
    senders: Mapping[str, AgreementSender] | None = None,
    bounds: Bounds | None = None,
) -> Service:
    """The application as its bootstrap builds it, less the worker."""
    wired = Wired(
        sessions=sessions,
        clock=clock,
        environment="sandbox",
        version="1.2.3",
        senders={"agreement": GenericAgreements(secrets=(WEBHOOK_SECRET,)), **(senders or {})},
        bootstrap_key=BOOTSTRAP,
        office=at or office(),
    )
    routes = webhook_routes(Intake(wired, bounds))
    app = make_app(wired, (), raw_routes=routes, written=Written(WEBHOOK_PATHS), tags=TAGS)
    app.router.routes.extend(routes_of_the_api())
    return app


@cache
def routes_of_the_api() -> Sequence[BaseRoute]:
    """The routes of every router as an application takes them in: they belong to none.

    Taking them in costs a tenth of a second, which a test need not pay again.
    """
    nowhere = FastAPI(openapi_url=None)
    for router in ROUTERS:
        nowhere.include_router(router)
    return nowhere.routes


@asynccontextmanager
async def calling(app: Any, key: str | None = BOOTSTRAP) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application, with a key unless None."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://changeover.test", headers=headers
    ) as client:
        yield client
