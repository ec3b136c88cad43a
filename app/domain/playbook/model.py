"""What a playbook can say: roles, stages, steps, effects, reminders and policies."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.cutover import Preference
from app.domain.money import Money
from app.domain.playbook.reminder import Reminder
from app.domain.playbook.week import Weekday


class Moment(StrEnum):
    """What happens in a run; effects hang on it."""

    BEGUN = "begun"
    LIVE_DATE_NEEDED = "live_date_needed"
    COMPRESSED = "compressed"
    WINDOW_OPENED = "window_opened"
    LIVE = "live"
    MISSED = "missed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"
    REZONED = "rezoned"
    REVIEW_NEEDED = "review_needed"
    AGREEMENT_AMENDED = "agreement_amended"
    TERMS_TAKEN = "terms_taken"
    MAIL_EXPIRED = "mail_expired"
    DELIVERY_FAILED = "delivery_failed"
    BOARD_CHANGE_REFUSED = "board_change_refused"
    BILLING_UNCERTAIN = "billing_uncertain"
    BILLING_FAILED = "billing_failed"
    BILLING_CONTRADICTED = "billing_contradicted"
    RELEASE_WITHDRAWN = "release_withdrawn"
    SERVICE_GOES_ON = "service_goes_on"
    COMPLETE_EMAIL_WANTED = "complete_email_wanted"
    BOARD_WANTED = "board_wanted"


class AnchorDay(StrEnum):
    """The days that offsets count from."""

    SIGNED = "signed"
    LIVE = "live"


class OffsetUnit(StrEnum):
    """What an offset counts."""

    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"


class Blocks(StrEnum):
    """What an open step holds up."""

    READY = "ready"
    COMPLETED = "completed"


class Sender(StrEnum):
    """Who sends the Complete e-mail."""

    PERSON = "person"
    SERVICE = "service"


class ReviewCycle(StrEnum):
    """How often a playbook is read again."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    ANNUAL = "annual"


@dataclass(frozen=True, slots=True)
class Offset:
    """A distance from an anchor day; negative days lie before it."""

    days: int
    anchor: AnchorDay
    unit: OffsetUnit = OffsetUnit.CALENDAR_DAYS


@dataclass(frozen=True, slots=True)
class Role:
    """Who takes part; `in_turn` roles are given work one active staff member after another."""

    key: str
    title: str
    responsibility: str
    in_turn: bool


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One check inside a step."""

    text: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """One group of the board; `title` is the group's title.

    `due` dates what the board holds in this group beyond the playbook's steps, and what a
    person adds to it.
    """

    key: str
    title: str
    service: str | None
    due: Offset


@dataclass(frozen=True, slots=True)
class Step:
    """One action; `title` is the board item's title. `waits_for` holds keys of steps."""

    key: str
    title: str
    role: str
    stage: str | None
    due: Offset
    blocks: frozenset[Blocks]
    waits_for: tuple[str, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    instructions: str = ""
    service: str | None = None


@dataclass(frozen=True, slots=True)
class ChatEffect:
    """At this moment the room of a role is told, in the words of a template."""

    on: Moment
    room: str
    template: str


@dataclass(frozen=True, slots=True)
class MailEffect:
    """At this moment the client gets an e-mail; `title` is its name among people."""

    on: Moment
    template: str
    title: str


@dataclass(frozen=True, slots=True)
class BoardEffect:
    """At this moment the board is made from its template."""

    on: Moment


Effect = ChatEffect | MailEffect | BoardEffect


@dataclass(frozen=True, slots=True)
class CompleteEmail:
    """The e-mail that closes the preparation; `cc` is on every one of them."""

    template: str
    title: str
    cc: tuple[str, ...]
    sent_by: Sender


@dataclass(frozen=True, slots=True)
class BillingPolicy:
    """How left-over paid days are settled, and up to which amount that may be waived.

    `answer_within` is how long an automation that took a change on may be silent about it.
    """

    prefer: Preference
    waive_up_to: Money | None
    answer_within: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Trigger:
    """The events that start a run."""

    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Playbook:
    """One procedure in one version. A run keeps the version it was started with.

    `window_days` is the length of the pre-live window in days before the live date;
    `lead_role` is told beside the plan's own people when something slips.
    """

    key: str
    version: int
    title: str
    purpose: str
    owner: str
    review_cycle: ReviewCycle
    sources: tuple[str, ...]
    trigger: Trigger
    subject: str
    window_days: int
    live_weekday: Weekday
    roles: tuple[Role, ...]
    lead_role: str
    setup_role: str
    stages: tuple[Stage, ...]
    steps: tuple[Step, ...]
    effects: tuple[Effect, ...]
    complete_email: CompleteEmail
    reminders: tuple[Reminder, ...]
    billing: BillingPolicy

    def chats_on(self, moment: Moment) -> tuple[ChatEffect, ...]:
        """The chat messages of a moment, in the order of the file."""
        return tuple(e for e in self.effects if isinstance(e, ChatEffect) and e.on is moment)

    def mails_on(self, moment: Moment) -> tuple[MailEffect, ...]:
        """The client e-mails of a moment, in the order of the file."""
        return tuple(e for e in self.effects if isinstance(e, MailEffect) and e.on is moment)

    def boards_on(self, moment: Moment) -> bool:
        """Whether the board is made at this moment."""
        return any(isinstance(e, BoardEffect) and e.on is moment for e in self.effects)

    def reminder(self, key: str) -> Reminder | None:
        """The reminder of this key, if the playbook has it."""
        return next((each for each in self.reminders if each.key == key), None)

    def stage_titled(self, title: str) -> Stage | None:
        """The stage of the board group with this title, if the playbook has one."""
        return next((s for s in self.stages if s.title == title), None)

    @property
    def roles_in_turn(self) -> tuple[str, ...]:
        """The keys of the roles whose work is given in turn."""
        return tuple(r.key for r in self.roles if r.in_turn)
