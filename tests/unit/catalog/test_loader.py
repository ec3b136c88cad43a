"""How the installation's own files take the place of shipped ones, and odd folders."""

from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.catalog.check import check, describe
from app.catalog.faults import CatalogInvalid, Fault
from app.catalog.files import LARGEST_FILE_BYTES
from app.catalog.loader import load_catalog

CALENDAR = """
business_hours: {opens: "08:00", closes: "16:30"}
holidays: {country: AU, region: NSW}
closed_on: [2026-12-24]
"""


def write(folder: Path, name: str, text: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_a_file_of_the_installation_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    # Given an own calendar and an own text
    write(tmp_path, "calendar.yaml", CALENDAR)
    write(tmp_path, "templates/chat/plan_live.j2", "{{ client }} is live.")
    write(tmp_path, "playbooks/README.md", "not part of the catalog")
    write(tmp_path, ".git/config", "nor is this")

    # When the catalog is loaded
    catalog = load_catalog(tmp_path)

    # Then these count, and everything else is as shipped
    assert catalog.templates.chat("plan_live", {"client": "Sample"}) == "Sample is live."
    assert catalog.own_files == {"calendar.yaml", "templates/chat/plan_live.j2"}
    assert catalog.packages.keys() == load_catalog().packages.keys()
    assert "own files: calendar.yaml, templates/chat/plan_live.j2" in describe(catalog)


def test_days_off_are_public_holidays_and_the_organisations_own(tmp_path: Path) -> None:
    write(tmp_path, "calendar.yaml", CALENDAR)

    days = load_catalog(tmp_path).calendar.days_off(date(2026, 12, 20), date(2027, 1, 3))

    assert {date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)} <= days
    assert all(date(2026, 12, 20) <= day <= date(2027, 1, 3) for day in days)


def test_the_organisations_working_time_leaves_its_days_off_out(tmp_path: Path) -> None:
    write(tmp_path, "calendar.yaml", CALENDAR)
    sydney = ZoneInfo("Australia/Sydney")

    hours = load_catalog(tmp_path).calendar.hours(sydney, date(2026, 12, 1))

    assert (hours.opens, hours.closes, hours.zone) == (time(8), time(16, 30), sydney)
    assert {date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 26)} <= set(hours.days_off)


def test_shipped_nobody_has_a_day_off() -> None:
    assert load_catalog().calendar.days_off(date(2026, 1, 1), date(2026, 12, 31)) == frozenset()


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"

    assert check(missing) == [Fault(str(missing), 0, "", "the catalog folder is no folder")]


def test_a_file_in_place_of_the_folder_is_said_so(tmp_path: Path) -> None:
    write(tmp_path, "packages.yaml", "")
    file = tmp_path / "packages.yaml"

    assert check(file) == [Fault(str(file), 0, "", "the catalog folder is no folder")]


@pytest.mark.parametrize(
    "name",
    [
        "packages/sprint.yaml",
        "package.yaml",
        "packages.yml",
        "playboks/client-upgrade.yaml",
        "playbooks/older/client-upgrade.yaml",
        "notes.txt",
        "templates/chats/plan_live.j2",
        "templates/chat/plan_live.txt",
        "templates/email/upgrade_begun/body.j2",
        "templates/mail.css",
    ],
)
def test_a_file_that_would_never_be_read_is_named(tmp_path: Path, name: str) -> None:
    # Given a name that is nearly one of the catalog's
    write(tmp_path, name, "")

    # When the catalog is checked
    (fault,) = check(tmp_path)

    # Then nobody believes that the file counts
    assert fault.file == name
    assert fault.message.startswith("the catalog reads no such file; it reads packages.yaml, ")


def test_bytes_that_are_no_text_are_found_by_their_line(tmp_path: Path) -> None:
    write(tmp_path, "calendar.yaml", b"# fine\n# not: \xff\n")

    assert Fault("calendar.yaml", 2, "", "expected UTF-8 text") in check(tmp_path)


def test_a_file_beyond_all_measure_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "calendar.yaml", b"#" * (LARGEST_FILE_BYTES + 1))

    messages = [fault.message for fault in check(tmp_path)]

    assert f"expected at most {LARGEST_FILE_BYTES} bytes" in messages


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "{a: " * 50_000,
        "- " * 50_000,
        "a: " * 1000,
        "? " * 1000,
        "\x00",
        "\ufeff",
        "- just\n- a list",
        "just a word",
        "12",
        "null",
        "a: &a [*a, *a]",
        "<<: {business_hours: 1}",
        "---\na: 1\n---\nb: 2",
        "business_hours: " + "9" * 10_000,
        "%YAML 9.9\n---\na: 1",
    ],
)
def test_no_file_whatever_it_holds_makes_anything_but_faults(tmp_path: Path, text: str) -> None:
    for name in ("calendar.yaml", "packages.yaml", "movements.yaml", "templates/samples.yaml"):
        write(tmp_path, name, text)
    write(tmp_path, "playbooks/client-upgrade.yaml", text)

    with pytest.raises(CatalogInvalid) as refused:
        load_catalog(tmp_path)

    assert {fault.file for fault in refused.value.faults} >= {"calendar.yaml", "packages.yaml"}


@pytest.mark.parametrize(
    "text",
    ["{{ " + "(" * 5000, "{% for x in range(9) %}", "{{ lipsum() }}", "{% include 'nowhere' %}"],
)
def test_no_text_whatever_it_holds_makes_anything_but_faults(tmp_path: Path, text: str) -> None:
    write(tmp_path, "templates/chat/plan_live.j2", text)

    found = check(tmp_path)

    assert [fault.file for fault in found] == ["templates/chat/plan_live.j2"]


def test_a_file_of_many_faults_tells_the_first_hundred_and_how_many_more() -> None:
    faults = [Fault("playbooks/a.yaml", line, "", "expected a plain value") for line in range(350)]

    told = CatalogInvalid(faults).sentences

    assert (len(told), told[0]) == (101, "playbooks/a.yaml:0: expected a plain value")
    assert told[-1] == "and 250 more faults, told once these are put right"
    assert CatalogInvalid(faults[:100]).sentences == [str(fault) for fault in faults[:100]]
