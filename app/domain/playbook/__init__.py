"""Procedures as values: what a playbook says, whether it is consistent, and its due dates."""
