"""Two small playbooks: figures that are sent on time, and changes that are made known."""

from dataclasses import replace
from pathlib import Path

from app.catalog.loader import load_catalog
from tests.world import World

FIGURES = """\
key: figures
version: {version}
title: Send the figures
purpose: Everybody sees the same figures.
owner: {owner}
review_cycle: monthly
sources: [Sample procedure]
trigger:
  by_hand: true
  schedules: [{schedules}]
subject: report
roles:
  - {{key: lead, title: Lead, responsibility: Answers for the figures.}}
  - {{key: support, title: Support, responsibility: Sends them.}}
  - {{key: auditor, title: Auditor, responsibility: Looks at them.}}
anchors: [{{key: due, title: The figures are due, from: event}}]
steps:
  - key: draw
    title: Draw the figures
    role: support
    due: {{hours: 2, from: due}}
    blocks: [completed]
  - key: send
    title: Send them
    role: support
    due: {{hours: 3, from: due}}
    blocks: [completed]
{more}governance:
  change: First version.
  impact: None.
  approvals: [lead]
"""
WEEKDAYS = '{every: day, at: "09:00"}, {every: week, weekday: monday, at: "10:00"}'
MEASURED = """measures:
  - key: kept
    title: Kept to
    kind: rate
    share: {of: runs, that: as_written}
    unit: "%"
    target: "> 95"
    below: Ask why
"""
CHANGES = """\
key: changes
version: 1
title: Make a change known
purpose: Everybody hears of a change.
owner: support
review_cycle: annual
sources: [Sample procedure]
trigger: {events: [playbook.changed, staff.joined]}
subject: playbook
inputs:
  - {key: playbook, title: Playbook, kind: text, required: false}
  - {key: version, title: Version, kind: whole, required: false}
  - {key: change, title: What changed, kind: text, required: false}
  - {key: effective_on, title: From when, kind: day, required: false}
  - {key: name, title: Who joined, kind: text, required: false}
roles: [{key: support, title: Support, responsibility: Tells people.}]
anchors: [{key: heard, title: It was heard of, from: start}]
steps: [{key: tell, title: Tell everybody, role: support, due: {days: 1, from: heard}}]
"""


def figures(
    version: int = 1, schedules: str = WEEKDAYS, owner: str = "lead", more: str = ""
) -> str:
    return FIGURES.format(version=version, schedules=schedules, owner=owner, more=more)


def with_files(world: World, folder: Path, **files: str) -> None:
    """Start the service anew with these playbooks of its own."""
    (folder / "playbooks").mkdir(exist_ok=True)
    for key, text in files.items():
        (folder / "playbooks" / f"{key}.yaml").write_text(text)
    world.work = replace(world.work, office=replace(world.office, catalog=load_catalog(folder)))
