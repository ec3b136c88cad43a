"""The order of a playbook's steps and stages: no circles, and everything can be reached."""

from collections.abc import Iterator, Mapping, Sequence

from app.domain.errors import StepsInACircle
from app.domain.playbook.contradiction import Contradiction
from app.domain.playbook.model import AnchorSource, Playbook, Stage, Step
from app.domain.playbook.schedule import in_order


def waits(playbook: Playbook) -> Mapping[str, frozenset[str]]:
    """The steps that each step waits for: those it names, and those that name it as blocked."""
    return {
        step.key: frozenset(step.waits_for)
        | {other.key for other in playbook.steps if step.key in other.blocks}
        for step in playbook.steps
    }


def orders_impossible(playbook: Playbook) -> Iterator[Contradiction]:
    """Steps and stages wait for nothing that waits for them."""
    try:
        in_order(playbook.steps)
    except StepsInACircle as circle:
        yield Contradiction(("steps",), circle.detail)
        return
    unreachable = [*_stages_unreachable(playbook)]
    yield from unreachable
    if not unreachable:
        yield from _steps_held_up(playbook)
    by_key = {s.key: s for s in playbook.steps}
    for index, step in enumerate(playbook.steps):
        for place, key in enumerate(step.waits_for):
            awaited = by_key.get(key)
            if awaited is not None and _surely_later(awaited, step):
                yield Contradiction(
                    ("steps", index, "waits_for", place),
                    f"{step.key!r} waits for {key!r}, which is due after it",
                )


def _surely_later(awaited: Step, step: Step) -> bool:
    """Offsets of one anchor and unit compare on any date; others depend on the run's dates."""
    same = (awaited.due.anchor, awaited.due.unit) == (step.due.anchor, step.due.unit)
    return same and awaited.due.amount > step.due.amount


def _stages_unreachable(playbook: Playbook) -> Iterator[Contradiction]:
    reached: set[str] = set()
    known = {stage.key for stage in playbook.stages}
    while True:
        more = {
            stage.key
            for stage in playbook.stages
            if stage.key not in reached and reached.issuperset(set(stage.after) & known)
        }
        if not more:
            break
        reached |= more
    for index, stage in enumerate(playbook.stages):
        if stage.key not in reached:
            message = f"{stage.key!r} is never entered: the stages before it wait for one another"
            yield Contradiction(("stages", index, "after"), message)


def _steps_held_up(playbook: Playbook) -> Iterator[Contradiction]:
    """A step is ready after what it waits for, the stages before its own, and its anchor's step."""
    before = _all_waits(playbook)
    done: set[str] = set()
    while True:
        more = {key for key, awaited in before.items() if key not in done and awaited <= done}
        if not more:
            break
        done |= more
    for index, step in enumerate(playbook.steps):
        if step.key not in done:
            held = ", ".join(sorted(before[step.key] - done))
            message = (
                f"{step.key!r} is never ready: it comes after {held} by its stage, its anchor or "
                "what blocks it, and that comes after it"
            )
            yield Contradiction(("steps", index), message)


def _all_waits(playbook: Playbook) -> dict[str, set[str]]:
    keys = {step.key for step in playbook.steps}
    anchors = {a.key: a.of for a in playbook.anchors if a.source is AnchorSource.STEP}
    stages = {stage.key: stage for stage in playbook.stages}
    named = waits(playbook)
    before: dict[str, set[str]] = {}
    for step in playbook.steps:
        earlier = _stages_before(stages, step.stage)
        awaited = {
            *named[step.key],
            *(other.key for other in playbook.steps if other.stage in earlier),
            *([anchors[step.due.anchor]] if step.due.anchor in anchors else ()),
        }
        before[step.key] = awaited & keys
    return before


def _stages_before(stages: Mapping[str, Stage], key: str | None) -> set[str]:
    found: set[str] = set()
    left: Sequence[str] = [key] if key is not None and key in stages else []
    while left:
        after = [each for each in stages[left[0]].after if each in stages and each not in found]
        found.update(after)
        left = [*left[1:], *after]
    return found
