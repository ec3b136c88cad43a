"""The clients' own system, at a configured address: looks and changes, signed."""
