"""What the fault suite does in the database: sign agreements, look, and be the operator."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import URL, func, select, text
from sqlalchemy.exc import DBAPIError

from app.db.clock import move_clock, real_now
from app.db.engine import make_engine, make_sessions
from app.db.ids import new_id
from app.db.jobs import Job, enqueue, enqueue_all
from app.db.models import Delivery, InboundEvent, OutsideSystem, Plan
from app.domain.delivery import DeliveryKind, DeliveryRefuses, DeliveryState, System
from app.services.decisions import Decide
from app.services.deliveries import decide
from app.services.intake import replay_event
from app.services.intents import DELIVERIES_A_JOB
from app.services.systems import NotStopped, resume_system
from tests.builders import SIGNED_AT, TESTER, Sessions, office, signed_document, stored_staff
from tests.faults.due_plans import FIRST, write_due_plans
from tests.faults.processes import wait_for

IN_HAND = text("SELECT token::text FROM deliveries WHERE state = 'sending'")
UNSETTLED = text(
    "SELECT (SELECT count(*) FROM deliveries"
    "        WHERE state IN ('pending', 'sending', 'retrying', 'uncertain'))"
    " + (SELECT count(*) FROM inbound_events WHERE status = 'received')"
    " + (SELECT count(*) FROM plans WHERE board_state IN ('intended', 'filling'))"
)
LEFT_OPEN = text(
    "SELECT (SELECT count(*) FROM deliveries WHERE state = 'sending')"
    " + (SELECT count(*) FROM attempts WHERE finished_at IS NULL)"
    " + (SELECT count(*) FROM jobs.pgqueuer WHERE status = 'picked')"
)
PATIENCE = timedelta(seconds=5)
"""The operator's: a system that is tried again by itself within that time is waited for."""

PARKED = (DeliveryState.PARKED, DeliveryState.FAILED)


def client_name(number: int) -> str:
    return f"Sample Client {number:04d}"


def client_email(number: int) -> str:
    return f"owner{number:04d}@client.example"


def agreement_of(number: int, **changes: Any) -> dict[str, Any]:
    """The signed agreement of a client by its number."""
    return signed_document(
        event_id=f"zap-{number:04d}",
        agreement__ref=f"PROP-{number:04d}",
        client__ref=f"C-{number:04d}",
        client__name=client_name(number),
        client__email=client_email(number),
        **changes,
    )


class Database:
    """What the test asks of the database, in a loop and on connections that are kept."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.signed = 0
        self.notes = 0
        self.due = 0
        self._runner = asyncio.Runner()
        self._engine = make_engine(url, pool_size=2, application_name="fault suite")

    def run(self, job: Callable[[Sessions], Coroutine[Any, Any, Any]]) -> Any:
        return self._runner.run(job(make_sessions(self._engine)))

    def close(self) -> None:
        """Let go of the connections."""
        self._runner.run(self._engine.dispose())
        self._runner.close()

    def set_up(self) -> None:
        """Have one person a role, on the day of the stories."""

        async def job(sessions: Sessions) -> None:
            await stored_staff(sessions)
            async with sessions.begin() as session:
                await move_clock(session, SIGNED_AT - await real_now(session))

        self.run(job)

    def sign(self, clients: int) -> None:
        """Store the events of so many more clients, each with its job."""
        first, self.signed = self.signed, self.signed + clients

        async def job(sessions: Sessions) -> None:
            async with sessions.begin() as session:
                for number in range(first, first + clients):
                    event = InboundEvent(
                        id=new_id(),
                        source="agreement",
                        event_id=f"zap-{number:04d}",
                        status="received",
                        document=agreement_of(number),
                        body=b"",
                        received_at=SIGNED_AT,
                    )
                    session.add(event)
                    await enqueue(session, Job.INBOUND, {"event_id": str(event.id)})

        self.run(job)

    def move(self, at: datetime) -> None:
        """Set the application's clock."""

        async def job(sessions: Sessions) -> None:
            async with sessions.begin() as session:
                await move_clock(session, at - await real_now(session))

        self.run(job)

    def be_due(self, plans: int, at: datetime) -> None:
        """Have so many more plans that go live at an instant."""
        first, self.due = FIRST + self.due, self.due + plans

        async def job(sessions: Sessions) -> None:
            async with sessions.begin() as session:
                await write_due_plans(session, first, plans, at)

        self.run(job)

    def post_notes(self, number: int) -> None:
        """Have so many messages sent in lots, beside what the plans' moments say.

        They are spread over the plans that there are; while there is none yet, it is waited for.
        """
        first, self.notes = self.notes, self.notes + number

        async def job(sessions: Sessions) -> bool:
            async with sessions.begin() as session:
                plans = list(await session.scalars(select(Plan)))
                if not plans:
                    return False
                notes = [
                    _note(plans[each % len(plans)], each) for each in range(first, first + number)
                ]
                session.add_all(notes)
                await session.flush()
                ids = [str(note.id) for note in notes]
                lots = [ids[n : n + DELIVERIES_A_JOB] for n in range(0, number, DELIVERIES_A_JOB)]
                payloads = [{"delivery_ids": lot} for lot in lots]
                await enqueue_all(session, Job.DELIVER_LOT, payloads)
                return True

        wait_for(lambda: bool(self.run(job)), lambda: "no plan was made")

    def in_hand(self) -> set[str]:
        """The attempts that somebody has in hand, dead or alive."""

        async def job(sessions: Sessions) -> set[str]:
            async with sessions() as session:
                return set(await session.scalars(IN_HAND))

        found: set[str] = self.run(job)
        return found

    def left_open(self) -> int:
        """Deliveries and jobs in somebody's hands, and attempts without an end."""

        async def job(sessions: Sessions) -> int:
            async with sessions() as session:
                return await session.scalar(LEFT_OPEN) or 0

        found: int = self.run(job)
        return found

    def released(self) -> int:
        """Attempts that a worker let go before it called anybody."""
        count = text("SELECT count(*) FROM attempts WHERE outcome = 'released'")

        async def job(sessions: Sessions) -> int:
            async with sessions() as session:
                return await session.scalar(count) or 0

        found: int = self.run(job)
        return found

    def idle(self) -> bool:
        async def job(sessions: Sessions) -> bool:
            async with sessions() as session:
                return bool(await session.scalar(UNSETTLED) == 0)

        return bool(self.run(job))

    def states(self) -> Counter[str]:
        async def job(sessions: Sessions) -> Counter[str]:
            async with sessions() as session:
                return Counter(await session.scalars(text("SELECT state FROM deliveries")))

        found: Counter[str] = self.run(job)
        return found

    def resume_what_is_down(self) -> None:
        """Be the operator: a system that counts as down is tried at once."""

        async def job(sessions: Sessions) -> None:
            async with sessions() as session:
                down = await session.scalars(
                    select(OutsideSystem.system).where(
                        OutsideSystem.opened_at.is_not(None),
                        OutsideSystem.probe_at > func.clock_timestamp() + PATIENCE,
                    )
                )
                found = [System(one) for one in down]
            for system in found:
                # It has come up meanwhile, or everybody wants its row: there is a next time.
                with suppress(NotStopped, DBAPIError):
                    async with sessions.begin() as session:
                        await resume_system(
                            session, system, reason=None, actor=TESTER, now=SIGNED_AT
                        )

        self.run(job)

    def retry_what_is_stuck(self) -> list[str]:
        """Be the operator: what killed its worker too often, or ran into a fault, is tried again.

        Changes of bills whose outcome nobody knows are left: those a person looks up in billing.

        Returns:
            The reasons that were there.
        """

        async def job(sessions: Sessions) -> list[str]:
            async with sessions() as session:
                stuck = list(
                    await session.execute(
                        select(Delivery.id, Delivery.reason).where(
                            Delivery.state.in_([str(state) for state in PARKED]),
                            Delivery.kind != DeliveryKind.BILLING_SUBMIT,
                        )
                    )
                )
            for delivery_id, reason in stuck:
                async with sessions.begin() as session:
                    retry = Decide(delivery_id, "retry")
                    try:
                        await decide(session, retry, office=office(), actor=TESTER, now=SIGNED_AT)
                    except DeliveryRefuses as refusal:
                        raise AssertionError(f"{reason}: {refusal.detail}") from refusal
            return [f"{reason}" for _, reason in stuck]

        found: list[str] = self.run(job)
        return found

    def replay_what_is_set_aside(self) -> list[str]:
        """Be the operator: an event whose workers were killed too often is understood again.

        Returns:
            The reasons that were there.
        """

        async def job(sessions: Sessions) -> list[str]:
            set_aside = InboundEvent.status == "quarantined"
            async with sessions.begin() as session:
                found = await session.execute(
                    select(InboundEvent.id, InboundEvent.reason).where(set_aside)
                )
                reasons = []
                for event_id, reason in found.all():
                    if not f"{reason}".startswith("poison:"):
                        raise AssertionError(f"an event is set aside that is none: {reason}")
                    await replay_event(session, event_id, actor=TESTER, now=SIGNED_AT)
                    reasons.append(f"{reason}")
            return reasons

        found: list[str] = self.run(job)
        return found


def _note(plan: Plan, number: int) -> Delivery:
    kind = DeliveryKind.CHAT_POST
    return Delivery(
        id=new_id(),
        plan_id=plan.id,
        kind=str(kind),
        system=str(kind.system),
        subject=f"note/{number}",
        key=f"{plan.ref}/{kind}/note/{number}#1",
        payload={"room": "support", "text": f"Note {number} on {plan.ref}.", "thread": plan.ref},
        created_at=SIGNED_AT,
    )
