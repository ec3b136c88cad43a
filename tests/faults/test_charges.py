"""Cards charged and users set through everything: each client pays once for what it gets."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL

from app.domain.delivery import System
from app.domain.tiers.documents import account_of
from app.sandbox.vendors import SandboxSettings
from app.services.tier_quotes import AskQuote, accept_quote, ask_quote
from tests.builders import SIGNED_AT, TESTER, Sessions, office
from tests.faults.conftest import Size, only_in_the_whole
from tests.faults.database import Database, client_email, client_name
from tests.faults.judge import judge, of_sold_users
from tests.faults.processes import wait_for, was_killed
from tests.faults.stage import theatre

OFFICE = office(connected=frozenset(System))
KILLS = (
    "call.before@stripe:kill:2",
    "call.after@stripe:kill:2",
    "claim.after_commit:kill:5",
    "settle.before:kill:5",
    "follow_up.after:kill:5",
    "settle.before_commit:kill:5",
    "settle.after_commit:kill:5",
)
EACH = 8
"""Clients for every worker that dies."""

OPERATIONS = (
    ("stripe", "payment_intents.create"),
    ("stripe", "payment_intents.search"),
    ("provisioning", "sites.look"),
    ("provisioning", "sites.apply"),
    ("helpscout", "conversations.create"),
    ("helpscout", "threads.schedule"),
)
FAULTS = ("slow", "timeout", "429", "500", "garbage", "half", "drop_after_effect", "500")
LATE_S = 23.0
"""Beyond the deadline of a call."""


def sell(database: Database, numbers: Sequence[int]) -> None:
    """Have so many clients say yes to more users."""

    async def job(sessions: Sessions) -> None:
        for number in numbers:
            async with sessions.begin() as session:
                asked = AskQuote(
                    account=account_of(_facts(number)),
                    account_id=None,
                    users=25,
                    contact={"name": client_name(number), "email": client_email(number)},
                    payment={
                        "customer_ref": f"cus_{number}",
                        "payment_method_ref": "pm_card_visa",
                    },
                )
                row = await ask_quote(session, asked, office=OFFICE, actor=TESTER, now=SIGNED_AT)
            async with sessions.begin() as session:
                await accept_quote(
                    session, row.id, None, office=OFFICE, actor=TESTER, now=SIGNED_AT
                )

    database.run(job)


def _facts(number: int) -> dict[str, object]:
    price = {"amount": "349.95", "currency": "USD"}
    return {
        "pricing": "legacy",
        "band": {"from": 1, "to": 10},
        "price": price,
        "started": {"band": {"from": 1, "to": 10}, "price": price},
        "bands_used": 1,
        "contract": None,
        "next_billing_on": "2026-12-01",
        "site": {"database": f"db-{number:04d}", "site_id": f"site-{number:04d}"},
    }


@only_in_the_whole
@pytest.mark.slow
def test_cards_are_charged_once_and_every_site_gets_what_was_paid_for(
    database_template: URL, tmp_path: Path, size: Size, accept: Callable[..., None]
) -> None:
    clients, points = size.of(20, 150), size.of(KILLS[:2], KILLS)
    with theatre(database_template, tmp_path, clients=0) as stage:
        stage.settings |= SandboxSettings().of_tiers(stage.vendors.url)

        # given workers that die at every step of charging
        with ExitStack() as running:
            workers = [running.enter_context(stage.worker(point)) for point in points]
            sell(stage.database, range(len(points) * EACH))
            wait_for(lambda: all(map(was_killed, workers)), stage.log)

        # when the others come while every vendor fails in every way
        stage.vendors.set(slow_s=LATE_S, hold_s=LATE_S)
        for fault in FAULTS:
            for system, operation in OPERATIONS:
                stage.vendors.fault(system, operation, fault)
        sell(stage.database, range(len(points) * EACH, clients))
        with stage.worker(), stage.worker():
            stage.drain()

        # then each client was charged once, has its users, and was told so
        intended = [effect for number in range(clients) for effect in of_sold_users(number)]
        verdict = judge(intended, stage.all_effects())
        faults = f"{len(points)} workers killed, {len(FAULTS)} faults at {len(OPERATIONS)} calls"
        accept(verdict, beside=f"{faults}, {len(stage.stuck)} tried again by hand")
