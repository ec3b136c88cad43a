"""What time does, tick by tick; each is safe to run in every worker at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from app.db.answers import drop_outlived
from app.db.clock import real_now
from app.db.engine import is_of_the_database, met_another
from app.db.models import InboundEvent
from app.db.standstill import end_standing_still
from app.delivery import circuits, recovery
from app.domain.actor import Actor
from app.domain.delivery import System
from app.domain.errors import DomainError
from app.domain.playbook.upgrade import Sender
from app.scheduler.batches import in_batches, in_waves
from app.scheduler.contract_ticks import announce, change_contracts, follow_plans
from app.scheduler.round_ticks import keep_rounds
from app.scheduler.run_ticks import keep_deadlines
from app.scheduler.version_ticks import keep_versions
from app.scheduler.work import Work
from app.services import billing_hook, sweeps, tier_sweeps, waves
from app.services.audit import seal
from app.services.board_search import tell_missing_boards
from app.services.client_mail import send_complete_email
from app.services.deliveries import follow_up
from app.services.reminding import fire_timers
from app.services.runs.reminding import fire_run_timers
from app.telemetry import logger, tick_failures, tick_seconds

LOG = logger(__name__)
KEPT_REJECTIONS = timedelta(days=30)


async def open_windows(work: Work) -> int:
    """Open the windows that have come: of plain plans by waves, then of each other by itself."""
    plain = await in_waves(work, waves.open_windows, "window_opened")
    return plain + await in_batches(work, sweeps.open_windows, "window_opened")


async def go_live(work: Work) -> int:
    """Let due plans go live, and mark those that something blocks as missed."""
    live = await in_waves(work, waves.go_live, "live")
    live += await in_batches(work, sweeps.go_live, "live")
    missed = await in_waves(work, waves.miss, "missed")
    return live + missed + await in_batches(work, sweeps.miss, "missed")


async def remind(work: Work) -> int:
    """Fire the reminders that have come: of plans, then of other runs."""
    of_plans = await in_batches(work, fire_timers, "reminder")
    return of_plans + await in_batches(work, fire_run_timers, "reminder")


async def miss_boards(work: Work) -> int:
    """Tell of boards that an automation should have made by now."""
    return await in_batches(work, tell_missing_boards, "board_missing")


async def complete_by_mail(work: Work) -> int:
    """Send Complete e-mails that are due, where the playbook has the service send them."""
    if work.office.playbook.complete_email.sent_by is not Sender.SERVICE:
        return 0
    now = await work.clock.now()
    async with work.sessions() as session:
        found = await sweeps.plans_to_complete_by_mail(session, now=now)
    sent = 0
    for plan_id in found:
        try:
            async with work.sessions.begin() as session:
                await send_complete_email(
                    session, plan_id, office=work.office, actor=Actor.service("clock"), now=now
                )
            sent += 1
        except DomainError as refusal:  # one plan's refusal must not hold up the others
            LOG.info("complete e-mail not due", plan_id=str(plan_id), code=refusal.code)
        except Exception as fault:
            if is_of_the_database(fault):
                raise
            LOG.exception("complete e-mail not sent", plan_id=str(plan_id))
    return sent


async def submit_to_the_automation(work: Work) -> int:
    """Submit what is due of released plans, and call uncertain what was not answered in time."""
    now, is_connected = await work.clock.now(), System.BILLING in work.office.connected
    async with work.sessions() as session:
        due = await billing_hook.plans_to_submit(session, now=now) if is_connected else ()
        silent = await billing_hook.plans_unanswered(session, office=work.office, now=now)
    submitted = [await _of_plan(work, billing_hook.submit_due, plan_id) for plan_id in due]
    marked = [await _of_plan(work, billing_hook.mark_unanswered, plan_id) for plan_id in silent]
    return sum([*submitted, *marked])


async def _of_plan(work: Work, service: Callable[..., Awaitable[int]], plan_id: UUID) -> int:
    """Call a service for one plan in a transaction of its own: its fault holds up no other."""
    now = await work.clock.now()
    try:
        async with work.sessions.begin() as session:
            return await service(session, plan_id, office=work.office, now=now)
    except Exception as fault:
        if is_of_the_database(fault):
            raise
        LOG.exception("plan not submitted", plan_id=str(plan_id))
        tick_failures.labels("submissions").inc()
        return 0


async def tend_quotes(work: Work) -> int:
    """Let unanswered quotes of users expire, begin what is due, tell of what is stuck."""
    now, done = await work.clock.now(), 0
    for sweep in (tier_sweeps.expire_quotes, tier_sweeps.apply_due, tier_sweeps.tell_of_stuck):
        async with work.sessions.begin() as session:
            done += await sweep(session, office=work.office, now=now)
    return done


async def recover(work: Work) -> int:
    """Take back the deliveries of dead workers, and give rows without a job a new one."""
    async with work.sessions() as session:
        at = await real_now(session)
        if ended := await end_standing_still(session):
            LOG.warning("sessions of stopped processes ended", sessions=ended)
        dead = await recovery.dead_attempts(session, real_now=at)
    for delivery_id, plan_id in dead:
        try:
            await _take_back(work, delivery_id, plan_id, real_now=at)
        except Exception as fault:
            if isinstance(fault, DBAPIError) and met_another(fault):
                continue  # somebody holds its plan; it is looked at again in a moment
            if is_of_the_database(fault):
                raise
            # What follows from one delivery must not hold up the others.
            LOG.exception("delivery not taken back", delivery_id=str(delivery_id))
            tick_failures.labels("recovery").inc()
    async with work.sessions.begin() as session:
        return len(dead) + await recovery.enqueue_orphans(session, real_now=at)


async def _take_back(
    work: Work, delivery_id: UUID, plan_id: UUID | None, *, real_now: datetime
) -> None:
    now = await work.clock.now()
    async with work.sessions.begin() as session:
        parked = await recovery.take_back(session, delivery_id, plan_id, now=now, real_now=real_now)
        if parked is not None:
            await follow_up(session, parked, office=work.office, now=now)


async def release(work: Work) -> int:
    """Give deliveries that wait for their system a job, once it may be asked again."""
    async with work.sessions.begin() as session:
        return await circuits.release_held(session, real_now=await real_now(session))


async def check_sent(work: Work) -> int:
    """See which scheduled e-mails were sent."""
    return await work.mail_reader.check_sent(now=await work.clock.now())


async def seal_audit(work: Work) -> int:
    """Chain the newest entries of the audit trail."""
    async with work.sessions.begin() as session:
        return await seal(session)


async def forget(work: Work) -> int:
    """Drop what is kept for a time only: answers by idempotency key, facts of rejected calls."""
    now = await work.clock.now()
    async with work.sessions.begin() as session:
        await drop_outlived(session, now)
        await session.execute(
            delete(InboundEvent).where(
                InboundEvent.status == "rejected", InboundEvent.received_at < now - KEPT_REJECTIONS
            )
        )
    return 0


@dataclass(frozen=True, slots=True)
class Tick:
    """One thing that time does, and how often it looks whether it is due."""

    run: Callable[[Work], Awaitable[int]]
    every_s: float


TICKS: Mapping[str, Tick] = {
    "windows": Tick(open_windows, 1),
    "live": Tick(go_live, 1),
    "reminders": Tick(remind, 5),
    "boards": Tick(miss_boards, 15),
    "complete_mails": Tick(complete_by_mail, 5),
    "contract_plans": Tick(follow_plans, 5),
    "contracts": Tick(change_contracts, 5),
    "renewals": Tick(announce, 60),
    "tier_quotes": Tick(tend_quotes, 5),
    "playbooks": Tick(keep_versions, 5),
    "rounds": Tick(keep_rounds, 5),
    "runs": Tick(keep_deadlines, 5),
    "submissions": Tick(submit_to_the_automation, 2),
    "recovery": Tick(recover, 2),
    "held": Tick(release, 1),
    "sent_mails": Tick(check_sent, 15),
    "audit": Tick(seal_audit, 2),
    "retention": Tick(forget, 3600),
}
"""In the order in which `run_all` runs them: a window opens before its plan goes live."""


async def run_tick(name: str, work: Work) -> int:
    """Run one tick and measure it; a failing one is logged, and the clock goes on."""
    begun = time.monotonic()
    try:
        return await TICKS[name].run(work)
    except Exception:  # the tick is an edge: the next one tries again
        LOG.exception("tick failed", tick=name)
        tick_failures.labels(name).inc()
        return 0
    finally:
        tick_seconds.labels(name).observe(time.monotonic() - begun)


async def run_all(work: Work) -> int:
    """Run every tick once, now; return how much was done by those that move plans."""
    return sum([await run_tick(name, work) for name in TICKS if name != "retention"])


class Ticker:
    """The clock of one worker; every worker has its own, and claiming keeps them apart.

    APScheduler's own defaults drop a run that is a second late; here a late one runs once.

    Args:
        work: What the ticks work with.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._under_way: set[asyncio.Task[Any]] = set()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for name, tick in TICKS.items():
            self._scheduler.add_job(
                self._tick,
                "interval",
                seconds=tick.every_s,
                args=[name],
                id=name,
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.add_listener(_note_overlap, EVENT_JOB_MAX_INSTANCES)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin no more ticks, and let those under way end; whoever cancels this cuts them off."""
        self._scheduler.pause()
        try:
            await asyncio.sleep(0)  # what was begun a moment ago is under way after this
            if self._under_way:
                await asyncio.wait(self._under_way)
        finally:
            self._scheduler.shutdown(wait=False)

    async def _tick(self, name: str) -> None:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await run_tick(name, self._work)


def _note_overlap(event: object) -> None:
    LOG.debug("tick still running", tick=getattr(event, "job_id", "?"))
