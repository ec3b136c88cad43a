"""A story as a JSON document, for programs."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from app.api.preview_shapes import LocalTimesOut, ThreeBillsOut
from app.domain.calendar import zone_of
from app.queries.happenings import sentence_of
from app.services.billed import money_as_json
from app.services.stories import AdjustmentTold, Entry, Happened, InTheWay, SetOff, Story, TaskTold


def story_document(story: Story) -> dict[str, Any]:
    """The whole story; instants on three clocks, days and money as the API writes them."""
    client, organisation = zone_of(story.timezone), zone_of(story.organisation_timezone)
    bills = ThreeBillsOut.of(story.bills) if story.bills else None
    return {
        "plan": {
            "ref": story.plan_ref,
            "client": story.client,
            "from": story.from_package,
            "to": story.to_package,
            "timezone": story.timezone,
            "organisation_timezone": story.organisation_timezone,
            "live_on": story.live_on.isoformat() if story.live_on else None,
            "warnings": list(story.warnings),
        },
        "entries": [_entry(entry, client, organisation) for entry in story.entries],
        "tasks": [_task(task) for task in story.tasks],
        "adjustments": [_adjustment(one) for one in story.adjustments],
        "bills": bills.model_dump(mode="json", by_alias=True) if bills else None,
        "end": {
            "state": story.state,
            "flags": list(story.flags),
            "blocking": list(story.in_the_way),
            "cut_short": story.cut_short,
        },
    }


def _entry(entry: Entry, client: ZoneInfo, organisation: ZoneInfo) -> dict[str, Any]:
    times = LocalTimesOut.of(entry.at, client, organisation).model_dump(mode="json")
    return {**times, **_content(entry)}


def _content(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, Happened):
        return {
            "kind": "happened",
            "action": entry.action,
            "what": sentence_of(entry.action, entry.before, entry.after),
            "by": entry.by,
            "reason": entry.reason,
            "amount": entry.amount,
        }
    if isinstance(entry, SetOff):
        leaves_at = entry.leaves_at
        return {
            "kind": str(entry.kind),
            "subject": entry.subject,
            "payload": _plain(entry.payload),
            "leaves_at": leaves_at.strftime("%Y-%m-%dT%H:%M:%SZ") if leaves_at else None,
            "by_hand": entry.by_hand,
        }
    if isinstance(entry, InTheWay):
        return {"kind": "blocking", "details": list(entry.details)}
    refused = {"what": entry.what, "code": entry.code, "detail": entry.detail}
    return {"kind": "refused", "by": entry.by, **refused}


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name != "marker"}


def _task(task: TaskTold) -> dict[str, Any]:
    return {
        "title": task.title,
        "role": task.role,
        "assignee": task.assignee,
        "due_on": task.due_on.isoformat() if task.due_on else None,
        "state": task.state,
        "reason": task.reason,
    }


def _adjustment(one: AdjustmentTold) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "service": one.service,
        "money": money_as_json(one.money),
        "safe": [{"from": str(days.start), "to": str(days.end)} for days in one.safe],
        "sentence": one.sentence,
        "state": one.state,
    }
