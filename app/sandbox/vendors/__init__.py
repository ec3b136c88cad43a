"""Stand-ins for monday.com, Help Scout, Google Chat and an automation, strict, on one port."""

from .app import make_app
from .settings import SandboxSettings

__all__ = ["SandboxSettings", "make_app"]
