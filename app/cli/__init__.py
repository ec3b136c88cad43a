"""What an operator can say: serve, work, migrate, look, and try everything out."""

from app.cli import serving  # isort: skip - the help lists the commands in this order
from app.cli import keys, operating, playbooks, simulating
from app.cli.commands import app
from app.cli.running import fail
from app.settings import SettingsInvalid

__all__ = ["app", "keys", "main", "operating", "playbooks", "serving", "simulating"]


def main() -> None:
    """Run a command; what an operator can put right is said without a traceback."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

    from app.catalog.faults import CatalogInvalid  # noqa: PLC0415 - a quick start
    from app.db.embedded import EmbeddedPostgresFailed  # noqa: PLC0415

    try:
        app()
    except SettingsInvalid as invalid:
        fail("The settings cannot be used:", invalid.sentences)
    except CatalogInvalid as invalid:
        fail("The catalog cannot be used:", invalid.sentences)
    except EmbeddedPostgresFailed as failed:
        fail("The embedded Postgres did not start:", [str(failed)])
    except (OSError, DBAPIError) as fault:
        fail("The database cannot be reached or refused:", [type(fault).__name__])
