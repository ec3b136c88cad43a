"""Two people change one contract: the second is told that it has changed, nothing is half made."""

import asyncio
from uuid import UUID

import httpx
from sqlalchemy import text

from app.db.contracts import lock_contract
from tests.api.conftest import Service
from tests.api.contracting import (
    change,
    noon,
    stored_contract,
)

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock'"
)


async def test_two_people_at_once_one_gets_a_stale_version(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    seen = {"If-Match": '"1"'}

    first = await change(
        client, contract_id, "upgrade", {"product": "seats", "add": 1}, headers=seen
    )
    second = await change(
        client, contract_id, "upgrade", {"product": "seats", "add": 1}, headers=seen
    )

    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (412, "stale_version")


async def test_of_two_calls_that_meet_one_is_made_and_the_other_told(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    add = {"product": "seats", "add": 1}

    # given: somebody holds the contract until both calls wait for it
    async with service.sessions.begin() as holder:
        await lock_contract(holder, UUID(contract_id))
        calls = [asyncio.create_task(change(client, contract_id, "upgrade", add)) for _ in range(2)]
        async with service.sessions() as watcher:
            for _ in range(2000):
                if await watcher.scalar(WAITING) == len(calls):
                    break
                await watcher.rollback()  # within a transaction the view does not change
                await asyncio.sleep(0.01)
    answers = await asyncio.gather(*calls)

    assert sorted(each.status_code for each in answers) == [201, 412]
    late = next(each for each in answers if each.status_code == 412)
    assert (late.json()["code"], late.headers["etag"]) == ("stale_version", '"3"')
    async with service.sessions() as session:
        made = await session.execute(
            text(
                "SELECT (SELECT count(*) FROM contract_changes),"
                " (SELECT count(*) FROM contract_rows), (SELECT count(*) FROM contract_lines),"
                " (SELECT count(*) FROM audit WHERE action = 'contract.change_entered')"
            )
        )
        assert tuple(made.one()) == (1, 0, 2, 1)


async def test_the_version_that_was_decided_on_may_stand_in_the_body(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.clock.at = noon("2026-02-01")
    contract_id = await stored_contract(client, service.sessions)
    add = {"product": "seats", "add": 1}

    shown = await change(client, contract_id, "upgrade", add, base_version=1, dry_run=True)
    first = await change(client, contract_id, "upgrade", add, base_version=1)
    second = await change(client, contract_id, "upgrade", add, base_version=1)

    assert (shown.status_code, first.status_code, second.status_code) == (200, 201, 412)
    assert second.json()["code"] == "stale_version"
