"""Versions of a playbook: where one stands, what it needs, and which of them is in force."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.approval import ApprovalState
from app.domain.business_hours import BusinessHours, next_opening
from app.domain.calendar import day_of, first_instant_of
from app.domain.errors import Conflict, NotFound
from app.domain.playbook.governance import Governance


class VersionState(StrEnum):
    """Where a version stands.

    Attributes:
        AWAITING_APPROVAL: A role has not said yes yet.
        SCHEDULED: It is approved, and its day has not come.
        IN_FORCE: Runs begin on it.
        SUPERSEDED: A higher one took force.
        REFUSED: A role said no.
        WITHDRAWN: Somebody took it back before it took force.
    """

    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OF_THE_FILE = "of_the_file"
"""What stands in a row for a version that the catalog's file brought: it goes no way of its own."""
PENDING = frozenset({VersionState.AWAITING_APPROVAL, VersionState.SCHEDULED})
"""A version in one of these may still be taken back."""


class VersionNotFound(NotFound):
    """The playbook has no version of this number."""

    code = "playbook_version_not_found"


class VersionNotHigher(Conflict):
    """A version of this number, or of a higher one, is known already."""

    code = "playbook_version_not_higher"


class VersionRefuses(Conflict):
    """The version's state does not allow the action."""

    code = "playbook_version_state_refuses"


class NotAskedToRead(Conflict):
    """Nobody asks this person to acknowledge the version."""

    code = "not_asked_to_read"


def check_higher(number: int, known: Collection[int]) -> None:
    """Let a version come after every one that is known, refused and withdrawn ones too.

    Raises:
        VersionNotHigher: It does not.
    """
    highest = max(known, default=0)
    if number <= highest:
        raise VersionNotHigher(
            f"Version {highest} is known already; this one must be higher, and says {number}.",
            pointer="/text",
            facts={"highest": highest, "given": number},
        )


def check_pending(state: VersionState) -> None:
    """Let a version be taken back that has not taken force.

    Raises:
        VersionRefuses: It has, or is over.
    """
    if state not in PENDING:
        said = str(state).replace("_", " ")
        raise VersionRefuses(
            f"The version is {said}; it can be withdrawn before it takes force.",
            facts={"state": str(state), "allowed_states": sorted(map(str, PENDING))},
        )


def approvers(new: Governance, present: Governance | None) -> tuple[str, ...]:
    """The roles that must say yes: those that the new version names, and those of the present one.

    A version cannot free itself of those who approve the playbook today.
    """
    return tuple(dict.fromkeys((*new.approvals, *(present.approvals if present else ()))))


def state_of(
    decided: Collection[ApprovalState], takes_force_at: datetime, *, now: datetime
) -> VersionState:
    """Where a version stands by what was decided about it, and by its day.

    Args:
        decided: Its approvals.
        takes_force_at: The beginning of its day.
        now: The present instant.
    """
    if ApprovalState.REFUSED in decided:
        return VersionState.REFUSED
    if any(state is not ApprovalState.APPROVED for state in decided):
        return VersionState.AWAITING_APPROVAL
    return VersionState.IN_FORCE if takes_force_at <= now else VersionState.SCHEDULED


def effective_day(governance: Governance, zone: ZoneInfo, *, now: datetime) -> date:
    """The day from which runs begin on a version: the one that it names, or today."""
    return governance.effective_on or day_of(now, zone)


def takes_force_at(effective_on: date, zone: ZoneInfo) -> datetime:
    """The organisation's midnight at which a version takes force."""
    return first_instant_of(effective_on, zone)


def reminded_at(due_at: datetime, hours: BusinessHours) -> datetime:
    """Who has not read a version in time is reminded when the next working day opens.

    Args:
        due_at: Until when it was to be read.
        hours: The organisation's.

    Source: docs/playbook-versions.md, "Who must have read it".
    """
    next_day = day_of(due_at, hours.zone) + timedelta(days=1)
    return next_opening(first_instant_of(next_day, hours.zone), hours)
