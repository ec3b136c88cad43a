"""Commands for playbooks: what a version changes, and what that means for open runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.commands import playbooks_app
from app.cli.operating import catalog_dir
from app.cli.running import fail, run
from app.settings import SettingsInvalid, load_settings

SHOWN = 20
PLAYBOOK = typer.Argument(help="A playbook's file, in the version to look at.")
OTHER = typer.Argument(help="The file to compare it with; the version in force if absent.")


@playbooks_app.command("diff")
def playbooks_diff(
    file: Annotated[Path, PLAYBOOK],
    other: Annotated[Path | None, OTHER] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no database: compare with the catalog's file.")
    ] = False,
) -> None:
    """Say what differs from the version in force, and what that means for open runs.

    Where no database answers, or with --offline, it is compared with the catalog's file alone.
    """
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    from app.db.embedded import EmbeddedPostgresFailed  # noqa: PLC0415

    text = _read(file)
    if other is not None:
        _say(_differences(text, _read(other)))
        return
    if not offline:
        try:
            run(load_settings(), lambda built: _compare(built, text))
        except (SettingsInvalid, EmbeddedPostgresFailed, DBAPIError, OSError) as fault:
            why = fault.sentences[0] if isinstance(fault, SettingsInvalid) else type(fault).__name__
            typer.echo(f"No database answers ({why}): this is the catalog's file.", err=True)
        else:
            return
    from app.catalog.loader import load_catalog  # noqa: PLC0415

    catalog = load_catalog(catalog_dir())
    key = _key_of(text)
    present = catalog.playbook_texts.get(key)
    if present is None:
        fail(f"The catalog has no playbook {key!r}:", [f"it has {', '.join(catalog.playbooks)}"])
    _check(catalog, key, text)
    _say(_differences(text, present))


async def _compare(built: Any, text: str) -> None:
    """With the version in force, and with the open runs."""
    from app.domain.errors import DomainError  # noqa: PLC0415
    from app.queries.playbook_versions import open_runs  # noqa: PLC0415
    from app.services.playbooks.in_force import in_force  # noqa: PLC0415
    from app.services.playbooks.moving_runs import foresee  # noqa: PLC0415

    office, key = built.work.office, _key_of(text)
    now = await built.work.clock.now()
    playbook = _check(office.catalog, key, text)
    async with built.work.sessions() as session:
        try:
            present = await in_force(session, office, key)
        except DomainError as refusal:
            fail(f"The playbook {key!r} cannot be compared:", [refusal.detail])
        runs = await open_runs(session, key)
        foreseen = await foresee(session, playbook, office=office, now=now, limit=SHOWN)
    typer.echo(f"In force: version {present.playbook.version}.")
    _say(_differences(text, present.body))
    for number, count in runs.items():
        typer.echo(f"Open runs on version {number}: {count}.")
    for one in foreseen:
        typer.echo(f"Run {one.row.id} about {one.row.subject_ref}, if it moves:")
        for sentence in one.following.in_words(office.timezone):
            typer.echo(f"  {sentence}")


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        why = "expected UTF-8 text" if isinstance(fault, UnicodeDecodeError) else fault.strerror
        fail(f"{file} cannot be read:", [why or "no reason"])


def _key_of(text: str) -> str:
    """The key that a text says it has; every other fault is told by reading it as a playbook."""
    from app.catalog.faults import CatalogInvalid, Fault  # noqa: PLC0415
    from app.catalog.reading import read_yaml  # noqa: PLC0415

    faults: list[Fault] = []
    document = read_yaml("the file", text, faults)
    value = document.value if document else None
    if not isinstance(value, dict) or not isinstance(value.get("key"), str):
        raise CatalogInvalid(faults or [Fault("the file", 1, "key", "expected a playbook's key")])
    return str(value["key"])


def _check(catalog: Any, key: str, text: str) -> Any:
    from app.catalog.proposed import read_proposed  # noqa: PLC0415

    return read_proposed(catalog, key, text)


def _differences(text: str, before: str) -> Sequence[object]:
    from app.catalog.proposed import differences_of_texts  # noqa: PLC0415

    return differences_of_texts(_key_of(text), before, text)


def _say(differences: Sequence[object]) -> None:
    for each in differences:
        typer.echo(str(each))
    if not differences:
        typer.echo("Nothing differs.")
