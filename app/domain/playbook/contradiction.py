"""What cannot be in a playbook, and where it says so."""

from collections.abc import Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One thing that cannot be, with the path of the field that says it."""

    path: Path
    message: str


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """What is said of a name that means nothing: which ones there are."""
    there = ", ".join(sorted(known))
    return f"there is no {kind} {name!r}" + (f"; expected one of {there}" if there else ", nor any")
