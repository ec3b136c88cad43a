"""The files of a catalog: the shipped ones, with those of the installation laid over them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.catalog.faults import Fault

SHIPPED = Path(__file__).parent / "data"
LARGEST_FILE_BYTES = 256 * 1024
READ = re.compile(
    r"(packages|movements|calendar|contracts|contract-playbook)\.yaml|(playbooks|policies)/[^/]+\.yaml"
    r"|templates/(samples\.yaml|email/mail\.css|(chat|email)/[^/]+\.j2)"
    r"|templates/email/[^/]+/(subject|body\.html|body\.txt|_[^/]+)\.j2"
)
"""Names of the files that a catalog is made of."""
NOT_READ = (
    "the catalog reads no such file; it reads packages.yaml, movements.yaml, calendar.yaml, "
    "contracts.yaml, contract-playbook.yaml, playbooks/*.yaml, policies/*.yaml, "
    "templates/samples.yaml, templates/chat/*.j2, "
    "templates/email/*.j2, templates/email/mail.css and, in templates/email/*/, subject.j2, "
    "body.html.j2, body.txt.j2 and _*.j2"
)


@dataclass(frozen=True, slots=True)
class Files:
    """Texts by relative name ("playbooks/client-upgrade.yaml"), and what was not readable.

    `own` names those that came from the installation's folder.
    """

    texts: Mapping[str, str]
    own: frozenset[str]
    faults: tuple[Fault, ...]

    def under(self, folder: str) -> tuple[str, ...]:
        """The names of the files in a folder and below it, sorted."""
        return tuple(sorted(name for name in self.texts if name.startswith(f"{folder}/")))


def read_files(directory: Path | None) -> Files:
    """A file of the installation takes the place of the shipped one of the same name.

    One that would never be read is a fault: its name was mistyped, and the shipped file counts.

    Args:
        directory: The installation's own catalog folder, if it has one.
    """
    texts: dict[str, str] = {}
    own: set[str] = set()
    faults: list[Fault] = []
    if directory is not None and not directory.is_dir():
        faults.append(Fault(str(directory), 0, "", "the catalog folder is no folder"))
        directory = None
    for folder in (SHIPPED, directory):
        if folder is None:
            continue
        for name, path in _names(folder):
            if not READ.fullmatch(name):
                faults.append(Fault(name, 0, "", NOT_READ))
                continue
            text = _text(name, path, faults)
            if text is not None:
                texts[name] = text
                if folder is directory:
                    own.add(name)
    return Files(texts, frozenset(own), tuple(faults))


def _names(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file, less what is hidden and what explains a folder to people."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if not hidden and not path.name.startswith("README") and path.is_file():
            yield name.as_posix(), path


def _text(name: str, path: Path, faults: list[Fault]) -> str | None:
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_FILE_BYTES + 1)
        if len(raw) > LARGEST_FILE_BYTES:
            faults.append(Fault(name, 0, "", f"expected at most {LARGEST_FILE_BYTES} bytes"))
            return None
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.append(Fault(name, line, "", "expected UTF-8 text"))
    except OSError as error:
        faults.append(Fault(name, 0, "", f"cannot be read: {error.strerror}"))
    return None
