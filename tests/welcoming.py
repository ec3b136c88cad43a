"""A small playbook in its versions: what stories about versions of playbooks are told with."""

from dataclasses import replace
from pathlib import Path

from app.catalog.loader import load_catalog
from app.services.office import Office

KEY = "welcome"
_WELCOME = """\
key: welcome
version: {version}
title: Welcome a client
purpose: A client knows whom to call.
owner: lead
review_cycle: annual
sources: [Sample procedure]
trigger: {{by_hand: true}}
subject: client
inputs: [{{key: client_name, title: Name, kind: text}}{inputs}]
roles:
  - {{key: lead, title: Lead, responsibility: Keeps the procedure.}}
  - {{key: support, title: Support, responsibility: Calls the client.}}
  - {{key: sales, title: Sales, responsibility: Knows the client.}}
anchors:
  - {{key: begun, title: The run begins, from: start}}
steps:
  - key: call
    title: Call the client
    role: {caller}
    due: {{days: {days}, from: begun}}
    blocks: [completed]
    checklist: [{{text: Dial}}, {{text: {greeting}}}]
  - key: {last}
    title: {last_title}
    role: support
    due: {{days: 5, from: begun}}
    blocks: [completed]
    waits_for: [call]
governance:
  change: {change}
  impact: Support calls earlier.
  approvals: [{approvals}]
  acknowledge: [{acknowledge}]
  spot_checks: annual
  report: annual
{more}"""


def welcome(version: int, more: str = "", **changes: str) -> str:
    """The text of a version.

    Args:
        version: Its number.
        more: Lines of its governance, each indented by two.
        changes: What differs from the first version.
    """
    first = {
        "inputs": "",
        "caller": "support",
        "days": "3",
        "greeting": "Greet",
        "last": "letter",
        "last_title": "Write a letter",
        "change": "First version.",
        "approvals": "lead",
        "acknowledge": "support, sales",
    }
    return _WELCOME.format(version=version, more=more, **{**first, **changes})


def welcoming(office: Office, folder: Path, text: str | None = None) -> Office:
    """An installation whose own catalog folder holds the playbook, in its first version."""
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / "playbooks" / f"{KEY}.yaml").write_text(text or welcome(1))
    return replace(office, catalog=load_catalog(folder))
