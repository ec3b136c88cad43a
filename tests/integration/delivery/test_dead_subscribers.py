"""Subscribers to events: one that is down is held off by itself, and holds up no other."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from uuid import UUID

import httpx
import pytest

from app.adapters.hooks.subscribers import HttpSubscribers
from app.adapters.http import VendorHttp
from app.domain.circuit import OPENS_AFTER
from app.scheduler.ticks import run_tick
from app.services.hooks import Event, events_sent, publish, subscribe
from tests.builders import TESTER
from tests.integration.delivery.waiting import delivery, jobs_of
from tests.signed_contracts import signed
from tests.world import World, local

DEAD, WELL = "https://dead.example/", "https://well.example/"
EVENTS = OPENS_AFTER + 3


@dataclass
class Subscribers:
    """Two that are to hear of the same events, one of which does not answer.

    Attributes:
        events: The deliveries to each, oldest first.
        heard: How often each was called.
    """

    world: World
    events: dict[str, list[UUID]] = field(default_factory=dict)
    heard: Counter[str] = field(default_factory=Counter)
    answers: dict[str, int] = field(default_factory=lambda: {DEAD: 503, WELL: 204})

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.heard[str(request.url)] += 1
        return httpx.Response(self.answers[str(request.url)])

    async def deliver(self, address: str) -> None:
        """A job comes for each of an address' events."""
        for one in self.events[address]:
            await self.world.work.courier.deliver(one)

    async def held(self, address: str) -> int:
        rows = [await delivery(self.world, one) for one in self.events[address]]
        return sum(row.held_at is not None for row in rows)

    async def pause_is_over(self) -> None:
        await self.world.change(
            "UPDATE subscriber_circuits SET probe_at = clock_timestamp() - interval '1 second'"
        )
        await self.world.change("UPDATE deliveries SET next_attempt_at = NULL")


@pytest.fixture
async def subscribers(world: World) -> AsyncIterator[Subscribers]:
    """So many events for both, none of which has left."""
    await world.at(local("2026-02-01 09:00"))
    contract_id = await signed(world)
    found = Subscribers(world)
    async with httpx.AsyncClient(transport=httpx.MockTransport(found.answer)) as http:
        posts = HttpSubscribers(VendorHttp(http), secret_key="k" * 32)
        world.work = replace(world.work, systems=replace(world.work.systems, subscribers=posts))
        async with world.sessions.begin() as session:
            known = events_sent(world.office)
            for url in (DEAD, WELL):
                await subscribe(
                    session, url, ["contract.*"], known=known, actor=TESTER, now=world.now
                )
            await session.flush()
            for number in range(EVENTS):
                event = Event("contract.renewed", str(number), {"number": number})
                await publish(session, (contract_id, "test"), event, now=world.now)
        for one in await world.deliveries("hook.post"):
            found.events.setdefault(one.payload["target_url"], []).append(one.id)
        yield found


async def test_a_dead_subscriber_is_not_hammered_and_holds_up_no_other(
    subscribers: Subscribers,
) -> None:
    # when one does not answer, again and again
    await subscribers.deliver(DEAD)

    # then its other events wait, without an attempt and without a job
    assert subscribers.heard[DEAD] == OPENS_AFTER
    assert await subscribers.held(DEAD) == EVENTS - OPENS_AFTER

    # and whoever else has subscribed hears everything
    await subscribers.deliver(WELL)
    assert subscribers.heard[WELL] == EVENTS
    assert await subscribers.held(WELL) == 0


async def test_one_event_tries_a_dead_subscriber_and_the_others_follow_once_it_answers(
    subscribers: Subscribers,
) -> None:
    world = subscribers.world
    await subscribers.deliver(DEAD)
    waiting = subscribers.events[DEAD][OPENS_AFTER:]

    # when its pause is over, one of those that wait gets a job, and tries it in vain
    await subscribers.pause_is_over()
    await world.change("DELETE FROM jobs.pgqueuer")
    await run_tick("held", world.work)
    assert sum([await jobs_of(world, one) for one in waiting]) == 1
    await subscribers.deliver(DEAD)
    assert subscribers.heard[DEAD] == OPENS_AFTER + 1
    assert await subscribers.held(DEAD) == EVENTS - 1

    # and when it answers again, all leave
    subscribers.answers[DEAD] = 204
    await subscribers.pause_is_over()
    await subscribers.deliver(DEAD)
    await run_tick("held", world.work)
    await world.run_until_idle()
    assert {(await delivery(world, one)).state for one in subscribers.events[DEAD]} == {"delivered"}
    assert subscribers.heard[DEAD] == OPENS_AFTER + 1 + EVENTS
