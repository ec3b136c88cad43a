"""The tree of commands; each module hangs its own into it."""

import typer

app = typer.Typer(
    help="Changeover: from a signed agreement to live services.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
catalog_app = typer.Typer(help="The installation's packages, playbooks and texts.")
keys_app = typer.Typer(help="The API keys of callers.")
app.add_typer(catalog_app, name="catalog")
playbooks_app = typer.Typer(help="Procedures and their versions.")
app.add_typer(keys_app, name="keys")
app.add_typer(playbooks_app, name="playbooks")
