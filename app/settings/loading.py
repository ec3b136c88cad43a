"""Reading the settings from the environment, and showing an operator what there is to set."""

import os
import secrets
from collections.abc import Mapping
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError

from app.settings.model import PREFIX, Settings, variable


class SettingsInvalid(Exception):
    """Settings that cannot be used; `sentences` name each variable and never a secret's value."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read all settings.

    Args:
        environ: The environment; the process' own, over a file `.env` beside it, when None.

    Raises:
        SettingsInvalid: With a sentence for each variable that cannot be used.
    """
    if environ is None:
        stored = {name: value or "" for name, value in dotenv_values(".env").items()}
        environ = {**stored, **os.environ}
    given = {
        name.removeprefix(PREFIX).lower(): value.strip()
        for name, value in environ.items()
        if name.startswith(PREFIX) and name != f"{PREFIX}UNKNOWN" and value.strip()
    }
    known = {name: value for name, value in given.items() if name in Settings.model_fields}
    unknown = tuple(sorted(variable(name) for name in given.keys() - known.keys()))
    try:
        return Settings.model_validate({**known, "unknown": unknown})
    except ValidationError as error:
        # A default that was filled in from a wrong value is not a second mistake.
        items = [
            dict(item) for item in error.errors() if not item["loc"] or item["loc"][0] in known
        ]
        raise SettingsInvalid([_sentence(item) for item in items]) from None


def secret_key_of(settings: Settings) -> str:
    """The key that others are derived from; in sandbox made once and kept in DATA_DIR (0600)."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.data_dir / "secret.key"
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        # Linked into place: of two processes at their first start, both read the one key.
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        if not path.exists():
            os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink(missing_ok=True)
    return path.read_text()


def env_example() -> str:
    """The file `.env.example`: every setting with its meaning and its default."""
    lines = ["# Every setting of Changeover. Copy to .env and fill in; empty means the default."]
    for name, field in Settings.model_fields.items():
        if field.exclude:
            continue
        default = "" if field.default is None else field.default
        shown = {True: "on", False: "off"}[default] if isinstance(default, bool) else default
        lines += ["", f"# {field.description}.", f"{variable(name)}={shown}"]
    return "\n".join(lines) + "\n"


def _sentence(item: dict[str, Any]) -> str:
    """One error as a sentence that names the variable and never repeats the value."""
    context = item.get("ctx", {})
    if not item["loc"]:
        return str(context["error"])
    name = str(item["loc"][0])
    must = Settings.model_fields[name].title
    if item["type"] == "value_error":
        must = str(context["error"])
    return f"{variable(name)} must {must or 'be given in another form'}."
