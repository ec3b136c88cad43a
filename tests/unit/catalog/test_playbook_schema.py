"""The JSON Schema of playbooks: what the shapes say, and lawful files fit it."""

from pathlib import Path

import jsonschema_rs
import pytest

from app.catalog.files import SHIPPED
from app.catalog.playbook_shapes import schema, schema_text
from app.catalog.reading import read_yaml

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "docs" / "playbook.schema.json"
LAWFUL = sorted(
    [
        *(SHIPPED / "playbooks").glob("*.yaml"),
        *(ROOT / "tests" / "golden" / "playbooks" / "parts").glob("*.yaml"),
    ]
)


def wrong_in(path: Path) -> list[str]:
    document = read_yaml(path.name, path.read_text(encoding="utf-8"), [])
    assert document is not None
    # The validator comes with schemathesis, which the tests of the API use.
    found = jsonschema_rs.validator_for(schema()).iter_errors(document.value)
    return [f"{each.instance_path}: {each.message}" for each in found]


def test_the_committed_schema_is_the_one_that_the_shapes_make() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == schema_text(), (
        "docs/playbook.schema.json has drifted from the code: run `make schema` and commit it"
    )


@pytest.mark.parametrize("path", LAWFUL, ids=lambda path: path.stem)
def test_a_lawful_playbook_fits_the_schema(path: Path) -> None:
    assert wrong_in(path) == []


@pytest.mark.parametrize("case", ["field-unknown", "kind-unknown", "title-missing", "due-in-words"])
def test_an_editor_sees_what_is_broken(case: str) -> None:
    broken = ROOT / "tests" / "golden" / "playbooks" / "broken" / f"{case}.yaml"

    assert wrong_in(broken) != []
