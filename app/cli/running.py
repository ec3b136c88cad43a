"""What every command needs: the settings, everything wired, and a way to say what is wrong."""

import asyncio
import os
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import typer
from dotenv import dotenv_values

from app.settings import Settings, load_settings

_THE_KEY = "CHANGEOVER_SECRET_KEY"


def fail(title: str, sentences: list[str]) -> NoReturn:
    """Say what an operator can put right, and end."""
    typer.echo("\n  ".join([title, *sentences]), err=True)
    raise SystemExit(2)


def settings_with(**given: Any) -> Settings:
    """The settings, with options of the command in place of variables."""
    for name, value in given.items():
        if value is not None:
            os.environ[f"CHANGEOVER_{name.upper()}"] = str(value)
    return load_settings()


def settings_for_looking() -> Settings:
    """The settings for a command that keeps nothing: without a secret key it gets one for once."""
    stored = {name: value or "" for name, value in dotenv_values(".env").items()}
    environ = {**stored, **os.environ}
    if not environ.get(_THE_KEY, "").strip():
        environ[_THE_KEY] = secrets.token_urlsafe(48)
    return load_settings(environ)


def run(settings: Settings, job: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
    """Wire everything, run one job, and close everything again."""
    from app.bootstrap import build  # noqa: PLC0415

    built = build(settings)

    async def run() -> None:
        try:
            await job(built)
        finally:
            await built.close()

    asyncio.run(run())
