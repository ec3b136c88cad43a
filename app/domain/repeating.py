"""Whether an effect that may have happened unseen may be sent again, by kind and by its age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.delivery import NEVER_AGAIN, DeliveryKind

MARGIN = timedelta(minutes=5)
"""Kept from the end of a vendor's window: a call may be under way for a while."""


class Unseen(StrEnum):
    """What is done about an effect of which nobody knows whether it happened."""

    SEND_AGAIN = "send_again"
    LOOK_UP = "look_up"
    ASK_A_PERSON = "ask_a_person"


@dataclass(frozen=True, slots=True)
class Guard:
    """What keeps a repeat of one kind of effect from happening twice.

    Attributes:
        window: How long the vendor answers a key from memory; None where it knows no keys.
        forever: Whether a repeat is harmless at any age: the vendor keeps the id for good, or
            the values are absolute.
        looked_up: Whether the effect can be found at the vendor by its marker.
        source: Who says so.
    """

    window: timedelta | None = None
    forever: bool = False
    looked_up: bool = False
    source: str = ""


_MONDAY_KEYS = timedelta(minutes=30)
_MONDAY_SAYS = (
    "monday.com, Idempotency: answers are kept for 30 minutes, some of them silently not at all, "
    "so the marker is looked for at any age"
)
_ABSOLUTE = "Absolute values: a repeat leaves what is there already"

GUARDS: Mapping[DeliveryKind, Guard] = {
    DeliveryKind.BOARD_CREATE: Guard(_MONDAY_KEYS, looked_up=True, source=_MONDAY_SAYS),
    DeliveryKind.BOARD_ADD_ITEM: Guard(_MONDAY_KEYS, looked_up=True, source=_MONDAY_SAYS),
    DeliveryKind.BOARD_ARCHIVE_GROUP: Guard(_MONDAY_KEYS, forever=True, source=_ABSOLUTE),
    DeliveryKind.BOARD_FIT_ITEMS: Guard(_MONDAY_KEYS, forever=True, source=_ABSOLUTE),
    DeliveryKind.BOARD_WATCH: Guard(
        _MONDAY_KEYS,
        forever=True,
        source="monday.com, Webhooks: a second one brings each event twice, which are told apart "
        "by their triggerUuid",
    ),
    DeliveryKind.EMAIL_BEGUN: Guard(
        looked_up=True,
        source="Help Scout knows no keys; the draft is found by its tag, and a spare mails nobody",
    ),
    DeliveryKind.EMAIL_COMPLETE: Guard(
        looked_up=True,
        source="Help Scout knows no keys; the draft is found by its tag, and a spare mails nobody",
    ),
    DeliveryKind.EMAIL_WITHDRAW: Guard(
        forever=True, source="Help Scout, Schedule thread: it is a draft again, however often"
    ),
    DeliveryKind.CHAT_POST: Guard(
        forever=True,
        source="Google Chat, spaces.messages.create: a requestId returns the message that it "
        "made, and a messageId is taken for good; no end is documented",
    ),
    DeliveryKind.EMAIL_QUOTE: Guard(
        looked_up=True,
        source="Help Scout knows no keys; the draft is found by its tag, or by its marker in the "
        "conversation that it answers in",
    ),
    DeliveryKind.EMAIL_RECAP: Guard(
        looked_up=True,
        source="Help Scout knows no keys; the draft is found by its tag, or by its marker in the "
        "conversation that it answers in",
    ),
    DeliveryKind.EMAIL_RUN: Guard(
        looked_up=True,
        source="Help Scout knows no keys; the draft is found by its tag, and a spare mails nobody",
    ),
    DeliveryKind.CHARGE_CREATE: Guard(
        timedelta(hours=24),
        looked_up=True,
        source="Stripe, Idempotent requests: keys are kept for at least 24 hours; the charge is "
        "found by its metadata",
    ),
    DeliveryKind.SITE_APPLY: Guard(forever=True, source=_ABSOLUTE),
    DeliveryKind.HOOK_POST: Guard(
        forever=True,
        source="Standard Webhooks, webhook-id: it is equal in all attempts, and tells a subscriber "
        "a repeat",
    ),
    DeliveryKind.BILLING_SUBMIT: Guard(
        source="A catch hook knows no keys and cannot be asked: docs/domain/upgrade.md, I8"
    ),
}
"""Every kind of effect, and what guards it."""


def when_unseen(kind: DeliveryKind, age: timedelta) -> Unseen:
    """Decide about an effect whose earlier attempt ended without an answer.

    Args:
        kind: What it does.
        age: Real time since the first attempt under its key.

    Returns:
        Looked up first wherever that is possible, for no vendor promises to remember every key;
        sent again under the same key where that is harmless, or while the vendor surely knows
        the key; else it is a person's.

    Source: docs/domain/upgrade.md, I8.
    """
    return verdict(GUARDS[kind], age)


def verdict(guard: Guard, age: timedelta) -> Unseen:
    """The same, by what guards the effect."""
    if guard.looked_up:
        return Unseen.LOOK_UP
    known = guard.window is not None and age < guard.window - MARGIN
    if guard.forever or known:
        return Unseen.SEND_AGAIN
    return Unseen.ASK_A_PERSON


UNSEEN = (None, "unknown", "fault")
"""Ends of an attempt after which nobody knows whether the effect happened."""


@dataclass(frozen=True, slots=True)
class Again:
    """How a person has a stuck effect tried again.

    Attributes:
        new_key: Whether it leaves under a new key.
        unsure: Whether it may have happened, so that it is looked up or repeated as such.
    """

    new_key: bool
    unsure: bool


def tried_by_hand(
    kind: DeliveryKind, outcomes: Sequence[str | None], *, in_epoch: bool = False
) -> Again:
    """Decide how a stuck effect is tried again: what may have happened is looked up first.

    A refusal is definite, and the vendor may answer its key from memory, so the key changes. Where
    an attempt ended without an answer the key stays, unless the effect is looked up: it is what
    keeps the effect from happening twice. What can neither be asked nor knows a key is sent anew:
    a person has looked.

    Args:
        kind: What it does.
        outcomes: How its attempts ended, in their order; None for one without an end.
        in_epoch: Whether a backup was restored, so that there may be attempts that nobody knows of.
    """
    if kind in NEVER_AGAIN:
        return Again(new_key=True, unsure=False)
    doubted = in_epoch or any(outcome in UNSEEN for outcome in outcomes)
    single_without_key = not doubted or GUARDS[kind].looked_up
    return Again(list(outcomes[-1:]) == ["refused"] and single_without_key, doubted)
