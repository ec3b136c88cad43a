"""Runs of playbooks: begun, acted on, moved by time, and what follows from them."""
