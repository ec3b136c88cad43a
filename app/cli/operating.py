"""Commands that look: the document, quarantined events, the doctor, the catalog."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from dotenv import dotenv_values

from app.cli.commands import app, catalog_app
from app.cli.running import run
from app.settings import load_settings


@app.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from app.api.document import openapi_text  # noqa: PLC0415
    from app.webhooks.router import WEBHOOK_PATHS  # noqa: PLC0415

    typer.echo(openapi_text(WEBHOOK_PATHS), nl=False)


@app.command()
def replay(event_id: Annotated[str, typer.Argument(help="Id of a quarantined event.")]) -> None:
    """Have a quarantined inbound event understood again."""
    from uuid import UUID  # noqa: PLC0415

    from app.domain.actor import Actor  # noqa: PLC0415
    from app.domain.errors import DomainError  # noqa: PLC0415
    from app.services.intake import process_event, replay_event  # noqa: PLC0415

    async def job(built: Any) -> None:
        now = await built.work.clock.now()
        try:
            async with built.work.sessions.begin() as session:
                actor = Actor.service("operator")
                await replay_event(session, UUID(event_id), actor=actor, now=now)
                event = await process_event(
                    session, UUID(event_id), office=built.work.office, now=now
                )
        except (DomainError, ValueError) as refusal:
            typer.echo(getattr(refusal, "detail", "That is not the id of an event."), err=True)
            raise SystemExit(1) from None
        typer.echo(f"{event.status}{': ' + event.reason if event.reason else ''}")

    run(load_settings(), job)


@app.command()
def doctor() -> None:
    """Say what is connected and what is misconfigured, in plain words."""
    from app.doctor import examine  # noqa: PLC0415

    async def job(built: Any) -> None:
        healthy = await examine(built, sys.stdout)
        if not healthy:
            raise SystemExit(1)

    run(load_settings(), job)


@app.command("restore-epoch")
def restore_epoch(
    days: Annotated[
        int, typer.Option(min=1, max=30, help="How long new effects are looked up first.")
    ] = 3,
    end: Annotated[bool, typer.Option("--end", help="Take new effects for new again.")] = False,
) -> None:
    """After a backup was restored: look everything up at the vendors before it is sent.

    Run it once on the restored database, before a worker is started.
    """
    from datetime import timedelta  # noqa: PLC0415

    from app.domain.actor import Actor  # noqa: PLC0415
    from app.services.epochs import begin_epoch, end_epochs  # noqa: PLC0415

    async def job(built: Any) -> None:
        now, actor = await built.work.clock.now(), Actor.service("operator")
        async with built.work.sessions.begin() as session:
            if end:
                ended = await end_epochs(session, actor=actor, now=now)
                typer.echo("The restore epoch is over." if ended else "There was none.")
                return
            lasts = timedelta(days=days)
            begun = await begin_epoch(session, actor=actor, now=now, lasts=lasts)
        typer.echo(
            f"{begun.unsettled} deliveries will be looked up before they are sent; so will each "
            f"new one until {begun.ends_at:%Y-%m-%d %H:%M} UTC."
        )

    run(load_settings(), job)


@catalog_app.command("check")
def catalog_check(
    directory: Annotated[
        Path | None, typer.Argument(help="The installation's folder; the settings' own if absent.")
    ] = None,
) -> None:
    """Check every file of the catalog; faults are named by file, line and field."""
    from app.catalog.check import describe  # noqa: PLC0415
    from app.catalog.loader import load_catalog  # noqa: PLC0415

    typer.echo(describe(load_catalog(directory or catalog_dir())))


@catalog_app.command("schema")
def catalog_schema() -> None:
    """Print the JSON Schema of a playbook, for editors."""
    from app.catalog.playbook_shapes import schema_text  # noqa: PLC0415

    typer.echo(schema_text(), nl=False)


def catalog_dir() -> Path | None:
    """Only this one setting matters here, whatever the others are."""
    name = "CHANGEOVER_CATALOG_DIR"
    named = (os.environ.get(name) or dotenv_values(".env").get(name) or "").strip()
    return Path(named) if named else None
