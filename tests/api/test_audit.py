"""The audit trail over HTTP: what was changed, by whom, and whether the trail was touched."""

import httpx
from sqlalchemy import text

from app.services.audit import seal
from tests.api.conftest import Service
from tests.builders import stored_plan


async def sealed(service: Service) -> int:
    async with service.sessions() as session, session.begin():
        return await seal(session)


async def test_an_untouched_chain_is_intact(service: Service, client: httpx.AsyncClient) -> None:
    # given
    plan = await stored_plan(service.sessions)
    count = await sealed(service)

    # when
    await client.post(f"/v1/plans/{plan.id}/acknowledge")
    verified = await client.get("/v1/audit/verify")

    # then
    assert verified.json() == {
        "intact": True,
        "sealed": count,
        "unsealed": 1,
        "first_broken": None,
    }


async def test_a_changed_entry_and_a_missing_one_are_found(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await stored_plan(service.sessions)
    await sealed(service)

    # when
    async with service.sessions() as session, session.begin():
        # The table refuses changes; only its owner can switch that off, which is what is tried.
        await session.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        changed = "UPDATE audit SET actor_name = 'Somebody else' WHERE number = 3"
        await session.execute(text(changed))
    touched = await client.get("/v1/audit/verify")
    async with service.sessions() as session, session.begin():
        await session.execute(text("DELETE FROM audit WHERE number = 2"))
    removed = await client.get("/v1/audit/verify")

    # then
    assert (touched.json()["intact"], touched.json()["first_broken"]) == (False, 3)
    assert (removed.json()["intact"], removed.json()["first_broken"]) == (False, 3)


async def test_entries_are_found_by_what_they_are_about(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    plan = await stored_plan(service.sessions)
    await client.post(f"/v1/plans/{plan.id}/acknowledge")

    # when
    found = await client.get(f"/v1/audit?plan_id={plan.id}&action=plan.acknowledged")
    by_actor = await client.get("/v1/audit?actor_id=bootstrap")

    # then
    (entry,) = found.json()["items"]
    assert entry["actor"] == {"kind": "key", "id": "bootstrap", "name": "Bootstrap key"}
    assert entry["subject"] == {"kind": "plan", "id": str(plan.id)}
    assert entry["after"] == {"acknowledged_by": "Bootstrap key"}
    assert [each["id"] for each in by_actor.json()["items"]] == [entry["id"]]
