"""What every command needs: the settings, everything wired, and a way to say what is wrong."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import typer

from app.settings import Settings, load_settings


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
