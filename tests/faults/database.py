"""What the fault suite does in the database: sign agreements, look, and be the operator."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import URL, select, text

from app.db.base import new_id
from app.db.clock import move_clock, real_now
from app.db.engine import make_engine, make_sessions
from app.db.jobs import Job, enqueue
from app.db.models import Delivery, InboundEvent, Plan
from app.domain.delivery import DeliveryKind, DeliveryState
from app.services.deliveries import Decide, decide
from app.services.intents import Intent, intend_all
from tests.builders import SIGNED_AT, TESTER, Sessions, office, signed_document, stored_staff

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
PARKED = (DeliveryState.PARKED, DeliveryState.FAILED)


def client_name(number: int) -> str:
    return f"Sample Client {number:04d}"


def agreement_of(number: int, **changes: Any) -> dict[str, Any]:
    """The signed agreement of a client by its number."""
    return signed_document(
        event_id=f"zap-{number:04d}",
        agreement__ref=f"PROP-{number:04d}",
        client__ref=f"C-{number:04d}",
        client__name=client_name(number),
        client__email=f"owner{number:04d}@client.example",
        **changes,
    )


class Database:
    """What the test asks of the database, in a loop and on connections that are kept."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.signed = 0
        self.notes = 0
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

    def post_notes(self, each: int) -> None:
        """Have so many messages intended for every plan there is, beside what its moments say."""

        async def job(sessions: Sessions) -> int:
            async with sessions.begin() as session:
                plans = list(await session.scalars(select(Plan)))
                for plan in plans:
                    notes = [_note(plan, number) for number in range(each)]
                    await intend_all(session, plan, notes, office=office(), now=SIGNED_AT)
                return len(plans)

        self.notes += each * self.run(job)

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
            for delivery_id, _ in stuck:
                async with sessions.begin() as session:
                    retry = Decide(delivery_id, "retry")
                    await decide(session, retry, office=office(), actor=TESTER, now=SIGNED_AT)
            return [f"{reason}" for _, reason in stuck]

        found: list[str] = self.run(job)
        return found


def _note(plan: Plan, number: int) -> Intent:
    payload = {"room": "support", "text": f"Note {number} on {plan.ref}.", "thread": plan.ref}
    return Intent(DeliveryKind.CHAT_POST, f"note/{number}", payload)
