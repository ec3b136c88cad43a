"""Plans run ahead, and what their stories tell."""

from datetime import datetime
from typing import Any

from app.domain.agreement import read_signed
from app.domain.calendar import zone_of
from app.domain.delivery import DeliveryKind
from app.services.office import Office
from app.services.simulation import run_plan, run_signed
from app.services.stories import Happened, People, SetOff, Story
from tests.builders import signed_document
from tests.contents import contents
from tests.world import World


async def run_ahead(
    world: World,
    people: People = People.DILIGENT,
    *,
    office: Office | None = None,
    **changes: Any,
) -> Story:
    """Run the plan of an agreement ahead, and see that nothing of it is left."""
    signed = read_signed(signed_document(**changes))
    begins_at = signed.occurred_at
    assert begins_at is not None
    before = await contents(world.sessions)
    async with world.sessions() as session:
        story = await run_signed(
            session,
            signed,
            people=people,
            office=office or world.office,
            begins_at=begins_at,
        )
        await session.commit()
    assert await contents(world.sessions) == before
    assert world.vendors.stage.ledger.lines(effect=True) == []
    return story


async def run_on(world: World, people: People = People.DILIGENT) -> Story:
    """Run the only plan ahead from where it is, and see that nothing of it is left."""
    plan = await world.plan()
    before = await contents(world.sessions)
    async with world.sessions() as session:
        story = await run_plan(session, plan.id, people=people, office=world.office, now=world.now)
        await session.commit()
    assert await contents(world.sessions) == before
    return story


def said(story: Story, zone: str = "Australia/Brisbane") -> list[tuple[str, str, str]]:
    """The chat messages: the client's hour, the occasion, the room."""
    return [
        (hour(entry.at, zone), entry.subject.split("/")[0], entry.payload["room"])
        for entry in story.entries
        if isinstance(entry, SetOff) and entry.kind is DeliveryKind.CHAT_POST
    ]


def done(story: Story, *actions: str, zone: str = "Australia/Brisbane") -> list[tuple[str, str]]:
    """What was done of these kinds: the client's hour and the action."""
    return [
        (hour(entry.at, zone), entry.action)
        for entry in story.entries
        if isinstance(entry, Happened) and entry.action in actions
    ]


def hour(at: datetime, zone: str) -> str:
    return f"{at.astimezone(zone_of(zone)):%m-%d %H:%M}"
