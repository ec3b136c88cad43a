"""Runs the commands without the installed script: `python -m app.cli`."""

from app.cli import main

main()
