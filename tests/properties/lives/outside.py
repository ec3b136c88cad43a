"""The outside world of a life, in memory: what goes wrong there, and a ledger of what took effect.

Stricter than the vendors: nothing but the chat knows a key again, so whatever is asked twice
happens twice, unless the service looked first.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeVar

from app.domain.delivery import DeliveryKind
from app.ports.errors import OutcomeUnknown, RateLimited, Refused, Transient

T = TypeVar("T")
Meanwhile = Callable[[], Awaitable[None]]


class WorkerDied(BaseException):
    """The process is gone in the middle of an attempt: nothing of it runs on."""


class Trouble(Enum):
    """What befalls a call, in the words of a diary."""

    NONE = "all goes well"
    TRANSIENT = "the vendor is down"
    LIMITED = "the vendor's limit is reached"
    REFUSED = "the vendor refuses"
    LOST_AFTER = "it takes effect, and the answer is lost"
    LOST_BEFORE = "it is lost on the way, and no answer comes"
    DIES_BEFORE = "the worker dies before it is sent"
    DIES_AFTER = "it takes effect, and the worker dies"


@dataclass
class Effect:
    """One thing that took effect outside: when, by which key, on what."""

    at: datetime
    kind: DeliveryKind
    key: str
    about: str
    text: str = ""
    cc: tuple[str, ...] = ()

    @property
    def delivery(self) -> str:
        """The key without its generation: one for all attempts and retries of a delivery."""
        return self.key.rsplit("#", 1)[0]


@dataclass
class Outside:
    """What all outside systems share: the ledger, and the trouble that one attempt meets.

    Attributes:
        now: The present instant.
        ledger: What took effect, oldest first.
        trouble: What befalls the call number `at_call` of the attempt under way.
        meanwhile: What happens while that call is out.
    """

    now: datetime
    ledger: list[Effect] = field(default_factory=list)
    trouble: Trouble = Trouble.NONE
    at_call: int = 0
    meanwhile: Meanwhile | None = None
    _calls: int = 0

    def meet(
        self, trouble: Trouble, *, at_call: int = 0, meanwhile: Meanwhile | None = None
    ) -> None:
        """Let the next attempt meet this, at its call of this number."""
        self.trouble, self.at_call, self.meanwhile = trouble, at_call, meanwhile
        self._calls = 0

    def took_effect(
        self, kind: DeliveryKind, key: str, about: str, text: str = "", cc: tuple[str, ...] = ()
    ) -> None:
        """Write down what took effect."""
        self.ledger.append(Effect(self.now, kind, key, about, text, cc))

    async def change(self, effect: Callable[[], T]) -> T:
        """A call that changes something out there, with what befalls it."""
        trouble, meanwhile = self._this_call()
        _before(trouble)
        if trouble is Trouble.LOST_BEFORE:
            raise OutcomeUnknown("The answer was lost.")
        done = effect()
        if meanwhile is not None:
            await meanwhile()
        if trouble is Trouble.LOST_AFTER:
            raise OutcomeUnknown("The answer was lost.")
        if trouble is Trouble.DIES_AFTER:
            raise WorkerDied
        return done

    async def look(self, reading: Callable[[], T]) -> T:
        """A call that only reads: a lost answer is as if it had never been asked."""
        trouble, meanwhile = self._this_call()
        _before(trouble)
        if trouble in (Trouble.LOST_AFTER, Trouble.LOST_BEFORE):
            raise Transient("The answer was lost.")
        if trouble is Trouble.DIES_AFTER:
            raise WorkerDied
        if meanwhile is not None:
            await meanwhile()
        return reading()

    def _this_call(self) -> tuple[Trouble, Meanwhile | None]:
        number, self._calls = self._calls, self._calls + 1
        if number != self.at_call:
            return Trouble.NONE, None
        meanwhile, self.meanwhile = self.meanwhile, None
        return self.trouble, meanwhile


def _before(trouble: Trouble) -> None:
    if trouble is Trouble.REFUSED:
        raise Refused("They refuse it.", code="refused")
    if trouble is Trouble.TRANSIENT:
        raise Transient("They are down.")
    if trouble is Trouble.LIMITED:
        raise RateLimited("Too much.", retry_after_s=30.0)
    if trouble is Trouble.DIES_BEFORE:
        raise WorkerDied


@dataclass
class Rooms:
    """The team's chat: the same key posts once."""

    outside: Outside
    posted: dict[str, str] = field(default_factory=dict)

    async def post(self, room: str, text: str, *, thread: str, key: str) -> str:
        """Post, unless the key did before."""

        def effect() -> str:
            if key not in self.posted:
                self.posted[key] = f"message {len(self.posted) + 1}"
                self.outside.took_effect(DeliveryKind.CHAT_POST, key, room, text)
            return self.posted[key]

        return await self.outside.change(effect)

    def space_of(self, room: str) -> str:
        """Each room is its own."""
        return room

    async def probe(self) -> str:
        """Never asked in a life."""
        return "rooms"


def named(effects: Sequence[Effect], kind: DeliveryKind) -> list[Effect]:
    """The effects of a kind."""
    return [one for one in effects if one.kind is kind]
