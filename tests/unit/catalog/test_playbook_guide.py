"""docs/playbooks.md, by which people write playbooks, says what the language is."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from app.catalog.faults import Fault
from app.catalog.files import LARGEST_FILE_BYTES
from app.catalog.playbook_files import read_playbook
from app.catalog.playbook_shapes import FieldShape, PlaybookShape, StageShape, StepShape
from app.catalog.reading import DEEPEST_NESTING
from app.catalog.shapes import MOST_ENTRIES
from app.domain.playbook.condition import misfits
from app.domain.playbook.condition_text import DEEPEST, LONGEST, read_condition
from app.domain.playbook.form import LONGEST_VALUE, FieldKind
from app.domain.playbook.governance import OpenRuns, ReviewCycle
from app.domain.playbook.measure import Counted, Fact, Length, MeasureKind
from app.domain.playbook.model import Evidence, Playbook, Side, Subject
from app.domain.playbook.moment import OF_RUNS, OF_STEPS
from app.domain.playbook.reminder import SpanUnit
from app.domain.playbook.reminder_checks import LONGEST_SPAN
from app.domain.playbook.time_checks import FARTHEST
from app.domain.playbook.trigger import Event, Every
from app.domain.playbook.who import From, Response

GUIDE = Path(__file__).parents[3] / "docs" / "playbooks.md"
TEXT = GUIDE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
PROSE = re.sub(r"```yaml\n.*?```", "", TEXT, flags=re.DOTALL)
QUOTED = set(re.findall(r"[a-z_.]+", " ".join(re.findall(r"`([^`]+)`", PROSE))))


def example(text: str) -> Playbook:
    faults: list[Fault] = []
    name = "playbooks/client-visit.yaml"
    found = read_playbook(name, text, faults, services=frozenset())
    assert faults == []
    assert found is not None
    return found[1]


def test_the_playbook_written_from_scratch_is_lawful_at_its_beginning_and_its_end() -> None:
    first, last = (example(text) for text in EXAMPLES)

    assert ([step.key for step in first.steps], len(last.steps)) == (["book"], 3)


def section(heading: str) -> str:
    """The text under a heading, up to the next of its level or above."""
    _, _, rest = TEXT.partition(f"\n{heading}\n")
    assert rest, heading
    return re.split(r"\n#{2,3} ", rest)[0]


CONDITIONS = re.findall(r"^\| `([^|`]+(?:\|\|[^|`]+)?)` \|", section("## Conditions"), re.MULTILINE)


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition_of_the_guide_can_be_asked_of_its_example(text: str) -> None:
    assert list(misfits(read_condition(text), example(EXAMPLES[-1]).figures)) == []


def test_there_are_conditions_to_try() -> None:
    assert len(CONDITIONS) == 7


@pytest.mark.parametrize(
    ("heading", "shape"),
    [
        ("### The file", PlaybookShape),
        ("### Inputs", FieldShape),
        ("### Steps and stages", StepShape),
        ("### Steps and stages", StageShape),
    ],
)
def test_every_field_is_told(heading: str, shape: type[BaseModel]) -> None:
    told = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", section(heading)))))

    assert {field.alias or name for name, field in shape.model_fields.items()} <= told


@pytest.mark.parametrize(
    "words",
    [
        *(FieldKind, Subject, Event, Every, ReviewCycle, OpenRuns, Evidence, Side, From, Response),
        *(MeasureKind, Counted, Fact, Length, SpanUnit, OF_RUNS, OF_STEPS),
    ],
)
def test_every_word_of_the_language_is_told(words: frozenset[str]) -> None:
    assert {str(word) for word in words} <= QUOTED


def test_limits_are_those_of_the_code() -> None:
    assert f"At most {LONGEST} characters and ten levels" in TEXT
    assert DEEPEST == 10
    assert f"up to {LONGEST_VALUE:,} characters" in TEXT
    assert f"A list has up to {MOST_ENTRIES} entries" in TEXT
    assert f"more than {DEEPEST_NESTING} levels, more than {LARGEST_FILE_BYTES // 1024} KB" in TEXT
    days, business_days, hours, business_hours = FARTHEST.values()
    assert (
        f"At most {days} days, {business_days} business days, {hours:,} hours or "
        f"{business_hours} business hours away" in TEXT
    )
    minutes, hours, days = LONGEST_SPAN.values()
    assert f"`minutes` (up to {minutes:,}), `hours` ({hours:,}), `days` ({days})" in TEXT


def test_no_link_of_the_guide_leads_nowhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", TEXT)
    headings = {
        heading.strip().lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    }

    assert [link for link in links if not (GUIDE.parent / link).exists()] == []
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= headings
