"""The clients' own system: which site is this, and how many users may it have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SiteFound:
    """A site as its system shows it."""

    database: str
    site_id: str
    limit: int | None


class Sites(Protocol):
    """Whoever sets the limit of users. Every method raises the errors of `app.ports.errors`."""

    async def look(self, database: str, site_id: str) -> SiteFound:
        """Say which site is found there, before anything is changed."""

    async def apply(self, change: Mapping[str, object], *, key: str) -> SiteFound:
        """Set limit, recurring amount and description, and keep the note.

        All of it is absolute: a repeat sets the same again.

        Args:
            change: As `docs/tiers.md` describes it, JSON-ready.
            key: The idempotency key of the effect, equal over all attempts.
        """

    async def probe(self) -> str:
        """Say where changes are sent to."""
