"""A browser at the console, as far as a test needs one: pages, forms and the cookie."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
from sqlalchemy import select

from app.console.router import console_router
from app.db.models import Plan
from app.web.application import make_app
from app.web.wired import Wired
from tests.builders import BOOTSTRAP, FixedClock, Sessions, office

SECRET = "a-secret-of-the-tests-that-is-long-enough"


def wired_for(sessions: Sessions, **changes: Any) -> Wired:
    wired = Wired(
        sessions=sessions,
        clock=FixedClock(),
        environment="sandbox",
        version="1.2.3",
        bootstrap_key=BOOTSTRAP,
        secret_key=SECRET,
        office=office(),
    )
    return replace(wired, **changes)


@asynccontextmanager
async def visiting(
    sessions: Sessions, *, scheme: str = "http", **changes: Any
) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(wired_for(sessions, **changes), [console_router()])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=f"{scheme}://console.test"
    ) as browser:
        yield browser


async def sign_in(browser: httpx.AsyncClient, key: str, wanted: str = "/console") -> httpx.Response:
    return await browser.post("/console/sign-in", data={"key": key, "next": wanted})


def field_of(page: httpx.Response, name: str) -> str:
    """The value of a hidden field, as the last form of the page has it."""
    return page.text.rsplit(f'name="{name}" value="', 1)[1].partition('"')[0]


async def acknowledge(browser: httpx.AsyncClient, plan: Plan, **changes: str) -> httpx.Response:
    page = await browser.get(f"/console/plans/{plan.id}")
    fields = {"token": field_of(page, "token"), "version": str(plan.version), **changes}
    return await browser.post(f"/console/plans/{plan.id}/acknowledge", data=fields)


async def acknowledged_by(sessions: Sessions, plan: Plan) -> str | None:
    async with sessions() as session:
        name: str | None = await session.scalar(
            select(Plan.acknowledged_by).where(Plan.id == plan.id)
        )
    return name
