"""What the service does: load, decide, save. Every function leaves the commit to its caller."""
