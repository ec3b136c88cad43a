"""What differs between two versions of a playbook, field by field, as its files say it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

NAMED_BY = ("key", "text")
"""Fields that say which entry of a list is meant, wherever it stands; the first that all have."""


class DifferenceKind(StrEnum):
    """What became of a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs.

    Attributes:
        path: Where: `steps[kickoff].due.days`; entries without a name are counted from 1.
        kind: What became of it.
        before: What stood there, as one would write it; None where nothing did.
        after: What stands there now.
    """

    path: str
    kind: DifferenceKind
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        """The difference as a sentence."""
        match self.kind:
            case DifferenceKind.ADDED:
                return f"{self.path}: new, {self.after}"
            case DifferenceKind.REMOVED:
                return f"{self.path}: gone, was {self.before}"
            case DifferenceKind.MOVED:
                return f"{self.path}: in another order, now {self.after}"
        return f"{self.path}: {self.before}, now {self.after}"


def differences(before: object, after: object, path: str = "") -> Iterator[Difference]:
    """Every field in which two documents differ, in the order of the newer one.

    Entries of a list that have names are compared by name, so that one that is put between
    others is one difference and not many; others are compared by their place.

    Args:
        before: Plain mappings, lists and scalars, as a file is read.
        after: The same of the newer version.
        path: Where both stand.
    """
    if before == after and written(before) == written(after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _in_mappings(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _in_lists(before, after, path)
    else:
        yield Difference(path, DifferenceKind.CHANGED, written(before), written(after))


def _in_mappings(
    before: Mapping[str, object], after: Mapping[str, object], path: str
) -> Iterator[Difference]:
    for key, value in after.items():
        at = f"{path}.{key}" if path else key
        if key in before:
            yield from differences(before[key], value, at)
        else:
            yield Difference(at, DifferenceKind.ADDED, after=written(value))
    for key, value in before.items():
        if key not in after:
            at = f"{path}.{key}" if path else key
            yield Difference(at, DifferenceKind.REMOVED, before=written(value))


def _in_lists(before: Sequence[object], after: Sequence[object], path: str) -> Iterator[Difference]:
    by = _name_of_both(before, after)
    old, new = _named(before, by), _named(after, by)
    for name, value in new.items():
        if name in old:
            yield from differences(old[name], value, f"{path}[{name}]")
        else:
            yield Difference(f"{path}[{name}]", DifferenceKind.ADDED, after=written(value))
    for name, value in old.items():
        if name not in new:
            yield Difference(f"{path}[{name}]", DifferenceKind.REMOVED, before=written(value))
    common = [name for name in new if name in old]
    if common != [name for name in old if name in new]:
        yield Difference(path, DifferenceKind.MOVED, after=", ".join(common))


def _name_of_both(before: Sequence[object], after: Sequence[object]) -> str | None:
    """The field that names every entry of both lists, none of a list twice; None counts places."""
    for by in NAMED_BY:
        of_both = [[_name(entry, by) for entry in entries] for entries in (before, after)]
        if all(None not in names and len(set(names)) == len(names) for names in of_both):
            return by
    return None


def _named(entries: Sequence[object], by: str | None) -> dict[str, object]:
    names = [_name(entry, by) if by else str(at) for at, entry in enumerate(entries, 1)]
    return {str(name): entry for name, entry in zip(names, entries, strict=True)}


def _name(entry: object, by: str) -> str | None:
    if isinstance(entry, Mapping):
        name = entry.get(by)
        return name if isinstance(name, str) else None
    return entry if isinstance(entry, str) else None


def written(value: object) -> str:
    """A value on one line, much as one would write it into the file."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "{" + ", ".join(f"{key}: {written(each)}" for key, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(written(each) for each in value) + "]"
    return str(value)
