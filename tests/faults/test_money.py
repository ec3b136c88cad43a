"""Changes of bills through everything: asked for once, or a person is told to look them up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL, select

from app.db.models import Adjustment, Client, Plan
from app.domain.adjustment import BillingMode
from app.domain.delivery import System
from app.sandbox.vendors import SandboxSettings
from app.services.releases import Release, release_plan
from tests.builders import TESTER, Sessions, office
from tests.faults.conftest import Size, only_in_the_whole
from tests.faults.database import Database, client_name
from tests.faults.judge import Effect, judge, of_changed_bills
from tests.faults.processes import free_port, process, wait_for, was_killed
from tests.faults.stage import Theatre, theatre

OPENED_AT = datetime(2026, 11, 30, 14, 1, tzinfo=UTC)
"""A minute into the window, in Brisbane."""

UNANSWERED_AT = OPENED_AT + timedelta(hours=5)
"""When whoever has not called back is taken for one that will not."""

OFFICE = replace(
    office(connected=frozenset({System.CHAT, System.BILLING})), billing_mode=BillingMode.HOOK
)
KILLS = (
    "call.before@billing_hook:kill:2",
    "call.after@billing_hook:kill:2",
    "claim.after_commit:kill:5",
    "settle.before:kill:5",
    "settle.before_commit:kill:5",
)
FAULTS = ("429", "429", "500", "garbage", "half", "drop_after_effect")
EACH = 2
"""Plans released for every worker that dies: what it has in hand, nobody knows the end of."""


@contextmanager
def billed_by_an_automation(stage: Theatre) -> Iterator[None]:
    """Have an automation change the bills, with an API process that it calls back."""
    port = free_port()
    for name in ("MONDAY_TOKEN", "HELPSCOUT_APP_SECRET"):
        del stage.settings[f"CHANGEOVER_{name}"]
    stage.settings |= {
        **SandboxSettings().of_billing(stage.vendors.url),
        "CHANGEOVER_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    stage.vendors.set(automation_answer_s=0.2)
    service = {**stage.settings, "CHANGEOVER_WORKER": "off"}
    with process("serve", "--port", str(port), log=stage.folder / "worker.log", **service):
        wait_for(lambda: _answers(port), stage.log)
        yield


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def release(database: Database, most: int) -> None:
    """Let the changes of so many more plans go."""

    async def job(sessions: Sessions) -> None:
        async with sessions() as session:
            found = list(
                await session.execute(
                    select(Plan.id, Client.name)
                    .join(Client, Client.id == Plan.client_id)
                    .where(Plan.released_at.is_(None))
                    .limit(most)
                )
            )
        for plan_id, name in found:
            async with sessions.begin() as session:
                command = Release(plan_id, f"{name} / sprint")
                await release_plan(session, command, office=OFFICE, actor=TESTER, now=OPENED_AT)

    database.run(job)


def changes(database: Database) -> dict[Effect, str]:
    """In which state each change of a bill is."""

    async def job(sessions: Sessions) -> dict[Effect, str]:
        async with sessions() as session:
            found = await session.execute(
                select(Client.name, Adjustment.kind, Adjustment.service, Adjustment.state)
                .join(Plan, Plan.id == Adjustment.plan_id)
                .join(Client, Client.id == Plan.client_id)
            )
            return {
                ("automation", name, f"{kind} {service}"): state
                for name, kind, service, state in found
            }

    found: dict[Effect, str] = database.run(job)
    return found


def wait_until_none_is(stage: Theatre, state: str) -> None:
    wait_for(
        lambda: state not in changes(stage.database).values(),
        lambda: f"{stage.log()}\n{changes(stage.database)}",
        every_s=0.5,
    )


@only_in_the_whole
@pytest.mark.slow
def test_bills_are_changed_once_or_a_person_is_told(
    database_template: URL, tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    clients = size.of(4, 50)
    with (
        theatre(database_template, tmp_path, clients=clients) as stage,
        billed_by_an_automation(stage),
    ):
        # given plans in their window
        stage.database.move(OPENED_AT)
        with stage.worker():
            stage.drain()

        # when they are released, while workers die at every step of asking
        points = size.of(KILLS[:1], KILLS)
        for point in points:
            release(stage.database, EACH)
            with stage.worker(point) as worker:
                wait_for(lambda: was_killed(worker), stage.log)

        # and while the hook fails in every way
        release(stage.database, clients)
        for fault in FAULTS * size.of(1, 5):
            stage.vendors.fault("automation", "billing.change_requested", fault)
        with stage.worker(), stage.worker():
            wait_until_none_is(stage, "due")
            stage.drain()

            # and the day goes on
            stage.database.move(UNANSWERED_AT)
            wait_until_none_is(stage, "submitted")
            stage.drain()

        # then each change was asked for once, or is there for a person to look up
        intended = [
            effect
            for number in range(clients)
            for effect in (
                *of_changed_bills(number),
                ("google_chat", client_name(number), "Upgrade signed"),
            )
        ]
        told = [e for e, state in changes(stage.database).items() if state == "uncertain"]
        verdict = judge(intended, stage.all_effects(), with_people=told)
        faults = f"{len(FAULTS) * size.of(1, 5)} faults of the hook"
        accept(verdict, beside=f"{len(points)} workers killed, {faults}")
