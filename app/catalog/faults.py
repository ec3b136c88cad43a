"""What is wrong in the files of a catalog: every fault at once, each where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to put right; `field` is a dotted path, empty where the whole file is meant."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return (
            f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"
        )


LONGEST_SHOWN = 60


def shown(value: object) -> str:
    """A value of a file as a message quotes it: in its words, and no longer than a line."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "".join(each if each.isprintable() else " " for each in str(value))
    text = text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
    return f"'{text}'" if isinstance(value, str) else text


MOST_TOLD = 100
"""Faults that are told of at once: whoever has more than these does not read on."""


class CatalogInvalid(Exception):
    """The files of a catalog cannot be used; `faults` are sorted by file and line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(self.sentences))

    @property
    def sentences(self) -> list[str]:
        """The first faults in words, and how many more there are."""
        return in_words(self.faults)


def in_words(faults: Sequence[Fault]) -> list[str]:
    """The first of the faults in words, and how many more there are.

    Args:
        faults: Sorted.
    """
    told = [str(fault) for fault in faults[:MOST_TOLD]]
    more = len(faults) - len(told)
    return [*told, f"and {more:,} more faults, told once these are put right"] if more else told
