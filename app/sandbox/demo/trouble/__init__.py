"""Act two, what goes wrong: two clients, each of whom comes to want something else."""

from app.sandbox.demo.trouble.diary import tell

__all__ = ["tell"]
