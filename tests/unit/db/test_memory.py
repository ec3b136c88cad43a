"""What of the machine's memory a container may use."""

from pathlib import Path

import pytest

from app.db.memory import LIMIT_FILES, usable_memory

MACHINE = usable_memory(Path("/nowhere"))


def test_without_a_container_it_is_the_machines() -> None:
    assert MACHINE > 64 * 1024 * 1024


@pytest.mark.parametrize("name", LIMIT_FILES)
@pytest.mark.parametrize(
    ("written", "usable"),
    [
        pytest.param("67108864\n", 67_108_864, id="a limit"),
        pytest.param("max\n", MACHINE, id="none"),
        pytest.param("9223372036854771712\n", MACHINE, id="none, as the older kind writes it"),
    ],
)
def test_a_containers_limit_counts(tmp_path: Path, name: str, written: str, usable: int) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(written)

    assert usable_memory(tmp_path) == usable
