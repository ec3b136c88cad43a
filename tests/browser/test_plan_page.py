"""A plan's page in Chromium: signing in, looking, acknowledging, on a desk and on a phone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from app.console.router import console_router
from app.db.models import Plan
from app.web.application import make_app
from app.web.wired import Wired
from tests.builders import FixedClock, Sessions, office, stored_key, stored_plan, stored_staff

CHROMIUM = Path("/usr/bin/chromium")
playwright_api: Any = pytest.importorskip(
    "playwright.async_api", reason="playwright is not installed: requirements/browser.txt"
)
pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}: apt-get install chromium"
)

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


@dataclass
class Console:
    """The console as it is served, and what browsers complained of."""

    port: int
    sessions: Sessions
    browser: Any
    complaints: list[str] = field(default_factory=list)

    def address(self, plan: Plan, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/console/plans/{plan.id}"

    async def page(self, viewport: dict[str, int], **options: Any) -> Any:
        """An empty page of a browser that has not been here before."""
        context = await self.browser.new_context(viewport=viewport, **options)
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    async def signed_in(self, plan: Plan, viewport: dict[str, int], **options: Any) -> Any:
        """A page that shows a plan to somebody of Marketing."""
        key = await stored_key(self.sessions, "marketing")
        page = await self.page(viewport, **options)
        await page.goto(self.address(plan))
        await page.get_by_label("API key").fill(key)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("heading", level=1, name="Harbour Dental").wait_for()
        return page


@contextlib.asynccontextmanager
async def served(app: Any) -> AsyncIterator[int]:
    """The application on a port of its own."""
    config = uvicorn.Config(app, port=0, lifespan="off", ws="none", log_level="critical")
    server = uvicorn.Server(config)
    with contextlib.closing(config.bind_socket()) as socket:
        serving = asyncio.create_task(server.serve(sockets=[socket]))
        yield int(socket.getsockname()[1])
        server.should_exit = True
        await serving


@pytest.fixture
async def console(sessions: Sessions) -> AsyncIterator[Console]:
    wired = Wired(
        sessions=sessions,
        clock=FixedClock(),
        environment="sandbox",
        version="1.2.3",
        secret_key="a-secret-of-the-tests-that-is-long-enough",
        office=office(),
    )
    async with (
        served(make_app(wired, [console_router()])) as port,
        playwright_api.async_playwright() as driver,
    ):
        browser = await driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield Console(port, sessions, browser)
        await browser.close()


@pytest.fixture
async def plan(sessions: Sessions) -> Plan:
    await stored_staff(sessions)
    return await stored_plan(sessions)


async def width_beyond_the_screen(page: Any) -> int:
    beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(await page.evaluate(beyond))


async def test_marketing_signs_in_looks_and_acknowledges(console: Console, plan: Plan) -> None:
    # given
    page = await console.signed_in(plan, DESK)
    assert await page.get_by_text("Monday 7 December 2026", exact=True).first.is_visible()

    # when
    await page.get_by_role("button", name="Acknowledge the plan").click()
    await page.get_by_text("the marketing key, Fri 20 Nov, 13:13").wait_for()

    # then
    assert await page.get_by_role("button", name="Acknowledge the plan").count() == 0
    assert await page.get_by_text("Marketing acknowledged the plan").is_visible()
    assert console.complaints == []


async def test_a_second_window_that_is_out_of_date_is_told_so(console: Console, plan: Plan) -> None:
    # given
    first = await console.signed_in(plan, DESK)
    second = await first.context.new_page()
    await second.goto(console.address(plan))
    await first.get_by_role("button", name="Acknowledge the plan").click()
    await first.get_by_text("the marketing key, Fri 20 Nov").wait_for()

    # when
    await second.get_by_role("button", name="Acknowledge the plan").click()

    # then
    assert (
        "has changed since you opened this page" in await second.get_by_role("alert").inner_text()
    )
    assert await second.get_by_text("the marketing key, Fri 20 Nov").is_visible()


async def test_a_task_opens_at_a_click_and_shows_how_it_is_done(
    console: Console, plan: Plan
) -> None:
    # given
    page = await console.signed_in(plan, DESK)
    check = page.get_by_text("SPF and DKIM are verified")
    hidden_before = not await check.is_visible()

    # when
    await page.locator("summary", has_text="Connect the sending domain").click()

    # then
    assert hidden_before
    assert await check.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_runs_off_a_phones_screen(console: Console, plan: Plan, scheme: str) -> None:
    # given
    page = await console.signed_in(plan, PHONE, color_scheme=scheme)

    # when
    for fold in await page.locator("details > summary").all():
        await fold.click()
    on_the_plan = await width_beyond_the_screen(page)
    button = await page.get_by_role("button", name="Acknowledge the plan").bounding_box()
    await page.get_by_role("link", name="Changeover").click()
    on_the_list = await width_beyond_the_screen(page)

    # then
    assert (on_the_plan, on_the_list) == (0, 0)
    assert button["height"] >= 40
    assert console.complaints == []


async def test_a_link_in_another_sites_page_finds_the_person_still_signed_in(
    console: Console, plan: Plan
) -> None:
    # given: the same server under another name is another site to the browser
    page = await console.signed_in(plan, DESK)
    await page.goto(f"http://localhost:{console.port}/console/sign-in")

    # when
    await page.evaluate("address => { location.href = address }", console.address(plan))

    # then
    await page.get_by_role("heading", level=1, name="Harbour Dental").wait_for()


async def test_what_cancelling_would_undo_opens_from_the_keyboard(
    console: Console, plan: Plan
) -> None:
    # given
    page = await console.signed_in(plan, DESK)
    fold = page.locator(".cancelling summary", has_text="Dropped")
    step = page.locator(".cancelling li", has_text="Cancel service 'SMS'").last
    hidden_before = not await step.is_visible()

    # when
    await fold.focus()
    await page.keyboard.press("Enter")

    # then
    assert hidden_before
    assert await step.is_visible()
    assert await page.get_by_text("Nothing is cancelled by looking.").is_visible()


async def test_a_second_agreement_is_compared_in_a_table_that_fits_a_phone(
    console: Console, plan: Plan
) -> None:
    # given
    second = await stored_plan(
        console.sessions, agreement__ref="PROP-2", agreement__live_on="2026-12-14"
    )

    # when
    page = await console.signed_in(second, PHONE)

    # then
    table = page.get_by_role("table")
    assert await table.get_by_role("row").all_inner_texts() == [
        "What differs\tThe open plan\tThis agreement",
        "The live date\tMonday 7 December 2026\tMonday 14 December 2026",
    ]
    await page.get_by_role("link", name=plan.ref).click()
    await page.get_by_role("heading", level=2, name="What blocks it").wait_for()
    assert await width_beyond_the_screen(page) == 0
    assert console.complaints == []
