"""Names in a playbook: none stands for two things, and each names something that is there."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from app.domain.playbook.contradiction import Contradiction, Path, unknown
from app.domain.playbook.effect import (
    ChatEffect,
    Effect,
    MailEffect,
    ReportEffect,
    TaskEffect,
)
from app.domain.playbook.model import AnchorSource, Blocks, Playbook, Step
from app.domain.playbook.upgrade import UpgradePlaybook
from app.domain.playbook.who import Deadline, From, InTurn

Named = tuple[Path, str, str | None, Iterable[str]]
_HOLES = re.compile(r"\{([^{}]*)\}")


def names_twice(playbook: Playbook) -> Iterator[Contradiction]:
    """Keys are unique in their part; inputs, answers, scores and tables share one space."""
    parts: dict[str, Sequence[str]] = {
        "roles": [r.key for r in playbook.roles],
        "anchors": [a.key for a in playbook.anchors],
        "stages": [s.key for s in playbook.stages],
        "steps": [s.key for s in playbook.steps],
        "reminders": [r.key for r in playbook.reminders],
        "inputs": [f.key for f in playbook.inputs],
        "assignments": [a.key for a in playbook.assignments],
        "approvals": [a.key for a in playbook.approvals],
        "deadlines": [d.key for d in playbook.deadlines],
        "escalations": [e.key for e in playbook.escalations],
        "measures": [m.key for m in playbook.measures],
    }
    for part, keys in parts.items():
        yield from _twice((part,), "key", keys)
    yield from _twice(("stages",), "title", [s.title for s in playbook.stages])
    # A board item finds its task by group and title, so a pair must be unique.
    pairs = [f"{s.title} in {s.stage}" if s.stage else s.title for s in playbook.steps]
    yield from _twice(("steps",), "title", pairs)
    yield from _figures_twice(playbook)
    yield from _names_of_two_things(playbook)


def _twice(at: Path, field: str, names: Sequence[str]) -> Iterator[Contradiction]:
    counts = Counter(names)
    seen: set[str] = set()
    for index, name in enumerate(names):
        if counts[name] > 1 and name in seen:
            yield Contradiction((*at, index, field), f"{name!r} stands here a second time")
        seen.add(name)


def _figures_twice(playbook: Playbook) -> Iterator[Contradiction]:
    seen = {field.key for field in playbook.inputs}
    later: list[tuple[Path, str]] = [
        (("steps", at, "asks", place, "key"), field.key)
        for at, step in enumerate(playbook.steps)
        for place, field in enumerate(step.asks)
    ]
    later += [(("scores", at, "key"), score.key) for at, score in enumerate(playbook.scores)]
    later += [(("tables", at, "key"), table.key) for at, table in enumerate(playbook.tables)]
    for path, name in later:
        if name in seen:
            yield Contradiction(path, f"{name!r} is the name of another figure already")
        seen.add(name)


def _names_of_two_things(playbook: Playbook) -> Iterator[Contradiction]:
    """Deadlines, measures, steps and e-mails name things of two sorts, which must not be alike."""
    for at, anchor in enumerate(playbook.anchors):
        if anchor.key in {*From}:
            message = f"{anchor.key!r} is a moment that deadlines count from; expected another key"
            yield Contradiction(("anchors", at, "key"), message)
    anchors = {anchor.key for anchor in playbook.anchors}
    for at, step in enumerate(playbook.steps):
        if step.key in {*Blocks}:
            message = f"{step.key!r} is a word of `blocks`; expected another key"
            yield Contradiction(("steps", at, "key"), message)
        elif step.key in anchors:
            message = f"{step.key!r} is an anchor already; measures could mean either"
            yield Contradiction(("steps", at, "key"), message)


def names_unknown(playbook: Playbook, services: AbstractSet[str]) -> Iterator[Contradiction]:
    """What a playbook refers to stands in it, or among the catalog's services."""
    named: list[Named] = [
        *_of_head(playbook),
        *_of_stages(playbook, services),
        *(
            each
            for at, step in enumerate(playbook.steps)
            for each in _of_step(playbook, at, step, services)
        ),
        *_of_effects(playbook, ("effects",), playbook.effects),
        *_of_people(playbook),
        *(
            each
            for at, each_ in enumerate(playbook.deadlines)
            for each in _of_deadline(playbook, at, each_)
        ),
    ]
    for path, kind, name, known in named:
        if name and name not in known:
            yield Contradiction(path, unknown(kind, name, known))


def _roles(playbook: Playbook) -> list[str]:
    return [r.key for r in playbook.roles]


def _of_head(playbook: Playbook) -> Iterator[Named]:
    roles = _roles(playbook)
    yield ("owner",), "role", playbook.owner, roles
    yield ("deviations", "approved_by"), "role", playbook.deviations_approved_by, roles
    if isinstance(playbook, UpgradePlaybook):
        yield ("procedure", "lead_role"), "role", playbook.lead_role, roles
        yield ("procedure", "setup_role"), "role", playbook.setup_role, roles
    if playbook.governance is not None:
        for part in ("approvals", "acknowledge"):
            for place, role in enumerate(getattr(playbook.governance, part)):
                yield ("governance", part, place), "role", role, roles
    days = [f.key for f in playbook.inputs]
    for at, anchor in enumerate(playbook.anchors):
        if anchor.source is AnchorSource.FIELD:
            yield ("anchors", at, "field"), "input", anchor.of, days
        elif anchor.source is AnchorSource.STEP:
            yield ("anchors", at, "step"), "step", anchor.of, [s.key for s in playbook.steps]


def _of_stages(playbook: Playbook, services: AbstractSet[str]) -> Iterator[Named]:
    anchors = [a.key for a in playbook.anchors]
    for at, stage in enumerate(playbook.stages):
        yield ("stages", at, "service"), "service", stage.service, services
        if stage.due is not None:
            yield ("stages", at, "due", "from"), "anchor", stage.due.anchor, anchors
        for place, before in enumerate(stage.after):
            stages = [s.key for s in playbook.stages]
            yield ("stages", at, "after", place), "stage", before, stages


def _of_step(
    playbook: Playbook, at: int, step: Step, services: AbstractSet[str]
) -> Iterator[Named]:
    path: Path = ("steps", at)
    steps = [s.key for s in playbook.steps]
    yield (*path, "role"), "role", step.role, _roles(playbook)
    yield (*path, "verified_by"), "role", step.verified_by, _roles(playbook)
    yield (*path, "stage"), "stage", step.stage, [s.key for s in playbook.stages]
    yield (*path, "service"), "service", step.service, services
    yield (*path, "due", "from"), "anchor", step.due.anchor, [a.key for a in playbook.anchors]
    yield (*path, "assign"), "assignment", step.assign, [a.key for a in playbook.assignments]
    yield (*path, "approval"), "approval", step.approval, [a.key for a in playbook.approvals]
    for place, awaited in enumerate(step.waits_for):
        yield (*path, "waits_for", place), "step", awaited, steps
    for blocked in sorted(step.blocks - {*Blocks}):
        yield (*path, "blocks"), "step", blocked, [*steps, *Blocks]
    yield from _of_effects(playbook, (*path, "effects"), step.effects)


def _of_effects(playbook: Playbook, path: Path, effects: Sequence[Effect]) -> Iterator[Named]:
    roles, fields = _roles(playbook), [f.key for f in playbook.fields]
    for at, effect in enumerate(effects):
        if isinstance(effect, ChatEffect):
            yield (*path, at, "room"), "role", effect.room, roles
        elif isinstance(effect, MailEffect):
            yield (*path, at, "to"), "role or field", effect.to, [*roles, *fields]
        elif isinstance(effect, TaskEffect | ReportEffect):
            yield (*path, at, "role"), "role", effect.role, roles
        if isinstance(effect, ReportEffect):
            for place, measure in enumerate(effect.measures):
                known = [m.key for m in playbook.measures]
                yield (*path, at, "measures", place), "measure", measure, known
        for part in ("text", "subject"):
            for hole in _HOLES.findall(getattr(effect, part, "")):
                yield (*path, at, part), "field", hole or "{}", fields


def _of_people(playbook: Playbook) -> Iterator[Named]:
    roles = _roles(playbook)
    for at, each in enumerate(playbook.assignments):
        if isinstance(each, InTurn):
            yield ("assignments", at, "role"), "role", each.role, roles
            yield ("assignments", at, "otherwise"), "role", each.otherwise, roles
    for at, rule in enumerate(playbook.approvals):
        for place, threshold in enumerate(rule.thresholds):
            yield ("approvals", at, "thresholds", place, "role"), "role", threshold.role, roles
    for at, escalation in enumerate(playbook.escalations):
        for place, rung in enumerate(escalation.path):
            yield ("escalations", at, "path", place, "role"), "role", rung.role, roles
    for at, reminder in enumerate(playbook.reminders):
        for place, role in enumerate(reminder.tell):
            yield ("reminders", at, "tell", place), "role", role, roles


def _of_deadline(playbook: Playbook, at: int, deadline: Deadline) -> Iterator[Named]:
    path: Path = ("deadlines", at)
    for place, step in enumerate(deadline.steps):
        yield (*path, "steps", place), "step", step, [s.key for s in playbook.steps]
    moments = [*(a.key for a in playbook.anchors), *From]
    yield (*path, "from"), "anchor or moment", deadline.counts_from, moments
    for place, role in enumerate(deadline.tell):
        yield (*path, "on_warning", place), "role", role, _roles(playbook)
    known = [e.key for e in playbook.escalations]
    yield (*path, "on_breach"), "escalation", deadline.escalation, known
