"""What the environment says: read once, refused in plain words when wrong."""

from app.settings.loading import SettingsInvalid, env_example, load_settings, secret_key_of
from app.settings.model import Settings, variable

__all__ = [
    "Settings",
    "SettingsInvalid",
    "env_example",
    "load_settings",
    "secret_key_of",
    "variable",
]
