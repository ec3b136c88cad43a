"""The wired objects that the doors of the service work with; bootstrap makes one at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.db.driver import Lines
from app.ports.clock import Clock
from app.ports.inbound import AgreementSender
from app.services.office import Office

Environment = Literal["production", "sandbox"]


@dataclass(slots=True)
class Wired:
    """Everything a request may need that is not in the request.

    Attributes:
        lines: For those that try again on a lost connection; else those of `sessions`.
    """

    sessions: async_sessionmaker[AsyncSession]
    clock: Clock
    environment: Environment
    version: str
    office: Office
    lines: Lines | None = None
    senders: Mapping[str, AgreementSender] = field(default_factory=dict)
    bootstrap_key: str | None = field(default=None, repr=False)
    secret_key: str = field(default="", repr=False)
