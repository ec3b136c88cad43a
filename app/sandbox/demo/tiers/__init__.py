"""The act about user tiers: asked, quoted, charged, applied, confirmed; and each way to stop."""

from app.sandbox.demo.tiers.diary import tell

__all__ = ["tell"]
