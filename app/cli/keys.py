"""Commands for the API keys of callers."""

from typing import Annotated, Any

import typer

from app.cli.commands import keys_app
from app.cli.running import run
from app.settings import load_settings


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

    run(settings, job)


@keys_app.command("list")
def keys_list() -> None:
    """List the keys in force: how each begins, its role, its name, when it was last used."""
    from app.services.keys import keys_in_force  # noqa: PLC0415

    async def job(built: Any) -> None:
        async with built.work.sessions() as session:
            for key in await keys_in_force(session):
                used = f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
                typer.echo(f"{key.prefix}  {key.role:<11}  {used:<10}  {key.name}")

    run(load_settings(), job)


@keys_app.command("revoke")
def keys_revoke(
    prefix: Annotated[str, typer.Argument(help="How the key begins, as `keys list` shows it.")],
) -> None:
    """Take a key away: from its next call on it opens nothing, and brings no event after 2 s."""
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

    run(load_settings(), job)
