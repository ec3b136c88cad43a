"""What time does to contracts: due changes are carried out, renewals announced and carried out."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from app.db.engine import is_of_the_database
from app.scheduler.work import Work
from app.services.contracts.carrying_out import CLOCK, carry_out, changes_due
from app.services.contracts.plans import follow_plan, plans_to_follow
from app.services.contracts.renewing import (
    announce_renewal,
    renew,
    renewals_ahead,
    renewals_due,
)
from app.telemetry import logger, tick_failures

LOG = logger(__name__)


async def change_contracts(work: Work) -> int:
    """Carry out the changes whose day has come, then renew what ends and renews by itself."""
    changed = await each_by_itself(work, changes_due, carry_out, "contract")
    return changed + await each_by_itself(work, renewals_due, renew, "contract")


async def follow_plans(work: Work) -> int:
    """Have the clients' contracts say what upgrade plans do to them."""
    return await each_by_itself(work, plans_to_follow, follow_plan, "contract")


async def announce(work: Work) -> int:
    """Tell people of the renewals that come."""
    return await each_by_itself(
        work, partial(renewals_ahead, office=work.office), announce_renewal, "contract"
    )


async def each_by_itself(
    work: Work,
    due: Callable[..., Awaitable[Sequence[UUID]]],
    service: Callable[..., Awaitable[Any]],
    noun: str,
) -> int:
    """Call a service for each that is due, in a transaction of its own: one holds up no other."""
    now = await work.clock.now()
    async with work.sessions() as session:
        found = await due(session, now=now)
    done = 0
    for subject_id in found:
        try:
            async with work.sessions.begin() as session:
                await service(session, subject_id, office=work.office, actor=CLOCK, now=now)
            done += 1
        except Exception as fault:
            if is_of_the_database(fault):
                raise
            LOG.exception("not moved", noun=noun, subject_id=str(subject_id))
            tick_failures.labels(f"{noun}s").inc()
    return done
