"""The stand-in for monday.com, GraphQL API 2026-10."""
