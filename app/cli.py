"""What an operator can say: serve, work, migrate, look, and try everything out."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from dotenv import dotenv_values

from app.settings import Settings, SettingsInvalid, load_settings

app = typer.Typer(
    help="Changeover: from a signed agreement to live services.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
catalog_app = typer.Typer(help="The installation's packages, playbooks and texts.")
keys_app = typer.Typer(help="The API keys of callers.")
app.add_typer(catalog_app, name="catalog")
app.add_typer(keys_app, name="keys")

Once = Annotated[bool, typer.Option("--once", help="End after the story.")]
HostOption = Annotated[str | None, typer.Option(help="The address to listen on.")]
PortOption = Annotated[int | None, typer.Option(help="The port to listen on.")]


def main() -> None:
    """Run a command; what an operator can put right is said without a traceback."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    from app.catalog.faults import CatalogInvalid  # noqa: PLC0415 - a quick start
    from app.db.embedded import EmbeddedPostgresFailed  # noqa: PLC0415

    try:
        app()
    except SettingsInvalid as invalid:
        _fail("The settings cannot be used:", invalid.sentences)
    except CatalogInvalid as invalid:
        _fail("The catalog cannot be used:", [str(fault) for fault in invalid.faults])
    except EmbeddedPostgresFailed as failed:
        _fail("The embedded Postgres did not start:", [str(failed)])
    except (OSError, DBAPIError) as fault:
        _fail("The database cannot be reached or refused:", [type(fault).__name__])


def _fail(title: str, sentences: list[str]) -> None:
    typer.echo("\n  ".join([title, *sentences]), err=True)
    raise SystemExit(2)


def _settings(**given: Any) -> Settings:
    """The settings, with options of the command in place of variables."""
    for name, value in given.items():
        if value is not None:
            os.environ[f"CHANGEOVER_{name.upper()}"] = str(value)
    return load_settings()


def _run(settings: Settings, job: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
    """Wire everything, run one job, and close everything again."""
    from app.bootstrap import build  # noqa: PLC0415

    built = build(settings)

    async def run() -> None:
        try:
            await job(built)
        finally:
            await built.close()

    asyncio.run(run())


@app.command()
def serve(host: HostOption = None, port: PortOption = None) -> None:
    """Serve the API, the webhooks and the console, with the worker inside unless it is off."""
    import uvicorn  # noqa: PLC0415

    from app.bootstrap import build  # noqa: PLC0415
    from app.main import create_app  # noqa: PLC0415
    from app.telemetry import set_up_logging  # noqa: PLC0415

    settings = _settings(host=host, port=port)
    set_up_logging(settings.log_format)
    _refuse_taken_port(settings.host, settings.port)
    uvicorn.run(
        create_app(build(settings)),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
        server_header=False,
    )


def _refuse_taken_port(host: str, port: int) -> None:
    """Say so before anything is started; the server itself finds out only afterwards."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            _fail(f"Nothing can be served at {host}, port {port}:", [fault.strerror or "no reason"])


@app.command()
def worker() -> None:
    """Do the background work beside API processes: the clock's ticks and the queue."""
    from app.bootstrap import build  # noqa: PLC0415
    from app.telemetry import set_up_logging  # noqa: PLC0415
    from app.worker import run_worker  # noqa: PLC0415

    settings = load_settings()
    set_up_logging(settings.log_format)
    built = build(settings)
    asyncio.run(run_worker(built))


@app.command()
def migrate() -> None:
    """Bring the database to the version that this program works with."""
    from app.bootstrap import start_database  # noqa: PLC0415
    from app.db.migrating import migrate as apply  # noqa: PLC0415
    from app.db.migrating import newest  # noqa: PLC0415

    url, server = start_database(load_settings())
    try:
        apply(url)
    finally:
        if server is not None:
            server.stop()
    typer.echo(f"The database is at version {newest()}.")


@app.command()
def sandbox(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8100,
    ledger: Annotated[Path | None, typer.Option(help="A file to keep the ledger in.")] = None,
) -> None:
    """Serve stand-ins of monday.com, Help Scout, Google Chat and an automation, with a page."""
    import uvicorn  # noqa: PLC0415

    from app.sandbox.vendors import SandboxSettings, make_app  # noqa: PLC0415

    settings = SandboxSettings(ledger_file=ledger)
    stand_ins = make_app(settings)
    typer.echo(f"The stand-in vendors are at http://{host}:{port}/")
    typer.echo("To have the stand-in automation change the bills, set for the service:")
    for name, value in settings.of_billing(f"http://{host}:{port}").items():
        typer.echo(f"  {name}={value}")
    uvicorn.run(
        stand_ins,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


@app.command()
def demo(
    once: Once = False,
    act: Annotated[str, typer.Option(help="main, or trouble: what goes wrong.")] = "main",
) -> None:
    """Tell the main job, or its trouble, on the embedded Postgres with the stand-in vendors."""
    from app.sandbox.demo import ACTS, run_demo  # noqa: PLC0415

    if act not in ACTS:
        raise typer.BadParameter(f"There are the acts {' and '.join(ACTS)}.", param_hint="--act")
    raise SystemExit(run_demo(act, once=once))


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

    _run(load_settings(), job)


@app.command()
def doctor() -> None:
    """Say what is connected and what is misconfigured, in plain words."""
    from app.doctor import examine  # noqa: PLC0415

    async def job(built: Any) -> None:
        healthy = await examine(built, sys.stdout)
        if not healthy:
            raise SystemExit(1)

    _run(load_settings(), job)


@catalog_app.command("check")
def catalog_check(
    directory: Annotated[
        Path | None, typer.Argument(help="The installation's folder; the settings' own if absent.")
    ] = None,
) -> None:
    """Check every file of the catalog; faults are named by file, line and field."""
    from app.catalog.check import describe  # noqa: PLC0415
    from app.catalog.loader import load_catalog  # noqa: PLC0415

    typer.echo(describe(load_catalog(directory or _catalog_dir())))


def _catalog_dir() -> Path | None:
    """Only this one setting matters here, whatever the others are."""
    name = "CHANGEOVER_CATALOG_DIR"
    named = (os.environ.get(name) or dotenv_values(".env").get(name) or "").strip()
    return Path(named) if named else None


@keys_app.command("create")
def keys_create(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    role: Annotated[str, typer.Option(help="admin, manager, support, sales, marketing, ...")],
    staff: Annotated[str | None, typer.Option(help="E-mail of the person whose key it is.")] = None,
) -> None:
    """Make an API key; it is shown once."""
    from app.domain.actor import Actor  # noqa: PLC0415
    from app.services.keys import KeyRefused, NewKeyFor, keep_key  # noqa: PLC0415
    from app.web.security import make_key  # noqa: PLC0415

    settings = load_settings()
    made = make_key(settings.env)
    new = NewKeyFor(name, role, staff, made.hash, made.prefix)

    async def job(built: Any) -> None:
        now = await built.work.clock.now()
        try:
            async with built.work.sessions.begin() as session:
                await keep_key(session, new, actor=Actor.service("operator"), now=now)
        except KeyRefused as refusal:
            typer.echo(refusal.detail, err=True)
            raise SystemExit(1) from None
        typer.echo(made.plain)

    _run(settings, job)


@keys_app.command("list")
def keys_list() -> None:
    """List the keys in force: how each begins, its role, its name, when it was last used."""
    from app.services.keys import keys_in_force  # noqa: PLC0415

    async def job(built: Any) -> None:
        async with built.work.sessions() as session:
            for key in await keys_in_force(session):
                used = f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
                typer.echo(f"{key.prefix}  {key.role:<11}  {used:<10}  {key.name}")

    _run(load_settings(), job)


@keys_app.command("revoke")
def keys_revoke(
    prefix: Annotated[str, typer.Argument(help="How the key begins, as `keys list` shows it.")],
) -> None:
    """Take a key away: from its next call on it opens nothing."""
    from app.domain.actor import Actor  # noqa: PLC0415
    from app.services.keys import KeyRefused, revoke_key  # noqa: PLC0415

    async def job(built: Any) -> None:
        now = await built.work.clock.now()
        try:
            async with built.work.sessions.begin() as session:
                key = await revoke_key(session, prefix, actor=Actor.service("operator"), now=now)
        except KeyRefused as refusal:
            typer.echo(refusal.detail, err=True)
            raise SystemExit(1) from None
        typer.echo(f"The key '{key.name}' opens nothing any more.")

    _run(load_settings(), job)


if __name__ == "__main__":
    main()
