"""Procedures as data: packages, movements, playbooks, calendar and texts, read once from files.

The shipped files lie in `data/`; a file of the same relative name in the installation's own
folder takes the place of the shipped one. What is read is checked whole before it is used, and
every fault is named with file, line and field.
"""
