"""One plan on which the service fails holds up no other: it stays where it is, and is logged."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from app.db.ids import new_id
from app.db.models import Attempt, Plan
from app.scheduler.ticks import TICKS
from tests.world import World, local


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """What the ticks log."""
    with capture_logs() as entries:
        yield entries


async def two_plans(world: World) -> tuple[Plan, Plan]:
    """Two plans; the catalog does not have the package that the first one takes any more."""
    await world.receive()
    await world.receive(
        agreement__ref="PROP-2043",
        client__ref="C-78",
        client__name="Corner Bakery",
        client__email="owner@cornerbakery.example",
    )
    faulty, sound = await world.plans()
    await world.change("UPDATE plans SET to_package = 'gone' WHERE id = :id", id=faulty.id)
    return faulty, sound


async def test_a_faulty_plan_does_not_keep_the_windows_of_the_others_shut(
    world: World, logged: list[EventDict]
) -> None:
    await two_plans(world)

    await world.at(local("2026-12-01 00:00"))

    assert [plan.state for plan in await world.plans()] == ["scheduled", "in_window"]
    assert "plan not moved" in {entry["event"] for entry in logged}


async def test_a_faulty_plan_does_not_keep_the_others_from_their_live_instant(
    world: World,
) -> None:
    faulty, _ = await two_plans(world)
    await world.change("UPDATE plans SET to_package = 'scale' WHERE id = :id", id=faulty.id)
    await world.at(local("2026-12-01 00:00"))
    await world.change("UPDATE plans SET to_package = 'gone' WHERE id = :id", id=faulty.id)

    await world.at(local("2026-12-07 00:00"))

    assert [plan.state for plan in await world.plans()] == ["in_window", "missed"]


async def test_a_faulty_plan_does_not_keep_the_others_from_being_reminded_of(world: World) -> None:
    _, sound = await two_plans(world)

    await world.at(local("2026-12-04 09:00"))

    reminded = [entry.plan_id for entry in await world.audit() if entry.action == "plan.reminded"]
    assert set(reminded) == {sound.id}


async def test_a_sweep_ends_that_fails_on_every_plan(world: World) -> None:
    await two_plans(world)
    await world.change("UPDATE plans SET to_package = 'gone'")
    world.clock.at = local("2026-12-01 00:00")

    assert await TICKS["windows"].run(world.work) == 0

    assert [plan.state for plan in await world.plans()] == ["scheduled", "scheduled"]


async def test_a_faulty_plan_does_not_keep_the_deliveries_of_others_with_the_dead(
    world: World,
) -> None:
    # Given two deliveries in the hands of dead workers; the first has killed three
    faulty, sound = await two_plans(world)
    poison = await held_by_the_dead(world, faulty.id, crashes=3)
    other = await held_by_the_dead(world, sound.id, crashes=1)

    # When they are looked for
    await TICKS["recovery"].run(world.work)

    # Then the second is tried again, though what follows from the first fails
    states = {one.id: one.state for one in await world.deliveries("email.begun")}
    assert (states[poison], states[other]) == ("sending", "uncertain")


async def held_by_the_dead(world: World, plan_id: UUID, *, crashes: int) -> UUID:
    """Put the plan's Begun e-mail back into the hands of a worker that died long ago."""
    (delivery,) = [one for one in await world.deliveries("email.begun") if one.plan_id == plan_id]
    long_ago = datetime(2026, 1, 10 - crashes, tzinfo=UTC)
    async with world.sessions.begin() as session:
        session.add_all(
            Attempt(id=new_id(), delivery_id=delivery.id, number=10 + n, started_at=long_ago)
            for n in range(crashes)
        )
    await world.change(
        "UPDATE deliveries SET state = 'sending', token = :token, lease_until = :long_ago,"
        " attempts = :crashes, crashes = :before, settled_at = NULL WHERE id = :id",
        token=new_id(),
        long_ago=long_ago,
        crashes=crashes,
        before=crashes - 1,
        id=delivery.id,
    )
    return delivery.id
