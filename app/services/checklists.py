"""Checklists of tasks: their items by number, and what may stay open."""

from collections.abc import Sequence
from typing import Any

from app.domain.errors import Invalid
from app.domain.task import ChecklistOpen


class ChecklistUnknown(Invalid):
    """The task's checklist has no such item."""

    code = "checklist_unknown"


def ticked_off(checklist: list[dict[str, Any]], done: Sequence[int] | None) -> list[dict[str, Any]]:
    """Tick items of a checklist; ticking the task itself without a list ticks all of them.

    Raises:
        ChecklistUnknown: there is no item with such a number.
        ChecklistOpen: a required item stays open.
    """
    numbers = set(range(len(checklist))) if done is None else set(done)
    if any(not 0 <= number < len(checklist) for number in numbers):
        raise ChecklistUnknown(
            f"The checklist has {len(checklist)} items, numbered from 0.", pointer="/checklist"
        )
    now_ticked = [
        {**item, "done": item["done"] or index in numbers} for index, item in enumerate(checklist)
    ]
    left = [item["text"] for item in now_ticked if item["required"] and not item["done"]]
    if left:
        raise ChecklistOpen(
            f"Not ticked yet: {'; '.join(left)}.", pointer="/checklist", facts={"open": left}
        )
    return now_ticked
