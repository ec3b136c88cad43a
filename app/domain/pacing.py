"""How much may be asked of each outside system, what a call costs, and who waits how long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from app.domain.delivery import DeliveryKind, System


class MondayPlan(StrEnum):
    """What of monday.com an account has bought; its limits hang on it."""

    STANDARD = "standard"
    PRO = "pro"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class Limit:
    """A vendor's limit, kept as a bucket of tokens that all workers take from.

    Attributes:
        name: What is limited: `minute`, `day`, `space`.
        tokens: What the vendor allows, in calls as it counts them.
        over: In which time.
        burst: What may leave at once. Filled up at `rate`, no span of `over` sees more than
            `tokens` leave.
        daily: Whether the vendor counts by days of UTC instead: full again at midnight.
        source: Who says so.
    """

    name: str
    tokens: int
    over: timedelta
    burst: int
    source: str
    daily: bool = False

    @property
    def rate(self) -> float:
        """Tokens that flow in each second."""
        return 0.0 if self.daily else (self.tokens - self.burst) / self.over.total_seconds()

    @property
    def debt(self) -> float:
        """Tokens that may be promised before they are there: the queue at the bucket."""
        return self.rate * LONGEST_QUEUE.total_seconds()


LONGEST_QUEUE = timedelta(minutes=2)
"""Whoever would wait longer for its token is promised none, and asks again later."""

TICKET_LASTS = timedelta(seconds=10)
"""A promised token that is not called for in time is lost: many at once would break the limit."""

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

_MONDAY = {MondayPlan.STANDARD: (1000, 1000), MondayPlan.PRO: (2500, 10_000)}
_MONDAY_ENTERPRISE = (5000, 25_000)
_MONDAY_SAYS = "monday.com, Rate limits: by plan, calls a minute and calls a day until midnight UTC"

HELPSCOUT_A_MINUTE = 200
"""The least that was seen of Help Scout's plans."""

Limits = Mapping[System, Sequence[Limit]]


def limits_of(
    *, monday: MondayPlan = MondayPlan.STANDARD, helpscout_a_minute: int = HELPSCOUT_A_MINUTE
) -> Limits:
    """The limits of every system by what its account has bought.

    Args:
        monday: The account's plan.
        helpscout_a_minute: Calls a minute of the account, as its `X-RateLimit-Limit-Minute` says.
    """
    minute, day = _MONDAY.get(monday, _MONDAY_ENTERPRISE)
    return {
        System.BOARD: (
            Limit("minute", minute, MINUTE, minute // 10, _MONDAY_SAYS),
            Limit("day", day, DAY, day, _MONDAY_SAYS, daily=True),
        ),
        System.MAIL: (
            Limit(
                "minute",
                helpscout_a_minute,
                MINUTE,
                max(helpscout_a_minute // 5, 10),
                "Help Scout, Rate limiting: by plan, an account's integrations share it",
            ),
        ),
        System.CHAT: (
            Limit(
                "space",
                60,
                MINUTE,
                1,
                "Google Chat, Usage limits: 60 writes in 60 seconds to a space, by all its apps",
            ),
        ),
    }


_HELPSCOUT_WRITE = 2
"""Help Scout, Rate limiting: a write counts as two."""

_EXPECTED: Mapping[DeliveryKind, int] = {
    DeliveryKind.BOARD_CREATE: 1,
    DeliveryKind.BOARD_ARCHIVE_GROUP: 2,
    DeliveryKind.BOARD_ADD_ITEM: 2,
    DeliveryKind.BOARD_FIT_ITEMS: 3,
    DeliveryKind.BOARD_WATCH: 2,
    DeliveryKind.EMAIL_BEGUN: 2 * _HELPSCOUT_WRITE + 1,
    DeliveryKind.EMAIL_COMPLETE: 2 * _HELPSCOUT_WRITE + 1,
    DeliveryKind.EMAIL_WITHDRAW: _HELPSCOUT_WRITE + 1,
    DeliveryKind.CHAT_POST: 1,
    DeliveryKind.BILLING_SUBMIT: 1,
    DeliveryKind.EMAIL_QUOTE: 2 * _HELPSCOUT_WRITE + 1,
    DeliveryKind.EMAIL_RECAP: 2 * _HELPSCOUT_WRITE + 1,
    DeliveryKind.EMAIL_RUN: 2 * _HELPSCOUT_WRITE + 1,
    DeliveryKind.CHARGE_CREATE: 1,
    DeliveryKind.SITE_APPLY: 2,
    DeliveryKind.HOOK_POST: 1,
}


def expected_cost(kind: DeliveryKind, *, unsure: bool) -> int:
    """Tokens to take before an attempt: what its calls usually cost, a look-up included."""
    return _EXPECTED[kind] + (1 if unsure else 0)


def cost_of(system: System, methods: Sequence[str]) -> int:
    """Tokens that calls did cost, as the system counts them.

    Args:
        system: Whom they went to.
        methods: Their HTTP methods; one entry a call.
    """
    write = _HELPSCOUT_WRITE if system is System.MAIL else 1
    return sum(1 if method == "GET" else write for method in methods)


def wait_for_token(level: float, limit: Limit) -> timedelta:
    """How long until the token that was taken is there.

    Args:
        level: Of the bucket after it was taken; below zero, it was only promised.
        limit: The bucket's. A daily one promises nothing.
    """
    if level >= 0 or not limit.rate:
        return timedelta()
    return timedelta(seconds=-level / limit.rate)


def ask_again_in(jitter: float) -> timedelta:
    """When to come back to a bucket whose queue is full.

    Args:
        jitter: A random number in [0, 1): spreads those that come back.
    """
    return LONGEST_QUEUE * (0.5 + jitter)
