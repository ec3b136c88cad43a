"""I9: which package a client has is in the audit trail whenever it changes."""

from app.services.endings import Because
from app.services.forcing import force_live
from tests.builders import TESTER
from tests.world import World, local


async def packages(world: World) -> list[tuple[str, str | None, str]]:
    """Who changed a client's package, from what to what."""
    return [
        (entry.actor_id, (entry.before or {})["package"], entry.after["package"])
        for entry in await world.audit()
        if entry.action == "client.updated" and entry.after and "package" in entry.after
    ]


async def version(world: World) -> int:
    ((number,),) = await world.rows("SELECT version FROM clients")
    assert isinstance(number, int)
    return number


async def test_the_package_that_an_agreement_tells_of_is_written_down(world: World) -> None:
    await world.receive()

    assert await packages(world) == [("agreement", None, "sprint")]
    assert await version(world) == 2


async def test_going_live_is_written_down_for_the_client_too(world: World) -> None:
    await world.at(local("2026-12-01 00:01"))
    await world.receive()
    await world.at(local("2026-12-01 09:00"))
    await world.set_up()
    await world.confirm()
    await world.send_complete()

    await world.at(local("2026-12-07 00:00"))

    assert (await packages(world))[-1] == ("clock", "sprint", "scale")
    assert await version(world) == 3


async def test_forcing_a_plan_live_is_written_down_with_who_did_it(world: World) -> None:
    await world.receive()
    await world.at(local("2026-12-07 00:00"))
    plan = await world.plan()

    await world.do(force_live, Because(plan.id, "Agreed with the client."))

    assert (await packages(world))[-1] == (TESTER.id, "sprint", "scale")
