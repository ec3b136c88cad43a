"""Stand-ins for monday.com, Help Scout and Google Chat: strict like the vendors, on one port."""

from .app import make_app
from .settings import SandboxSettings

__all__ = ["SandboxSettings", "make_app"]
