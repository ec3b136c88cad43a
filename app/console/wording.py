"""The pages' words for states and flags: short sentences for people of Support and Marketing."""

from dataclasses import dataclass
from typing import Final

from app.domain.adjustment import AdjustmentState
from app.domain.cancelling import Fate
from app.domain.delivery import DeliveryState
from app.domain.plan import PlanFlag, PlanState
from app.domain.readiness import CompleteEmailState
from app.domain.review import Choice
from app.domain.task import TaskState


@dataclass(frozen=True, slots=True)
class Label:
    """A state as a pill shows it; `tone` is calm, good, busy, warn or bad."""

    text: str
    tone: str


PLAN_LABELS: Final = {
    PlanState.NEEDS_REVIEW: Label("Needs review", "bad"),
    PlanState.AWAITING_LIVE_DATE: Label("Awaiting live date", "warn"),
    PlanState.SCHEDULED: Label("Scheduled", "calm"),
    PlanState.IN_WINDOW: Label("In its window", "busy"),
    PlanState.MISSED: Label("Missed", "bad"),
    PlanState.ON_HOLD: Label("On hold", "warn"),
    PlanState.LIVE: Label("Live", "good"),
    PlanState.COMPLETED: Label("Completed", "good"),
    PlanState.CANCELLED: Label("Cancelled", "calm"),
}

PLAN_SENTENCES: Final = {
    PlanState.NEEDS_REVIEW: "Nothing has been started. A person decides how it goes on.",
    PlanState.AWAITING_LIVE_DATE: (
        "The plan waits for a live date, which is a Monday. Sales has been asked for it."
    ),
    PlanState.SCHEDULED: (
        "The old services keep running. Support sets the new ones up; "
        "billing is changed once the window opens."
    ),
    PlanState.IN_WINDOW: (
        "The window is open: Support ends the old services in billing and schedules the new ones."
    ),
    PlanState.MISSED: (
        "The live date passed while something still blocked the plan. "
        "Move it to a later Monday, or have a manager force it live."
    ),
    PlanState.ON_HOLD: "Everything stands still: nothing is sent to the client, nothing falls due.",
    PlanState.LIVE: "The new services run. The plan is completed once Marketing has acknowledged "
    "it and no task is open.",
    PlanState.COMPLETED: "The new services run, Marketing has acknowledged, and no task is open.",
    PlanState.CANCELLED: "The plan was cancelled, and what it had scheduled went with it.",
}

FLAG_SENTENCES: Final = {
    PlanFlag.COMPRESSED: "There are fewer days than usual: the window was open already when the "
    "live date was set.",
    PlanFlag.LIVE_DATE_MISSING: "The agreement names no live date.",
    PlanFlag.LIVE_DATE_NOT_MONDAY: "The agreement names a live date that is not a Monday.",
    PlanFlag.LIVE_DATE_PAST: "The agreement names a live date that had passed already.",
    PlanFlag.LIVE_DATE_NOT_UNDERSTOOD: "The agreement's live date could not be read.",
    PlanFlag.STAFF_UNKNOWN: "The agreement names somebody who is not known here.",
    PlanFlag.SALES_UNASSIGNED: "Nobody active in Sales could be given the plan.",
    PlanFlag.SUPPORT_UNASSIGNED: "Nobody active in Support could be given the plan.",
    PlanFlag.MARKETING_UNASSIGNED: "Nobody active in Marketing could be given the plan.",
    PlanFlag.FORCED_LIVE: "A manager let it go live although something still blocked it.",
    PlanFlag.AGREEMENT_AMENDED: "The agreement was amended after it was signed: see below what "
    "differs.",
    PlanFlag.AGREEMENT_VOIDED: "The agreement was voided after it was signed.",
    PlanFlag.ZONE_KEPT: "The client has another time zone now, in which the live date had begun "
    "already: the plan keeps its own.",
}

QUEUED_SENTENCE: Final = (
    "Nothing has been started. It waits behind another plan, and comes by itself."
)
WORK_LEFT_SENTENCE: Final = (
    "The plan was cancelled, and what it had scheduled went with it. What only people can put "
    "back is among the tasks below."
)
CHOICE_LABELS: Final = {
    Choice.SUPERSEDE: "Supersede",
    Choice.QUEUE: "Queue",
    Choice.MERGE: "Merge",
    Choice.REJECT: "Reject",
}

TASK_LABELS: Final = {
    TaskState.OPEN: Label("Open", "calm"),
    TaskState.BLOCKED: Label("Blocked", "bad"),
    TaskState.DONE: Label("Done", "good"),
    TaskState.SKIPPED: Label("Skipped", "calm"),
}

STEP_WAITS: Final = Label("Waits for others", "calm")
"""A task whose steps before it are open."""

ADJUSTMENT_LABELS: Final = {
    AdjustmentState.SCHEDULED: Label("Waits for the window", "calm"),
    AdjustmentState.DUE: Label("Due now", "busy"),
    AdjustmentState.SUBMITTED: Label("Submitted", "busy"),
    AdjustmentState.CONFIRMED: Label("Confirmed", "good"),
    AdjustmentState.FAILED: Label("Failed", "bad"),
    AdjustmentState.VOIDED: Label("Voided", "calm"),
    AdjustmentState.UNCERTAIN: Label("Uncertain", "warn"),
}

REVERSAL_LABELS: Final = {
    "wanted": Label("To be put back", "warn"),
    "done": Label("Put back", "calm"),
}
WAIVED: Final = Label("Waived", "calm")

# Where an automation makes the changes: what a state asks of people.
AUTOMATION_SENTENCES: Final = {
    AdjustmentState.SUBMITTED: "The automation was asked to make it. Its call back confirms it.",
    AdjustmentState.UNCERTAIN: (
        "Nobody knows whether it was made, so it is not sent again: look in billing. Where it was "
        "made, confirm it with its evidence; where not, note that it failed."
    ),
    AdjustmentState.FAILED: (
        "It was not made. Put right what is in its way and have it sent again, or make it by hand "
        "and confirm it."
    ),
}

FATE_TITLES: Final = {
    Fate.DROPPED: ("Dropped", "Not done yet, and never will be."),
    Fate.REVERSED: ("Taken back", "Done, and the service takes it back by itself."),
    Fate.FOR_A_PERSON: ("For a person", "Done, and people put it back: each gets its task."),
    Fate.CANNOT_BE_UNDONE: (
        "Cannot be undone",
        "Done for good. Where something follows from that, a task says what.",
    ),
}

DELIVERY_LABELS: Final = {
    DeliveryState.PENDING: Label("Waits to go out", "calm"),
    DeliveryState.SENDING: Label("Going out", "busy"),
    DeliveryState.RETRYING: Label("Tried again soon", "warn"),
    DeliveryState.UNCERTAIN: Label("Being checked", "warn"),
    DeliveryState.DELIVERED: Label("Delivered", "good"),
    DeliveryState.FAILED: Label("Failed", "bad"),
    DeliveryState.EXPIRED: Label("Dropped: too late", "bad"),
    DeliveryState.CANCELLED: Label("Dropped", "calm"),
    DeliveryState.PARKED: Label("Stopped", "bad"),
    DeliveryState.SKIPPED: Label("Skipped", "calm"),
    DeliveryState.DONE_BY_HAND: Label("Done by hand", "good"),
}

# The helpdesk sends what it has taken a few minutes later.
AT_THE_HELPDESK: Final = Label("With the helpdesk", "busy")
LEFT_THE_HELPDESK: Final = Label("Sent", "good")

COMPLETE_EMAIL_SENTENCES: Final = {
    CompleteEmailState.NOT_SENT: "The Upgrade Complete e-mail has not been sent",
    CompleteEmailState.REQUESTED: "The Upgrade Complete e-mail is on its way",
    CompleteEmailState.DELIVERED: "The Upgrade Complete e-mail was sent",
    CompleteEmailState.DONE_BY_HAND: "The Upgrade Complete e-mail was sent by hand",
    CompleteEmailState.EXPIRED: "The Upgrade Complete e-mail came too late and was dropped",
}

BOARD_SENTENCES: Final = {
    "none": "There is no board yet.",
    "awaited": "The board is awaited: an automation makes it.",
    "intended": "The board is being made.",
    "filling": "The board is being filled.",
    "ready": "The board is ready.",
    "by_hand": "The board is kept by hand.",
}


SYSTEM_TITLES: Final = {
    "monday": "monday.com",
    "helpscout": "Help Scout",
    "google_chat": "Google Chat",
    "billing": "The billing hook",
}
