"""The installation that the services work for: its procedures, its systems, its addresses."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.catalog.loader import Catalog
from app.domain.adjustment import BillingMode
from app.domain.board_search import BoardBy
from app.domain.business_hours import BusinessHours
from app.domain.calendar import day_of
from app.domain.delivery import System
from app.domain.playbook.upgrade import UpgradePlaybook


@dataclass(frozen=True, slots=True)
class Office:
    """One organisation's installation, fixed while the process runs.

    Attributes:
        catalog: Packages, movements, playbooks and templates.
        timezone: The organisation's zone: reminders follow it.
        connected: Outside systems with settings; effects for the others become tasks.
        organisation: Its name, as clients read it under an e-mail.
        public_url: Where people reach this service, without a slash at the end.
        marketing_cc: Overrides the playbook's CC addresses where set.
        billing_mode: Who carries adjustments out.
        board_events_url: Where the board tells us of changes; None where it cannot.
        holidays: Days on which the organisation does not work.
        board_by: Who makes the boards of plans.
        rooms: Roles that have a room in the chat.
    """

    catalog: Catalog
    timezone: ZoneInfo
    connected: frozenset[System]
    organisation: str
    public_url: str
    marketing_cc: tuple[str, ...] = ()
    billing_mode: BillingMode = BillingMode.MANUAL
    board_events_url: str | None = None
    holidays: frozenset[date] = frozenset()
    board_by: BoardBy = BoardBy.US
    rooms: frozenset[str] = frozenset({"support", "sales", "marketing", "lead"})

    @property
    def playbook(self) -> UpgradePlaybook:
        """The upgrade procedure."""
        return self.catalog.upgrade_playbook

    @property
    def awaits_boards(self) -> bool:
        """Whether boards are made by an automation, and found by this service."""
        return self.board_by is BoardBy.AUTOMATION and System.BOARD in self.connected

    def hours(self, now: datetime) -> BusinessHours:
        """When the organisation works, around an instant."""
        return self.catalog.calendar.hours(self.timezone, day_of(now, self.timezone))

    @property
    def complete_email_cc(self) -> tuple[str, ...]:
        """Who is in copy of every Complete e-mail (I6)."""
        return self.marketing_cc or self.playbook.complete_email.cc

    def plan_link(self, plan_id: object) -> str:
        """The address of a plan's page in the console."""
        return f"{self.public_url}/console/plans/{plan_id}"
