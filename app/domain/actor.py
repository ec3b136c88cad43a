"""Who did something: named in the audit, in timelines and wherever a second person is asked for."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID


class ActorKind(StrEnum):
    """What kind of doer stands behind a change."""

    KEY = "key"
    SERVICE = "service"
    WEBHOOK = "webhook"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A doer: `id` is stable and never secret, `name` is what people read.

    `staff_id` is set where the key belongs to a member of staff; only such an actor can be one
    of two persons that a rule asks for.
    """

    kind: ActorKind
    id: str
    name: str
    role: str | None = None
    staff_id: UUID | None = None

    @classmethod
    def service(cls, name: str) -> Self:
        """A part of this service that acts by itself, such as the clock or the delivery."""
        return cls(kind=ActorKind.SERVICE, id=name, name=name)
