"""When an outside system counts as down, who may try it meanwhile, and when it is up again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

OPENS_AFTER = 5
"""Failures in a row: one object that a vendor stumbles over is retried that often in a minute."""

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)

PROBE_PATIENCE = timedelta(seconds=60)
"""A probe that has not come back by then died with its worker, and another one goes."""


class Passage(StrEnum):
    """What a delivery may do about its system just now."""

    GO = "go"
    PROBE = "probe"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Circuit:
    """What all workers know together of one outside system.

    Attributes:
        failures: Failures in a row.
        opened_at: Real time since which the system counts as down; None while it is up.
        probe_at: Real time from which one attempt may try it.
        probes: Attempts that tried it since it went down, in vain.
    """

    failures: int = 0
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    probes: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the system counts as down."""
        return self.opened_at is not None


CLOSED = Circuit()


def passage(circuit: Circuit, *, real_now: datetime) -> Passage:
    """Whether an attempt may go, may go as the one probe, or waits."""
    if not circuit.is_open:
        return Passage.GO
    is_ripe = circuit.probe_at is not None and circuit.probe_at <= real_now
    return Passage.PROBE if is_ripe else Passage.WAIT


def probing(circuit: Circuit, *, real_now: datetime) -> Circuit:
    """The circuit once a probe has gone: nobody else goes before it has had its time."""
    return replace(circuit, probe_at=real_now + PROBE_PATIENCE)


def after(
    circuit: Circuit, *, answered: bool, tried: datetime | None, real_now: datetime
) -> Circuit:
    """The circuit after an attempt.

    Args:
        circuit: As it was.
        answered: Whether the system answered, be it with a refusal or a limit; False where it
            was not reached, failed, or fell silent.
        tried: Since when the system was down that the attempt tried; None where it was no probe.
        real_now: The database's own clock.
    """
    if circuit.is_open and tried != circuit.opened_at:
        return circuit  # begun before it went down: late news
    if answered:
        return CLOSED
    if circuit.is_open:
        probes = circuit.probes + 1
        return replace(circuit, probes=probes, probe_at=real_now + pause_after(probes))
    failures = circuit.failures + 1
    if failures < OPENS_AFTER:
        return Circuit(failures)
    return Circuit(failures, real_now, real_now + FIRST_PAUSE)


def pause_after(probes: int) -> timedelta:
    """How long nobody tries after so many probes in vain: doubling, up to the longest pause."""
    doublings: int = 2 ** min(probes, 10)
    return min(FIRST_PAUSE * doublings, LONGEST_PAUSE)
