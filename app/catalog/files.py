"""The files of a catalog: the shipped ones, with those of the installation laid over them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.catalog.faults import Fault

SHIPPED = Path(__file__).parent / "data"
SUFFIXES = (".yaml", ".j2", ".css")
LARGEST_FILE_BYTES = 256 * 1024


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
            text = _text(name, path, faults)
            if text is not None:
                texts[name] = text
                if folder is directory:
                    own.add(name)
    return Files(texts, frozenset(own), tuple(faults))


def _names(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file():
            yield path.relative_to(folder).as_posix(), path


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
