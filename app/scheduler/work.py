"""What a worker works with; bootstrap makes one."""

import asyncio
from dataclasses import dataclass, field

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.delivery.deliver import Courier, turns_of_lots
from app.delivery.reads import Reader
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
    turns: asyncio.Semaphore = field(default_factory=turns_of_lots)

    @property
    def courier(self) -> Courier:
        """Carries deliveries out."""
        return Courier(
            self.sessions, self.clock, self.systems, self.office, self.limits, self.turns
        )

    @property
    def reader(self) -> Reader:
        """Reads at the outside systems."""
        return Reader(self.sessions, self.clock, self.systems, self.office, self.limits)
