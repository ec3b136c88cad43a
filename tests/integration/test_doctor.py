"""What the doctor says of an installation's inbox, and of who makes its boards."""

from dataclasses import replace
from io import StringIO
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.http import VendorHttp
from app.bootstrap import Built, make_systems
from app.db.driver import Lines
from app.db.models import InboundEvent
from app.delivery.systems import Systems
from app.doctor import examine
from app.domain.board_search import BoardBy
from app.domain.delivery import System
from app.scheduler.work import Work
from app.services.office import Office
from app.settings import Settings, load_settings
from app.web.wired import Wired
from tests.builders import SIGNED_AT, FixedClock, Sessions, office


def built_on(
    engine: AsyncEngine,
    sessions: Sessions,
    http: httpx.AsyncClient,
    *,
    here: Office | None = None,
    settings: Settings | None = None,
) -> Built:
    clock = FixedClock()
    here = here or office(connected=frozenset())
    wired = Wired(sessions, clock, "sandbox", "1.2.3", here)
    work = Work(engine.url, sessions, clock, here, Systems())
    settings = settings or Settings(env="sandbox")
    return Built(settings, wired, work, engine, Lines(engine), http, None)


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (0, "ok  No inbound event is quarantined"),
        (
            1,
            "--  1 inbound event is quarantined; see GET /v1/inbound-events?status=quarantined",
        ),
        (
            2,
            "--  2 inbound events are quarantined; see GET /v1/inbound-events?status=quarantined",
        ),
    ],
)
async def test_the_doctor_counts_the_events_that_were_not_understood(
    engine: AsyncEngine, sessions: Sessions, count: int, line: str
) -> None:
    # given
    async with sessions() as session, session.begin():
        for status in ("processed", *["quarantined"] * count):
            session.add(
                InboundEvent(
                    id=uuid4(),
                    source="agreement",
                    event_id=str(uuid4()),
                    status=status,
                    document={},
                    received_at=SIGNED_AT,
                )
            )
    said = StringIO()

    # when
    async with httpx.AsyncClient() as http:
        await examine(built_on(engine, sessions, http), said)

    # then
    assert line in said.getvalue().splitlines()


@pytest.mark.parametrize(
    ("connected", "settings", "line", "well"),
    [
        (
            frozenset({System.BOARD}),
            {"monday_token": "t", "monday_template_board_id": "7700000001"},
            "ok  Boards: made by an automation, found by the agreement's number",
            True,
        ),
        (
            frozenset(),
            {},
            "!!  CHANGEOVER_BOARD_BY is automation, but monday.com is not connected: the boards "
            "that the automation makes are not found; each is a person's to fit.",
            False,
        ),
    ],
)
async def test_the_doctor_says_who_makes_the_boards(
    engine: AsyncEngine,
    sessions: Sessions,
    connected: frozenset[System],
    settings: dict[str, str],
    line: str,
    well: bool,
) -> None:
    # given
    here = replace(office(connected=connected), board_by=BoardBy.AUTOMATION)
    environment = Settings.model_validate({"env": "sandbox", "board_by": "automation", **settings})
    said = StringIO()

    # when
    async with httpx.AsyncClient() as http:
        built = built_on(engine, sessions, http, here=here, settings=environment)
        all_is_well = await examine(built, said)

    # then
    assert line in said.getvalue().splitlines()
    assert all_is_well is well


async def test_the_doctor_names_the_host_of_the_billing_hook_and_no_more(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    # given
    settings = load_settings(
        {
            "CHANGEOVER_ENV": "sandbox",
            "CHANGEOVER_BILLING_MODE": "hook",
            "CHANGEOVER_BILLING_HOOK_URL": "https://hooks.example/catch/topsecret/",
            "CHANGEOVER_BILLING_HOOK_SECRET": "whsec_" + "A" * 32,
        }
    )
    said = StringIO()

    # when
    async with httpx.AsyncClient() as http:
        built = built_on(engine, sessions, http)
        systems = make_systems(settings, VendorHttp(http))
        built.work = replace(built.work, systems=systems)
        await examine(built, said)

    # then
    lines = said.getvalue().splitlines()
    assert "ok  billing hook: changes of bills are sent to hooks.example (not tried)." in lines
    assert "topsecret" not in said.getvalue()


async def test_in_manual_mode_no_hook_is_connected() -> None:
    settings = load_settings(
        {
            "CHANGEOVER_ENV": "sandbox",
            "CHANGEOVER_BILLING_HOOK_URL": "https://hooks.example/catch",
            "CHANGEOVER_BILLING_HOOK_SECRET": "whsec_" + "A" * 32,
        }
    )

    async with httpx.AsyncClient() as http:
        assert make_systems(settings, VendorHttp(http)).billing is None
