"""The append-only record of what the stand-ins received and what it did."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from .clock import SandboxClock

MAX_TEXT = 20_000
MAX_PARTS = 500
MAX_LEVELS = 12


class Outcome(StrEnum):
    """What became of a request; only the first changed anything at the vendor."""

    EFFECT = "effect"
    UNCHANGED = "unchanged"
    READ = "read"
    REPLAY = "replay"
    REFUSED = "refused"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line; `at` in the application's time, `received_at` in real time, both RFC 3339."""

    n: int
    system: str
    operation: str
    idempotency_key: str | None
    effect: bool
    outcome: str
    body: object
    at: str
    received_at: str


def bounded(value: object, levels: int = MAX_LEVELS) -> object:
    """Cut long texts, long lists and deep nesting, so that no line grows without end."""
    if isinstance(value, str):
        cut = len(value) - MAX_TEXT
        return value if cut <= 0 else f"{value[:MAX_TEXT]} [{cut} more characters]"
    if isinstance(value, Mapping | list | tuple) and levels == 0:
        return "[deeper]"
    if isinstance(value, Mapping):
        pairs = list(value.items())[:MAX_PARTS]
        return {str(name)[:200]: bounded(part, levels - 1) for name, part in pairs}
    if isinstance(value, list | tuple):
        return [bounded(part, levels - 1) for part in value[:MAX_PARTS]]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:MAX_TEXT]


class Ledger:
    """Keeps every line in memory, and in a file where one was named."""

    def __init__(self, clock: SandboxClock, file: Path | None = None) -> None:
        self._clock = clock
        self._file = file
        self._lines = _lines_of(file) if file is not None else []

    def write(
        self,
        system: str,
        operation: str,
        outcome: Outcome,
        body: object,
        *,
        key: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Append one line; `at` is the present unless the effect belongs to an earlier instant."""
        line = LedgerLine(
            n=self._lines[-1].n + 1 if self._lines else 1,
            system=system,
            operation=operation,
            idempotency_key=key[:255] if key else None,
            effect=outcome is Outcome.EFFECT,
            outcome=outcome.value,
            body=bounded(body),
            at=_instant(at or self._clock.now()),
            received_at=_instant(self._clock.real_now()),
        )
        self._lines.append(line)
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")

    def lines(
        self,
        *,
        system: str | None = None,
        operation: str | None = None,
        effect: bool | None = None,
        after: int = 0,
    ) -> list[LedgerLine]:
        """The lines that match, oldest first."""
        return [
            line
            for line in self._lines
            if line.n > after
            and system in (None, line.system)
            and operation in (None, line.operation)
            and effect in (None, line.effect)
        ]

    def latest(self, count: int) -> list[LedgerLine]:
        """The last lines that are no mere reads, newest first."""
        told = (line for line in reversed(self._lines) if line.outcome != Outcome.READ)
        return list(itertools.islice(told, count))


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _lines_of(file: Path) -> list[LedgerLine]:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        return []
    text = file.read_text(encoding="utf-8")
    whole, _, rest = text.rpartition("\n")
    if rest:
        # The process died while it wrote this line; leaving it would spoil the next one.
        file.write_text(whole + "\n" if whole else "", encoding="utf-8")
    return [LedgerLine(**json.loads(line)) for line in whole.splitlines() if line]
