"""The demonstration: the main job from a signed agreement to live services, told as it happens."""

from app.sandbox.demo.run import run_demo

__all__ = ["run_demo"]
