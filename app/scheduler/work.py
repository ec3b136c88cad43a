"""What a worker works with; bootstrap makes one."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.delivery.board_reads import BoardReader
from app.delivery.deliver import Courier, Turns, never
from app.delivery.mail_reads import MailReader
from app.delivery.systems import Systems
from app.domain.pacing import Limits
from app.ports.clock import Clock
from app.services.office import Office


@dataclass(frozen=True, slots=True)
class Work:
    """The database, the clock, the systems and the installation, as jobs and ticks use them."""

    url: URL
    sessions: async_sessionmaker[AsyncSession]
    clock: Clock
    office: Office
    systems: Systems
    limits: Limits = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)
    stopping: Callable[[], bool] = never

    @property
    def courier(self) -> Courier:
        """Carries deliveries out."""
        return Courier(
            self.sessions,
            self.clock,
            self.systems,
            self.office,
            self.limits,
            self.turns,
            self.stopping,
        )

    @property
    def board_reader(self) -> BoardReader:
        """Reads boards."""
        return BoardReader(self.sessions, self.clock, self.systems, self.office, self.limits)

    @property
    def mail_reader(self) -> MailReader:
        """Reads what became of e-mails."""
        return MailReader(self.sessions, self.systems, self.limits)
