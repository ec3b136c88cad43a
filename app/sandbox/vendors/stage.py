"""What the stand-ins share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .clock import SandboxClock, real_clock
from .faults import Faults
from .gate import Gate
from .ids import Numbers
from .ledger import Ledger
from .settings import SandboxSettings, Tuning


@dataclass(frozen=True, slots=True)
class Stage:
    """Settings, time, ids, ledger and faults of one running set of stand-ins."""

    settings: SandboxSettings
    tuning: Tuning
    clock: SandboxClock
    numbers: Numbers
    ledger: Ledger
    faults: Faults
    gate: Gate

    @classmethod
    def of(
        cls, settings: SandboxSettings, real_now: Callable[[], datetime] = real_clock
    ) -> "Stage":
        """Set the stage."""
        clock = SandboxClock(real_now)
        tuning = Tuning.of(settings)
        ledger = Ledger(clock, settings.ledger_file)
        faults = Faults()
        gate = Gate(faults, ledger, tuning)
        return cls(settings, tuning, clock, Numbers(real_now()), ledger, faults, gate)
