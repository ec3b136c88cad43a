"""Gives flattened keys (`client__name`) their nesting back, and takes empty text for absent."""

from collections.abc import Mapping

from app.ports.inbound import CallNotParseable

SEPARATOR = "__"
DEEPEST_KEY = 6
_HOLDING = (dict, list)


def nested(flat: Mapping[str, object]) -> dict[str, object]:
    """Nest a document: `a__b` becomes `b` inside `a`; empty text is left out everywhere.

    Args:
        flat: A document as read; flattened and nested keys may stand side by side.

    Raises:
        CallNotParseable: A key is given flat and nested with different values, a key leads into
            a value that holds no keys, or a key is nested too deep.

    Source: docs/api.md, "Intake": automation platforms flatten keys and send empty text.
    """
    whole: dict[str, object] = {}
    flattened: list[tuple[list[str], object]] = []
    for key, value in flat.items():
        present = without_empty(value)
        steps = key.split(SEPARATOR)
        if len(steps) > DEEPEST_KEY:
            raise CallNotParseable("A flattened key is nested too deep.")
        if len(steps) > 1 and all(steps):
            flattened.append((steps, present))
        elif present is not None or value is None:
            whole[key] = present
    for steps, present in flattened:
        if present is not None:
            _place(whole, steps, present)
    return whole


def without_empty(value: object) -> object:
    """The value without empty text: None for it, and mappings without such entries."""
    if isinstance(value, dict):
        return {
            key: without_empty(held) if isinstance(held, _HOLDING) else held
            for key, held in value.items()
            if not (isinstance(held, str) and (not held or held.isspace()))
        }
    if isinstance(value, list):
        return [without_empty(held) for held in value]
    return None if isinstance(value, str) and (not value or value.isspace()) else value


def _place(whole: dict[str, object], steps: list[str], value: object) -> None:
    inner = whole
    for step in steps[:-1]:
        held = inner.get(step)
        if held is None:
            held = inner[step] = {}
        if not isinstance(held, dict):
            raise CallNotParseable("A flattened key leads into a value that holds no keys.")
        inner = held
    last = steps[-1]
    if inner.get(last) is None:
        inner[last] = value
    elif inner[last] != value:
        raise CallNotParseable("A key is given flattened and nested with different values.")
