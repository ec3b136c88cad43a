"""What is asked right before every call leaves: whether the one who makes it still may."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Gate = Callable[[], Awaitable[None]]

_GATE: ContextVar[Gate | None] = ContextVar("gate", default=None)


async def pass_gate() -> None:
    """Ask whether a call may leave now; whatever the gate raises, the call has not left."""
    gate = _GATE.get()
    if gate is not None:
        await gate()


@contextmanager
def gated(gate: Gate) -> Iterator[None]:
    """Have every call inside this block ask `gate` first, also those of tasks it starts."""
    token = _GATE.set(gate)
    try:
        yield
    finally:
        _GATE.reset(token)
