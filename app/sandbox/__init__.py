"""The sandbox: stand-ins for the outside systems, and the clock that can be moved."""
