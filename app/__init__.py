"""Changeover: from a signed agreement to live services."""
