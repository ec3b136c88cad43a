"""What the simulated deliveries are made of: rows, attempts, a bucket, a vendor; all in memory."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.delivery.attempts import Claimed
from app.domain.delivery import DeliveryKind, DeliveryState
from app.domain.pacing import Limit, wait_for_token
from app.domain.repeating import GUARDS

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMIT = Limit("minute", 6, MINUTE, 2, "a test")
KINDS = (
    DeliveryKind.EMAIL_COMPLETE,
    DeliveryKind.BOARD_CREATE,
    DeliveryKind.CHAT_POST,
    DeliveryKind.BILLING_SUBMIT,
)


@dataclass
class Effect:
    """A delivery, as its row has it."""

    kind: DeliveryKind
    key: str
    state: DeliveryState = DeliveryState.PENDING
    token: int | None = None
    lease_until: datetime = START
    next_at: datetime = START
    paced_at: datetime | None = None
    attempts: int = 0
    crashes: int = 0
    first_at: datetime | None = None
    held: bool = False
    outcomes: list[str | None] = field(default_factory=list)
    by_hand: int = 0

    @property
    def name(self) -> str:
        """What it is, under whatever key."""
        return self.key.partition("#")[0]


@dataclass
class Try:
    """An attempt in the hands of a worker."""

    effect: Effect
    token: int
    claimed: Claimed
    begun_at: datetime
    called: bool = False
    end: str = ""
    is_dead: bool = False


@dataclass
class Bucket:
    """The bucket as its row has it."""

    level: float = LIMIT.burst
    filled_at: datetime = START

    def fresh(self, now: datetime) -> float:
        passed = (now - self.filled_at).total_seconds()
        return min(LIMIT.burst, self.level + LIMIT.rate * passed)

    def take(self, now: datetime) -> timedelta | None:
        level = self.fresh(now) - 1
        if level < -LIMIT.debt:
            return None
        self.level, self.filled_at = level, now
        return wait_for_token(level, LIMIT)

    def drain(self, now: datetime, wait: timedelta) -> None:
        self.level = min(self.level, -LIMIT.rate * wait.total_seconds())
        self.filled_at = now


@dataclass
class Vendor:
    """What happened there, and under which keys; it answers those kinds that are guarded by one."""

    effects: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)

    def receive(self, effect: Effect) -> None:
        """Do what is asked, unless the key is known."""
        if not (GUARDS[effect.kind].forever and effect.key in self.keys):
            self.effects[effect.name] += 1
        self.keys.add(effect.key)
