"""Broken catalogs, each with the messages that it gives (`faults.txt` beside its files)."""

from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from app.catalog.check import check

GOLDEN = Path(__file__).parents[2] / "golden" / "catalog"
CASES = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES)
def test_a_broken_catalog_names_every_fault_with_file_line_and_field(
    case: str, tmp_path: Path
) -> None:
    expected = (GOLDEN / case / "faults.txt").read_text(encoding="utf-8").splitlines()
    folder = copytree(GOLDEN / case, tmp_path / case, ignore=ignore_patterns("faults.txt"))

    found = [str(fault) for fault in check(folder)]

    assert found == expected


def test_there_are_broken_catalogs_to_try() -> None:
    assert len(CASES) > 10
