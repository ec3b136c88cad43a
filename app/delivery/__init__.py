"""Carrying out what the services intend: the only floor that reaches outside systems."""
