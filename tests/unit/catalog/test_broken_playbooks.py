"""Broken playbooks, and what a person is told of each (`expected.txt` beside the files)."""

from collections import defaultdict
from pathlib import Path
from shutil import copytree

import pytest

from app.catalog.faults import Fault
from app.catalog.files import read_files
from app.catalog.playbook_files import read_playbook

BROKEN = Path(__file__).parents[2] / "golden" / "playbooks" / "broken"
CASES = sorted(path.stem for path in BROKEN.glob("*.yaml"))


def told(folder: Path) -> dict[str, list[str]]:
    """Every message by the name of its file, in the order in which people get them."""
    files = read_files(folder)
    faults = list(files.faults)
    for name in files.own:
        read_playbook(name, files.texts[name], faults, services=frozenset())
    return sorted_by_case(faults)


def sorted_by_case(faults: list[Fault]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for fault in sorted(set(faults)):
        found[Path(fault.file).stem].append(str(fault).removeprefix("playbooks/"))
    return found


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("catalog")
    copytree(BROKEN, folder / "playbooks")
    (folder / "playbooks" / "expected.txt").unlink()
    return told(folder)


def expected(case: str) -> list[str]:
    lines = (BROKEN / "expected.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith(f"{case}.yaml:")]


@pytest.mark.parametrize("case", CASES)
def test_a_broken_playbook_is_refused_in_these_words(
    case: str, messages: dict[str, list[str]]
) -> None:
    assert messages[case] == expected(case) != []


def test_there_are_a_hundred_of_them_and_no_message_stands_for_none() -> None:
    lines = (BROKEN / "expected.txt").read_text(encoding="utf-8").splitlines()

    assert len(CASES) >= 100
    assert {line.partition(".yaml:")[0] for line in lines if line} == set(CASES)
