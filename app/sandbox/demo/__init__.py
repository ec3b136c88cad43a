"""The demonstration: the main job, and the trouble there is with it, told as it happens."""

from app.sandbox.demo.acts import ACTS, MAIN
from app.sandbox.demo.run import run_demo

__all__ = ["ACTS", "MAIN", "run_demo"]
