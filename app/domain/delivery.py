"""Outside effects: their kinds, their states, and what may happen to each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.errors import Conflict


class System(StrEnum):
    """An outside system that receives effects."""

    BOARD = "monday"
    MAIL = "helpscout"
    CHAT = "google_chat"
    BILLING = "billing"
    CHARGES = "stripe"
    PROVISIONING = "provisioning"
    HOOKS = "hooks"


class DeliveryKind(StrEnum):
    """What an effect does in its system."""

    BOARD_CREATE = "board.create"
    BOARD_ARCHIVE_GROUP = "board.archive_group"
    BOARD_ADD_ITEM = "board.add_item"
    BOARD_FIT_ITEMS = "board.fit_items"
    BOARD_WATCH = "board.watch"
    EMAIL_BEGUN = "email.begun"
    EMAIL_COMPLETE = "email.complete"
    EMAIL_WITHDRAW = "email.withdraw"
    CHAT_POST = "chat.post"
    BILLING_SUBMIT = "billing.submit"
    EMAIL_QUOTE = "email.quote"
    EMAIL_RECAP = "email.recap"
    CHARGE_CREATE = "charge.create"
    SITE_APPLY = "site.apply"
    HOOK_POST = "hook.post"
    EMAIL_RUN = "email.run"

    @property
    def system(self) -> System:
        """The system that receives it."""
        return _SYSTEM_OF[self.value.split(".")[0]]


_SYSTEM_OF = {
    "board": System.BOARD,
    "email": System.MAIL,
    "chat": System.CHAT,
    "billing": System.BILLING,
    "charge": System.CHARGES,
    "site": System.PROVISIONING,
    "hook": System.HOOKS,
}

CLIENT_EMAILS = frozenset({DeliveryKind.EMAIL_BEGUN, DeliveryKind.EMAIL_COMPLETE})
"""What the client reads; none of it leaves at or after the live instant (I5)."""


QUOTE_EMAILS = frozenset({DeliveryKind.EMAIL_QUOTE, DeliveryKind.EMAIL_RECAP})
"""What a client reads of a change of users; no live instant bounds it."""

RUN_EMAILS = frozenset({DeliveryKind.EMAIL_RUN})
"""What a run of a playbook writes to somebody; no live instant bounds it."""

NEVER_AGAIN = frozenset({DeliveryKind.BILLING_SUBMIT})
"""Effects that nobody can look up: one whose outcome is unknown is a person's, never repeated."""


class DeliveryState(StrEnum):
    """Where an outside effect stands."""

    PENDING = "pending"
    SENDING = "sending"
    RETRYING = "retrying"
    UNCERTAIN = "uncertain"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    PARKED = "parked"
    SKIPPED = "skipped"
    DONE_BY_HAND = "done_by_hand"


WAITING = frozenset({DeliveryState.PENDING, DeliveryState.RETRYING, DeliveryState.UNCERTAIN})
"""Nothing is under way; a worker takes it up when its time has come."""

UNSETTLED = WAITING | {DeliveryState.SENDING}
"""The effect may still happen by itself."""

STUCK = frozenset({DeliveryState.FAILED, DeliveryState.PARKED})
"""A person decides what becomes of it."""


class DeliveryRefuses(Conflict):
    """The delivery's state does not allow the action."""

    code = "delivery_state_refuses"


_ALLOWED: dict[str, frozenset[DeliveryState]] = {
    "retry": STUCK,
    "skip": STUCK | WAITING,
    "mark-done": STUCK | {DeliveryState.UNCERTAIN},
}


def delivery_may(action: str, state: DeliveryState) -> None:
    """Refuse an operator's action that the delivery's state does not allow.

    Args:
        action: `retry`, `skip` or `mark-done`.
        state: The delivery's present state.

    Raises:
        DeliveryRefuses: with the states that allow the action among its facts.
    """
    allowed = _ALLOWED[action]
    if state not in allowed:
        names = sorted(str(one) for one in allowed)
        raise DeliveryRefuses(
            f"A delivery that is {state} cannot be changed by '{action}'; "
            f"this is possible while it is {' or '.join(names)}.",
            facts={"state": str(state), "allowed_states": names},
        )


MAIL_LEAD = timedelta(minutes=2)
"""The helpdesk sends a scheduled e-mail at a moment to come; this far ahead it is asked to.

Source: vendors' contract for Help Scout: draft, then schedule at a fixed instant of two minutes
ahead or more, which a repeat overrides instead of mailing twice.
"""


@dataclass(frozen=True, slots=True)
class TooLate:
    """An e-mail that would leave at or after the live instant; it is dropped and a person told."""

    detail: str


def sending_time(now: datetime, *, not_after: datetime | None) -> datetime | TooLate:
    """The instant at which the helpdesk is to send a client's e-mail, or that it is too late.

    Args:
        now: The present instant.
        not_after: The live instant; None where the plan has no date.

    Source: docs/domain/upgrade.md, I5.
    """
    at = now + MAIL_LEAD
    if not_after is not None and at >= not_after:
        return TooLate(
            f"It would have been sent at {at:%Y-%m-%dT%H:%M:%SZ}, not before the services go live "
            f"at {not_after:%Y-%m-%dT%H:%M:%SZ}."
        )
    return at
