"""What cannot be in a playbook, and where it says so."""

from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One thing that cannot be, with the path of the field that says it."""

    path: Path
    message: str
