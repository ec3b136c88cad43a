"""I9: whatever changes is in the audit trail."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from tests.properties.lives.life import Moment
from tests.properties.lives.reading import Row, Seen

KEPT_BESIDE = frozenset(
    # Counters, and what a vendor or a clock said; each has its own record elsewhere.
    {"version", "updated_at", "blockers", "board_read_at", "board_item_ref", "waits"}
)
OF_THE_PLAN = ("plan.",)
OF_MAILS = (
    "client.updated",
    "complete_email.",
    "email.",
    "delivery.",
    "plan.",
    "task.",
    "adjustment.",
)
ACTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "plans": {
        "live_on": ("plan.scheduled", "plan.rescheduled"),
        "live_at": ("plan.scheduled", "plan.rescheduled", "plan.rezoned"),
        "window_opens_at": ("plan.scheduled", "plan.rescheduled", "plan.rezoned"),
        "timezone": ("plan.rezoned",),
        "released_at": ("plan.released", "plan.release_withdrawn"),
        "released_by": ("plan.released", "plan.release_withdrawn"),
        "merged_into_id": ("plan.merged",),
        "queued_after_id": ("plan.queued", "plan.unqueued", "plan.reviewed", "plan.cancelled"),
        "begun_at": ("plan.scheduled",),
        "acknowledged_at": ("plan.acknowledged",),
        "acknowledged_by": ("plan.acknowledged",),
        "complete_email": OF_MAILS,
        "notes": ("plan.amended",),
        "board_ref": ("board.",),
        "board_url": ("board.",),
        "board_state": ("board.", "plan.", "delivery."),
        "went_live_at": ("plan.went_live", "plan.forced_live"),
        "completed_at": ("plan.completed",),
    },
    "tasks": {
        "due_on": ("task.amended", "plan."),
        "assignee_id": ("task.amended", "plan.amended"),
        "checklist": ("task.completed", "task.reopened"),
    },
    "adjustments": {},
    "clients": {},
}
"""Which entries tell of which column; of any other, those of its row and of its plan."""
EXACTLY = {"tasks": ("state", "due_on"), "adjustments": ("state", "effective_on", "reversal")}
"""Of these the trail holds the very value."""
USUALLY = {
    "plans": OF_THE_PLAN,
    "tasks": (*OF_MAILS, "board.", "run."),
    "adjustments": ("adjustment.", "plan."),
    "clients": ("client.",),
}
NEWLY_MADE = {
    "plans": ("plan.created",),
    "tasks": (*OF_MAILS, "board.", "acknowledgement_"),
    "adjustments": ("plan.",),
    "clients": ("client.created",),
}


def i9_every_change_is_in_the_trail(m: Moment) -> Iterator[str]:
    """Whatever a person or the service changes is in the audit trail.

    Who, when, what, before and after.
    """
    for table in ACTIONS:
        was = {row.id: row for row in getattr(m.before, table)}
        for row in getattr(m.after, table):
            about = _entries_about(m.after, table, row)
            if row.id in was:
                yield from _changes(table, was[row.id], row, about)
            elif not _brought_by_an_event(m, row):
                yield from _made(table, row, about)
    for entry in m.after.audit:
        if not (entry.actor_kind and entry.actor_id and entry.actor_name):
            yield f"nobody knows who did {entry.action}"
        if not m.since <= entry.at <= m.now:
            yield f"{entry.action} is said to have been at {entry.at}"
    yield from _state_is_told(m)


def _changes(table: str, old: Row, row: Row, about: Sequence[Row]) -> Iterator[str]:
    for column, value in vars(row).items():
        before = getattr(old, column)
        if before == value or column in KEPT_BESIDE:
            continue
        told = ACTIONS[table].get(column, USUALLY[table])
        if not any(entry.action.startswith(told) for entry in about):
            yield f"{table}.{column} went from {before} to {value}, and is not told"
        exactly = column in EXACTLY.get(table, ()) and not _follows_by_itself(table, old, row)
        if exactly and not any(_tells(entry, row, column) for entry in about):
            yield f"{table}.{column} went from {before} to {value}; its new value is not told"


def _tells(entry: Row, row: Row, column: str) -> bool:
    """Whether an entry names a row's column with the value that it has now."""
    after: dict[str, Any] = entry.after or {}
    if entry.subject_id == row.id and column in after:
        return str(after[column]) == str(getattr(row, column))
    if entry.subject_kind == "adjustment" and entry.subject_id != row.id:
        return True  # what became of an adjustment says what became of its task
    return any(
        (change["subject_id"], change["field"]) == (str(row.id), column)
        and str(change["after"]) == str(getattr(row, column))
        for change in after.get("changes", ())
    )


def _follows_by_itself(table: str, old: Row, row: Row) -> bool:
    """What a window or an e-mail brings with it, and says of itself."""
    if table == "adjustments":
        return {old.state, row.state} == {"scheduled", "due"}
    return bool(row.kind == "effect" or row.key.startswith("follow_up:board_"))


def _entries_about(seen: Seen, table: str, row: Row) -> Sequence[Row]:
    """Entries about the row itself or its plan; those about a neighbour tell nothing of it.

    What a run did to a step it says itself. A task to send an e-mail by hand follows its plan,
    whatever changes that; and what is written to a client and about it follows the client.
    """
    run_id = getattr(row, "run_id", None)
    own: set[UUID] = {row.id, getattr(row, "adjustment_id", None) or row.id, run_id or row.id}
    plan_id = row.id if table == "plans" else getattr(row, "plan_id", None)
    follows = table == "plans" or getattr(row, "kind", "") == "effect"
    return [
        entry
        for entry in seen.audit
        if entry.subject_id in own
        or entry.action == "client.updated"
        or (plan_id and entry.plan_id == plan_id and (follows or entry.subject_kind != "task"))
    ]


def _brought_by_an_event(m: Moment, row: Row) -> bool:
    """Whether people are asked to say that an event came too late: the event itself is kept."""
    was = {event.id: event.status for event in m.before.events}
    replayed = {
        entry.subject_id for entry in m.after.audit if entry.action == "inbound_event.replayed"
    }
    return getattr(row, "kind", "") == "effect" and any(
        event.plan_id == row.plan_id and (was.get(event.id) != event.status or event.id in replayed)
        for event in m.after.events
    )


def _made(table: str, row: Row, about: Sequence[Row]) -> Iterator[str]:
    made = NEWLY_MADE[table]
    if not any(entry.action.startswith(made) for entry in about):
        yield f"a row of {table} appeared, and nobody tells why: {vars(row)}"


def _state_is_told(m: Moment) -> Iterator[str]:
    """The entries that name a plan's state lead from one to the next, to the present one."""
    was = {plan.id: plan.state for plan in m.before.plans}
    for plan in m.after.plans:
        named = [
            entry
            for entry in m.after.audit
            if entry.subject_id == plan.id and entry.action.startswith("plan.")
            if entry.after and "state" in entry.after
        ]
        if was.get(plan.id) == plan.state and not named:
            continue
        if not named or named[-1].after["state"] != plan.state:
            yield f"{was.get(plan.id)} became {plan.state}, and the trail ends otherwise"
        for earlier, later in itertools.pairwise(named):
            if later.before and later.before.get("state") != earlier.after["state"]:
                yield f"the trail leads from {earlier.after} to {later.before}"
