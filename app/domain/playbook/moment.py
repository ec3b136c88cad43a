"""The moments of a run that effects hang on: those of every run, of its steps, of the upgrade."""

from enum import StrEnum


class Moment(StrEnum):
    """What happens in a run, to it or to a step of it; effects hang on it."""

    BEGUN = "begun"
    LIVE_DATE_NEEDED = "live_date_needed"
    COMPRESSED = "compressed"
    WINDOW_OPENED = "window_opened"
    LIVE = "live"
    MISSED = "missed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    STAGE_CLOSED = "stage_closed"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL_REFUSED = "approval_refused"
    DEVIATED = "deviated"
    ESCALATED = "escalated"
    READY = "ready"
    DONE = "done"
    BLOCKED = "blocked"
    REOPENED = "reopened"
    RESCHEDULED = "rescheduled"
    REZONED = "rezoned"
    REVIEW_NEEDED = "review_needed"
    AGREEMENT_AMENDED = "agreement_amended"
    TERMS_TAKEN = "terms_taken"
    MAIL_EXPIRED = "mail_expired"
    DELIVERY_FAILED = "delivery_failed"
    BOARD_CHANGE_REFUSED = "board_change_refused"
    BILLING_UNCERTAIN = "billing_uncertain"
    BILLING_FAILED = "billing_failed"
    BILLING_CONTRADICTED = "billing_contradicted"
    RELEASE_WITHDRAWN = "release_withdrawn"
    SERVICE_GOES_ON = "service_goes_on"
    COMPLETE_EMAIL_WANTED = "complete_email_wanted"
    BOARD_WANTED = "board_wanted"


OF_RUNS = frozenset(
    {
        Moment.BEGUN,
        Moment.COMPLETED,
        Moment.CANCELLED,
        Moment.STAGE_CLOSED,
        Moment.APPROVAL_REQUESTED,
        Moment.APPROVAL_REFUSED,
        Moment.DEVIATED,
        Moment.ESCALATED,
    }
)
"""What happens to every run."""
OF_STEPS = frozenset({Moment.READY, Moment.DONE, Moment.BLOCKED, Moment.REOPENED})
"""What happens to a step; a step's own effects hang on these."""
