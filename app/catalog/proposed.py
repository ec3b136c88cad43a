"""A playbook's text that somebody proposes, read as the catalog reads its own files."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from app.catalog.faults import CatalogInvalid, Fault
from app.catalog.files import LARGEST_FILE_BYTES
from app.catalog.loader import Catalog, runs_missing, runs_without_end, templates_missing
from app.catalog.playbook_files import read_playbook
from app.catalog.reading import read_yaml
from app.domain.playbook.difference import Difference, differences
from app.domain.playbook.model import Playbook

NONE: Final[Mapping[str, Playbook]] = MappingProxyType({})


def read_proposed(
    catalog: Catalog, key: str, text: str, others: Mapping[str, Playbook] = NONE
) -> Playbook:
    """The playbook that a text makes, checked by itself and against the catalog.

    Args:
        catalog: The installation's.
        key: Of the playbook that it is a version of.
        text: The YAML, whole.
        others: Playbooks in force where they are not the catalog's; it may start their runs.

    Raises:
        CatalogInvalid: It cannot be used; every fault is named by line and field.
    """
    name = f"playbooks/{key}.yaml"
    faults: list[Fault] = []
    if len(text.encode()) > LARGEST_FILE_BYTES:
        raise CatalogInvalid([Fault(name, 0, "", f"expected at most {LARGEST_FILE_BYTES} bytes")])
    found = read_playbook(name, text, faults, services=catalog.services.keys())
    if found is None:
        raise CatalogInvalid(faults)
    document, playbook = found
    faults += templates_missing(playbook, document, catalog.templates)
    all_of_them = {**catalog.playbooks, **others, key: playbook}
    faults += runs_missing(playbook, document, all_of_them)
    faults += runs_without_end(playbook, document, all_of_them)
    if playbook.governance is None:
        message = "expected a change and its impact: a new version says what it is for"
        faults.append(Fault(name, 1, "governance", message))
    if faults:
        raise CatalogInvalid(faults)
    return playbook


def differences_of_texts(key: str, before: str, after: str) -> Sequence[Difference]:
    """What differs between two texts of a playbook, field by field.

    Args:
        key: Of the playbook.
        before: The older text, readable.
        after: The newer text, readable.
    """
    name = f"playbooks/{key}.yaml"
    return tuple(differences(_value(name, before), _value(name, after)))


def _value(name: str, text: str) -> Any:
    document = read_yaml(name, text, [])
    return document.value if document else {}
