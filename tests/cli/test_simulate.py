"""The command that runs a plan ahead, as an operator types it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, text
from typer.testing import CliRunner, Result

from app.cli import app
from app.db.engine import make_engine, make_sessions
from tests import postgres
from tests.builders import signed_document, stored_plan, stored_staff

Simulate = Callable[..., Result]
SYDNEY = ("--signed", "2026-11-20 23:30", "--zone", "Australia/Sydney")
SCALE = ("--from", "sprint", "--to", "scale")


@pytest.fixture
def database(database_template: URL) -> Iterator[URL]:
    """A migrated database of the test's own, for a command that has its own loop."""
    url = asyncio.run(postgres.clone(database_template))
    yield url
    asyncio.run(postgres.drop(url))


@pytest.fixture
def simulate(database: URL) -> Simulate:
    """Types the command; nothing is set but where the database is, and that we are in Brisbane."""
    env = {
        "CHANGEOVER_DATABASE_URL": database.render_as_string(hide_password=False),
        "CHANGEOVER_TIMEZONE": "Australia/Brisbane",
    }
    return lambda *typed: CliRunner().invoke(app, ["simulate", *typed], env=env)


def held(database: URL, statement: str) -> Any:
    """The one value that a statement finds."""

    async def read() -> Any:
        engine = make_engine(database)
        try:
            async with engine.connect() as connection:
                return (await connection.execute(text(statement))).scalar_one()
        finally:
            await engine.dispose()

    return asyncio.run(read())


def with_people(database: URL, *, plan: bool = False) -> str:
    """Store people, and a plan if one is wanted; returns its ref."""

    async def store() -> str:
        engine = make_engine(database)
        try:
            sessions = make_sessions(engine)
            await stored_staff(sessions)
            return (await stored_plan(sessions)).ref if plan else ""
        finally:
            await engine.dispose()

    return asyncio.run(store())


def test_signed_on_friday_night_in_sydney(simulate: Simulate, database: URL) -> None:
    # given
    with_people(database)

    # when
    thursdays = "sms:week:thursday:49.00 AUD:2026-12-09"
    result = simulate(*SYDNEY, *SCALE, "--live-on", "2026-12-07", "--service", thursdays)

    # then
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("Sample Client: Sprint to Scale, live Monday 7 December 2026 (UPG-")
    assert lines[1] == "Run ahead: nothing is stored, nothing is sent."
    assert "Friday 20 November 2026" in lines
    told = [" ".join(line.split()) for line in lines]
    assert "23:30 [22:30] The live date was set: Monday 7 December 2026 - agreement" in told
    assert "00:00 [Sun 23:00] The services went live - clock" in told
    credit = "10:00 [09:00] Credit 'sms' was carried out (21.00 AUD) - Sue Support"
    assert credit in told
    assert "Credits and charges of the change-over: 21.00 AUD in the client's favour." in told
    assert lines[-1] == "In the end the plan is completed."
    assert held(database, "SELECT count(*) FROM plans") == 0


def test_what_blocks_it_is_named_where_nobody_does_anything(
    simulate: Simulate, database: URL
) -> None:
    # given
    with_people(database)

    # when
    result = simulate(*SYDNEY, *SCALE, "--live-on", "2026-12-07", "--people", "idle")

    # then
    told = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "In the end the plan has missed its live date." in told
    assert "17 things block it." in " ".join(told)
    assert "and 13 more" in told
    after = told[told.index("Still in its way:") :]
    assert "Task 'Register the SMS sender number' is open." in after


def test_messages_are_told_whole_where_they_are_asked_for(simulate: Simulate) -> None:
    # when
    plain = simulate(*SYDNEY, *SCALE, "--live-on", "2026-12-07", "--connected")
    whole = simulate(*SYDNEY, *SCALE, "--live-on", "2026-12-07", "--connected", "--texts")

    # then
    assert "Thank you for signing." not in plain.output
    assert "Thank you for signing." in whole.output
    assert "To: Sample Client <client@run-ahead.example>" in whole.output
    assert "leaves at 23:32" in plain.output
    assert "by a person" not in plain.output


def test_a_live_date_on_a_holiday_is_warned_of(simulate: Simulate) -> None:
    result = simulate(*SYDNEY, *SCALE, "--live-on", "2026-12-28", "--country", "NZ")
    assert "Monday 28 December 2026 is a public holiday in NZ: Boxing Day" in result.output


def test_the_story_is_a_document_for_programs_too(simulate: Simulate, database: URL) -> None:
    # given
    with_people(database)

    # when
    result = simulate(*SYDNEY, *SCALE, "--live-on", "2026-12-07", "--connected", "--json")

    # then
    story = json.loads(result.output)
    assert story["plan"]["timezone"] == "Australia/Sydney"
    assert story["end"] == {
        "state": "completed",
        "flags": [],
        "blocking": [],
        "cut_short": False,
    }
    kinds = {entry["kind"] for entry in story["entries"]}
    assert {"happened", "chat.post", "email.begun", "email.complete", "blocking"} <= kinds
    live = next(one for one in story["entries"] if one.get("action") == "plan.went_live")
    assert (live["at"], live["client"], live["organisation"]) == (
        "2026-12-06T13:00:00Z",
        "2026-12-07T00:00:00+11:00",
        "2026-12-06T23:00:00+10:00",
    )
    (mail,) = [one for one in story["entries"] if one["kind"] == "email.complete"]
    assert mail["payload"]["cc"] == ["marketing@sweatdigital.com"]
    assert mail["leaves_at"] == "2026-12-01T23:02:00Z"
    assert story["bills"]["first_new"]["total"] == {"amount": "395.00", "currency": "AUD"}
    assert {one["state"] for one in story["tasks"]} == {"done"}
    assert story["adjustments"][0]["safe"] == [{"from": "2026-12-01", "to": "2026-12-07"}]


def test_an_event_is_run_ahead_from_a_file(simulate: Simulate, tmp_path: Path) -> None:
    # given: as a Zap sends it, flattened
    event = tmp_path / "event.json"
    event.write_text(
        json.dumps(
            {
                "event": "agreement.signed",
                "occurred_at": "2026-11-20T03:12:00Z",
                "agreement__ref": "PROP-1042",
                "agreement__live_on": "2026-12-07",
                "client__name": "Harbour Dental",
                "client__email": "owner@harbourdental.example",
                "client__timezone": "Australia/Brisbane",
                "movement__from": "start",
                "movement__to": "scale",
            }
        )
    )

    # when
    result = simulate("--event", str(event))

    # then
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Harbour Dental: Start to Scale, live Monday 7 December 2026")
    assert "  13:12  " in result.output
    assert "In the end the plan is completed" in result.output


def test_a_plan_is_run_ahead_by_its_ref(simulate: Simulate, database: URL) -> None:
    # given: a plan whose live date has passed on the real clock, or will
    ref = with_people(database, plan=True)
    state = "SELECT state FROM plans"
    before = held(database, state)

    # when
    by_ref = simulate("--plan", ref.lower())
    by_id = simulate("--plan", str(held(database, "SELECT id FROM plans")), "--people", "idle")

    # then
    assert by_ref.exit_code == by_id.exit_code == 0, by_ref.output
    assert f"({ref})" in by_ref.output
    assert held(database, state) == before


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ([], "Say which plan: --event FILE, --plan PLAN, or at least"),
        (["--plan", "UPG-1", "--from", "start"], "Say which plan"),
        (["--plan", "UPG-00000000"], "There is no plan with this ref or id."),
        (["--plan", "01a2044b-b4fc-7311-a382-ac96628c5f83"], "There is no plan with this id."),
        (["--event", "/nowhere/event.json"], "/nowhere/event.json: No such file or directory"),
        (["--from", "sprint"], "--from and --to: Name the package left and the package taken."),
        ([*SCALE, "--people", "lazy"], "--people: There are diligent and idle ones."),
        ([*SCALE, "--zone", "Mars/Olympus"], "--zone: This is not an IANA time zone"),
        ([*SCALE, "--signed", "yesterday"], "--signed: Write a local time, such as"),
        ([*SCALE, "--signed", "2026-02-30 10:00"], "--signed: This is a time that never comes."),
        (
            [*SCALE, "--zone", "Africa/Cairo", "--signed", "2026-04-24 00:30"],
            "--signed: Africa/Cairo has no such time: its clock jumps over it.",
        ),
        (["--from", "sprint", "--to", "platinum"], "--to: There is no such package"),
        (["--from", "scale", "--to", "start"], "--to: Scale to Start is a downgrade"),
        ([*SCALE, "--service", "sms:month"], "--service (anchor): is required"),
        ([*SCALE, "--service", "sms:week:thursday:49"], "--service (price currency): is required"),
        ([*SCALE, "--service", "a:b:c:d:e:f"], "--service: Write it as SERVICE:PERIOD"),
        ([*SCALE, "--service", "sms:fortnight:monday"], "--service (billing_period): must be"),
    ],
)
def test_what_cannot_be_run_ahead_is_said_with_the_option_that_is_wrong(
    simulate: Simulate, typed: list[str], sentence: str
) -> None:
    result = simulate(*typed)

    assert result.exit_code == 2
    assert "This cannot be run ahead:" in result.output
    assert sentence in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("no json", "event.json: "),
        ("[]", "The array holds no event."),
        (json.dumps([signed_document(), signed_document()]), "It must hold one event"),
        (json.dumps({"event": "agreement.voided", "agreement": {"ref": "P-1"}}), "must be agree"),
        (json.dumps({"agreement": {"ref": "P-1"}}), "event is required."),
        (
            json.dumps(signed_document(client__timezone="Mars")),
            "client.timezone cannot be used",
        ),
        (json.dumps(signed_document(movement__to="platinum")), "no such package"),
    ],
)
def test_a_file_that_holds_no_signed_agreement_is_refused_with_the_reason(
    simulate: Simulate, tmp_path: Path, content: str, sentence: str
) -> None:
    # given
    event = tmp_path / "event.json"
    event.write_text(content)

    # when
    result = simulate("--event", str(event))

    # then
    assert result.exit_code == 2, result.output
    assert sentence in " ".join(result.output.split())


@pytest.mark.slow
def test_it_runs_on_a_machine_where_nothing_is_set_up(tmp_path: Path) -> None:
    # when: no database, no key, no people
    env = {name: value for name, value in os.environ.items() if "CHANGEOVER" not in name}
    typed = ["simulate", *SYDNEY, *SCALE, "--live-on", "2026-12-07"]
    ended = subprocess.run(
        [sys.executable, "-m", "app.cli", *typed],
        env={**env, "CHANGEOVER_DATA_DIR": str(tmp_path), "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )

    # then
    assert ended.returncode == 0, ended.stderr
    assert "In the end the plan is completed, flagged" in ended.stdout
