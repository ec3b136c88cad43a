"""Named points of the work at which a rehearsal lets its own process die or stop.

Only the sandbox arms one: the settings refuse it elsewhere. Unarmed, a point costs one comparison.
"""

import os
import re
import signal
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Point(StrEnum):
    """Where a process may be hit between the claim of an effect and what follows from it."""

    CLAIM_BEFORE_COMMIT = "claim.before_commit"
    CLAIM_AFTER_COMMIT = "claim.after_commit"
    CALL_BEFORE = "call.before"
    CALL_AFTER = "call.after"
    REMEMBER_AFTER_COMMIT = "remember.after_commit"
    SETTLE_BEFORE = "settle.before"
    FOLLOW_UP_BEFORE = "follow_up.before"
    FOLLOW_UP_AFTER = "follow_up.after"
    SETTLE_BEFORE_COMMIT = "settle.before_commit"
    SETTLE_AFTER_COMMIT = "settle.after_commit"


class Hit(StrEnum):
    """What happens to the process: it dies without a word, or stands still until it is woken."""

    KILL = "kill"
    STOP = "stop"

    @property
    def signal(self) -> signal.Signals:
        """What the process sends to itself; neither can be caught."""
        return signal.SIGKILL if self is Hit.KILL else signal.SIGSTOP


FORM = "be a point, kill or stop, and a number, such as settle.before:kill:3"
_FORM = re.compile(r"([a-z_.]+)(?:@([a-z_.]+))?:([a-z]+):([1-9][0-9]{0,5})", re.ASCII)


@dataclass(slots=True)
class Failpoint:
    """A point that is armed: at the nth passing of it the process is hit, once.

    Attributes:
        point: Where.
        of: Counts only calls of this vendor, such as help_scout; None counts all.
        hit: What happens.
        left: Passings until then.
    """

    point: Point
    of: str | None
    hit: Hit
    left: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `point:kill:3`, or `point@system:stop:1`.

        Raises:
            ValueError: completes "X must ...".
        """
        found = _FORM.fullmatch(text)
        try:
            if found is None:
                raise ValueError
            return cls(Point(found[1]), found[2], Hit(found[3]), int(found[4]))
        except ValueError:
            raise ValueError(FORM) from None

    def passed(self, point: Point, of: str | None) -> bool:
        """Whether this passing is the one that it waits for."""
        if point is not self.point or self.left == 0:
            return False
        if self.of is not None and self.of != (of or "").lower().replace(" ", "_"):
            return False
        self.left -= 1
        return self.left == 0


_armed: Failpoint | None = None


def arm(failpoint: Failpoint | None) -> None:
    """Have this process hit at a point; None disarms it."""
    global _armed  # noqa: PLW0603  (a process has one, and the points are everywhere)
    _armed = failpoint


def failpoint(point: Point, of: str | None = None) -> None:
    """Pass a point; where it is armed, the process may end or stand still right here.

    Args:
        point: Which.
        of: The vendor that is called, where it is a call.
    """
    if _armed is not None and _armed.passed(point, of):
        os.kill(os.getpid(), _armed.hit.signal)
