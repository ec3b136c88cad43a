"""Playbooks as runs keep them: the text of the file, its digest, and the playbook made of it."""

import hashlib
from functools import lru_cache

from app.catalog.faults import Fault, in_words
from app.catalog.playbook_files import read_playbook
from app.domain.playbook.model import Playbook
from app.domain.run.errors import PlaybookUnreadable

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
        PlaybookUnreadable: It cannot be read any more.
    """
    faults: list[Fault] = []
    found = read_playbook(f"playbooks/{key}.yaml", text, faults, services=None)
    if found is None:
        first = str(faults[0]).removeprefix("playbooks/")
        raise PlaybookUnreadable(
            f"The text of the playbook '{key}' that is kept here cannot be read by this release"
            f" ({first}). Go back to the release that reads it until its runs are over.",
            facts={"playbook": key, "faults": in_words(sorted(set(faults)))},
        )
    return found[1]
