"""The audit trail's hash chain: each sealed entry holds the hash of the one before it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """One audit entry as sealed: its number, its content, and its link in the chain."""

    number: int
    content: Mapping[str, object]
    previous_hash: str
    hash: str


def link(previous_hash: str, content: Mapping[str, object]) -> str:
    """The hash of an entry: SHA-256 over the previous hash and the content as canonical JSON.

    Args:
        previous_hash: Hash of the entry before, or `GENESIS`.
        content: JSON-ready values.
    """
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous_hash}\n{canonical}".encode()).hexdigest()


def first_broken(entries: Iterable[SealedEntry], *, after: str = GENESIS) -> int | None:
    """The number of the first entry whose link does not hold, or None where all do.

    Args:
        entries: Sealed entries in order of their numbers.
        after: Hash of the entry before the first.
    """
    previous = after
    for entry in entries:
        if entry.previous_hash != previous or entry.hash != link(previous, entry.content):
            return entry.number
        previous = entry.hash
    return None
