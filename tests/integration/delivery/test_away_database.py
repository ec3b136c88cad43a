"""A database that goes away in the middle of an attempt: it is tried again, and parks nothing."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from app.db.models import Delivery
from app.delivery.deliver import Courier
from app.ports.clock import Clock
from app.scheduler.queue import inbound
from tests.builders import signed_document
from tests.world import World


@dataclass
class AwayAt:
    """The application's clock, which cannot be asked at one time."""

    clock: Clock
    asking: int
    _asked: int = field(default=0)

    async def now(self) -> datetime:
        self._asked += 1
        if self._asked == self.asking:
            raise ConnectionRefusedError("no database")
        return await self.clock.now()


async def begun_mail(world: World) -> Delivery:
    event = await world.store_event(signed_document())
    await world.change("DELETE FROM jobs.pgqueuer")
    await inbound(world.work, {"event_id": str(event)})
    (mail,) = await world.deliveries("email.begun")
    return mail


def courier(world: World, *, away_at: int) -> Courier:
    return replace(world.work, clock=AwayAt(world.clock, away_at)).courier


async def test_an_attempt_in_whose_middle_the_database_is_away_is_looked_up(world: World) -> None:
    # given an e-mail on its way
    mail = await begun_mail(world)

    # when the database cannot be asked for the time right before the e-mail is scheduled
    await courier(world, away_at=2).deliver(mail.id)

    # then it is neither a person's nor lost, and goes out once
    (mail,) = await world.deliveries("email.begun")
    assert (mail.state, mail.reason) == (
        "uncertain",
        "The database was away in the middle of the attempt.",
    )
    await world.run_until_idle()
    (mail,) = await world.deliveries("email.begun")
    assert mail.state == "delivered"
    assert len(world.effects("helpscout", "threads.schedule")) == 1


async def test_a_settle_that_the_database_refuses_is_made_again(world: World) -> None:
    # given an e-mail that the helpdesk takes
    mail = await begun_mail(world)

    # when the database is away as that is to be written down
    await courier(world, away_at=3).deliver(mail.id)

    # then it is written down all the same
    (mail,) = await world.deliveries("email.begun")
    assert mail.state == "delivered"
