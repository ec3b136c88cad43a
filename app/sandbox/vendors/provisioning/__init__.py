"""A stand-in for the clients' own system: sites, their limits, their billing notes."""
