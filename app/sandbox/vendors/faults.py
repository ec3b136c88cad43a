"""Scripted faults: which requests go wrong, how, and how often."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

MAX_FAULTS = 1000


class FaultKind(StrEnum):
    """The ways in which a stand-in fails on request.

    `forget` loses the answer after the effect, and monday knows the call's key no more, as after
    its half hour.
    """

    RATE_LIMITED = "429"
    SERVER_ERROR = "500"
    TIMEOUT = "timeout"
    DROP_AFTER_EFFECT = "drop_after_effect"
    FORGET = "forget"
    HALF = "half"
    GARBAGE = "garbage"
    SLOW = "slow"


@dataclass(slots=True)
class Fault:
    """One script: the next `left` requests of these operations fail in this way."""

    id: int
    system: str
    operation: str
    fault: FaultKind
    times: int
    left: int


class Faults:
    """The scripts in the order in which they were posted; used up ones are gone."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._next_id = 1

    def add(self, system: str, operation: str, kind: FaultKind, times: int) -> Fault | None:
        """Script a fault; None when too many are waiting already."""
        if len(self._faults) >= MAX_FAULTS:
            return None
        fault = Fault(self._next_id, system, operation, kind, times, times)
        self._next_id += 1
        self._faults.append(fault)
        return fault

    def take(self, system: str, operations: Collection[str]) -> FaultKind | None:
        """Use up one time of the first fault that fits the request."""
        for fault in self._faults:
            if fault.system == system and (fault.operation == "*" or fault.operation in operations):
                fault.left -= 1
                if fault.left == 0:
                    self._faults.remove(fault)
                return fault.fault
        return None

    def waiting(self) -> list[Fault]:
        """The faults that are still to come."""
        return list(self._faults)

    def clear(self) -> None:
        """Forget every script."""
        self._faults.clear()
