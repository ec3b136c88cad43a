"""Playbooks as runs keep them: the text of the file, its digest, and the playbook made of it."""

import hashlib
from functools import lru_cache

from app.catalog.faults import CatalogInvalid, Fault
from app.catalog.playbook_files import read_playbook
from app.domain.playbook.model import Playbook

KEPT_AT_HAND = 256
"""Versions of playbooks whose values a process keeps: reading one takes tens of milliseconds."""


def digest_of(key: str, text: str) -> str:
    """Tells one text of a playbook from every other."""
    return hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()


@lru_cache(maxsize=KEPT_AT_HAND)
def playbook_from(key: str, text: str) -> Playbook:
    """The playbook that a text makes; it was checked when its file was loaded.

    A text that today's checks would refuse still runs: only what cannot be read at all is refused.

    Raises:
        CatalogInvalid: It cannot be read any more.
    """
    faults: list[Fault] = []
    found = read_playbook(f"playbooks/{key}.yaml", text, faults, services=None)
    if found is None:
        raise CatalogInvalid(faults)
    return found[1]
