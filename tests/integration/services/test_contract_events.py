"""Events of contracts, as subscribers hear them: each once, with what it is about."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.api.hook_bodies import events_of
from app.catalog.loader import load_catalog
from app.db.models import Delivery, Hook
from app.domain.contract.change import ChangeKind, LineEdit
from app.domain.contract.line import LineKind
from app.services.contracts.creating import NewLine
from app.services.contracts.undoing import Undo, reinstate
from app.services.epochs import begin_epoch
from app.services.hooks import Event, events_sent, publish, subscribe, unsubscribe
from tests.builders import TESTER
from tests.contracted import aud
from tests.signed_contracts import enter, signed
from tests.world import World, local

BODIES = events_of(load_catalog())


@dataclass
class Listener:
    """A subscriber that takes so many events, and is gone then."""

    takes: int = 100
    heard: list[Mapping[str, Any]] = field(default_factory=list)

    async def post(self, hook_id: UUID, url: str, event: Mapping[str, Any]) -> bool:
        assert url == "https://hooks.example/1"
        (model,) = BODIES[event["type"]]
        model.model_validate(event)  # as the document says, and nothing beside it
        self.heard.append(event)
        return len(self.heard) <= self.takes

    async def probe(self) -> str:
        return "here"

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.heard]


@pytest.fixture
async def listener(world: World) -> Listener:
    """Hears of everything that befalls contracts, from 1 February 2026 on."""
    await world.at(local("2026-02-01 09:00"))
    one = Listener()
    world.work = replace(world.work, systems=replace(world.work.systems, subscribers=one))
    async with world.sessions.begin() as session:
        await subscribe(
            session,
            "https://hooks.example/1",
            ["contract.*"],
            known=events_sent(world.office),
            actor=TESTER,
            now=world.now,
        )
    return one


async def test_a_subscriber_hears_each_event_once_until_it_is_gone(
    world: World, listener: Listener
) -> None:
    contract_id = await signed(world)
    listener.takes = 1

    for on, add in (("2026-03-01", 1), ("2026-04-01", 2), ("2026-05-01", 3)):
        await enter(world, contract_id, ChangeKind.UPGRADE, on, LineEdit("seats", add=add))
        await world.run_until_idle()

    # then: the second answer was that nobody listens any more, and the third event never left
    assert listener.types == ["contract.change_scheduled"] * 2
    (hook,) = await world.all(select(Hook))
    assert hook.ended_because == "The subscriber said that it is gone (410)."
    found = await world.all(select(Delivery))
    assert {one.kind: one.state for one in found} == {
        "chat.post": "delivered",
        "hook.post": "delivered",
    }


async def test_a_termination_that_is_taken_back_is_heard_as_such(
    world: World, listener: Listener
) -> None:
    contract_id = await signed(world)
    change_id = await enter(world, contract_id, ChangeKind.TERMINATION, "2026-06-01")

    await world.only(reinstate, Undo(change_id, "They stay."))
    await world.run_until_idle()

    assert listener.types == ["contract.change_scheduled", "contract.reinstated"]
    said = listener.heard[-1]["data"]
    assert (said["contract"]["id"], said["contract"]["ends_on"]) == (str(contract_id), "2027-01-01")
    assert (said["change"]["id"], said["change"]["reason"]) == (str(change_id), "They stay.")


async def test_a_contract_that_did_not_renew_by_itself_is_heard_of_once(
    world: World, listener: Listener
) -> None:
    # given: only what was bought once is left
    contract_id = await signed(
        world, lines=(NewLine("hours", 20, aud("1.00"), "Hours", LineKind.ONE_TIME),)
    )

    await world.at(local("2027-01-01 00:00"))
    await world.at(local("2027-01-02 00:00"))

    stopped = [event for event in listener.heard if event["type"] == "contract.not_renewed"]
    (data,) = [event["data"] for event in stopped]
    assert (data["contract"]["id"], data["notice"]) == (str(contract_id), "renewal_stopped")
    assert data["said"].startswith("The contract did not renew by itself on Friday 1 January 2027")


async def test_after_a_restored_backup_an_event_leaves_again_under_its_first_id(
    world: World, listener: Listener
) -> None:
    # given an announcement that left after the backup was taken, of which it knows nothing
    await signed(world)
    await world.at(local("2026-10-03 09:00"))
    for table in ("contract_notices", "tasks", "attempts", "deliveries"):
        await world.change(f"DELETE FROM {table}")

    # when it is restored, and the clock announces again
    async with world.sessions.begin() as session:
        await begin_epoch(session, actor=TESTER, now=world.now)
    await world.at(local("2026-10-03 09:05"))

    # then the subscriber can tell the repeat by its id
    first, second = listener.heard
    assert first["type"] == second["type"] == "contract.renewal_ahead"
    assert first["id"] == second["id"]
    assert {one.state for one in await world.all(select(Delivery))} == {"delivered"}


async def test_whoever_is_just_unsubscribing_is_told_nothing_more(
    world: World, listener: Listener
) -> None:
    contract_id = await signed(world)
    (hook,) = await world.all(select(Hook))

    async def told() -> int:
        async with world.sessions.begin() as session:
            event = Event("contract.renewed", "test", {})
            return await publish(session, (contract_id, "test"), event, now=world.now)

    # when something happens while a subscription is being ended
    async with world.sessions.begin() as ending:
        await unsubscribe(ending, hook.id, "Enough.", actor=TESTER, now=world.now)
        await ending.flush()
        telling = asyncio.create_task(told())
        await asyncio.sleep(0.3)

    assert await telling == 0
    await world.run_until_idle()
    assert listener.heard == []
