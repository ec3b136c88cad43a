"""Commands that run: the service, its worker, the stand-ins of the vendors, the demonstration."""

import asyncio
import socket
from pathlib import Path
from typing import Annotated

import typer

from app.cli.commands import app
from app.cli.running import fail, settings_with
from app.settings import load_settings

Once = Annotated[bool, typer.Option("--once", help="End after the story.")]
HostOption = Annotated[str | None, typer.Option(help="The address to listen on.")]
PortOption = Annotated[int | None, typer.Option(help="The port to listen on.")]


@app.command()
def serve(host: HostOption = None, port: PortOption = None) -> None:
    """Serve the API, the webhooks and the console, with the worker inside unless it is off."""
    import uvicorn  # noqa: PLC0415

    from app.bootstrap import build  # noqa: PLC0415
    from app.main import create_app  # noqa: PLC0415
    from app.telemetry import set_up_logging  # noqa: PLC0415

    settings = settings_with(host=host, port=port)
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
            fail(f"Nothing can be served at {host}, port {port}:", [fault.strerror or "no reason"])


@app.command()
def worker() -> None:
    """Do the background work beside API processes: the clock's ticks and the queue."""
    import uvloop  # noqa: PLC0415

    from app.bootstrap import build  # noqa: PLC0415
    from app.telemetry import set_up_logging  # noqa: PLC0415
    from app.worker import run_worker  # noqa: PLC0415

    settings = load_settings()
    set_up_logging(settings.log_format)
    built = build(settings)
    # The loop that the API process has, too.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_worker(built))


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
    """Serve stand-ins of the vendors, an automation and the clients' own system, with a page."""
    import uvicorn  # noqa: PLC0415

    from app.sandbox.vendors import SandboxSettings, make_app  # noqa: PLC0415

    settings = SandboxSettings(ledger_file=ledger)
    stand_ins = make_app(settings)
    typer.echo(f"The stand-in vendors are at http://{host}:{port}/")
    typer.echo("To have the stand-in automation change the bills, set for the service:")
    for name, value in settings.of_billing(f"http://{host}:{port}").items():
        typer.echo(f"  {name}={value}")
    typer.echo("To have Stripe and the clients' own system carry out changes of users, also:")
    for name, value in settings.of_tiers(f"http://{host}:{port}").items():
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
    act: Annotated[str, typer.Option(help="main, trouble (what goes wrong), or tiers.")] = "main",
) -> None:
    """Tell the main job, or another act, on the embedded Postgres with the stand-in vendors."""
    from app.sandbox.demo import ACTS, run_demo  # noqa: PLC0415

    if act not in ACTS:
        *others, last = ACTS
        there_are = f"There are the acts {', '.join(others)} and {last}."
        raise typer.BadParameter(there_are, param_hint="--act")
    raise SystemExit(run_demo(act, once=once))
