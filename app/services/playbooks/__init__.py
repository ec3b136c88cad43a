"""Versions of playbooks: proposed, approved, in force, read by people, followed by open runs."""
