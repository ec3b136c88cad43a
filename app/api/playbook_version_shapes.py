"""What the API says of versions of playbooks, and of what a proposed one would mean."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field

from app.api.shapes import PersonOut
from app.domain.approval import ApprovalState
from app.domain.playbook.difference import DifferenceKind
from app.domain.playbook.governance import OpenRuns
from app.domain.playbook.version import VersionState
from app.domain.run.fate import StepFate
from app.services.playbooks.moving_runs import Foreseen
from app.services.playbooks.proposing import Proposal
from app.web.bodies import Body, Out
from app.web.scalars import Day, Id, Instant, StrictBool, Text

LONGEST = 256 * 1024


class ProposalIn(Body):
    """A version of a playbook, as its file would be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "key: customer-handoff\nversion: 2\n...\n", "dry_run": True}]
        }
    )

    text: Annotated[str, Text(max=LONGEST, lines=True)] = Field(
        description="The YAML of the whole file."
    )
    dry_run: StrictBool = Field(False, description="Only show what it would mean.")


class VersionOut(Out):
    """A version of a playbook in a list."""

    number: int
    id: Id | None = Field(description="Null for a version that stands in the catalog's file.")
    version: int | None = Field(description="Counts changes; the ETag.")
    state: VersionState
    source: str = Field(description="`proposed` here, or in the `catalog`.")
    change: str | None
    impact: str | None
    effective_on: Day | None
    open_runs: OpenRuns | None = Field(description="What open runs do when it takes force.")
    proposed_by: str | None
    proposed_at: Instant | None
    in_force_at: Instant | None
    ended_at: Instant | None
    reason: str | None
    runs: int = Field(description="How many open runs keep it.")
    asked: int = Field(description="How many people are asked to have read it.")
    acknowledged: int
    overdue: int = Field(description="How many of them are late.")


class VersionApprovalOut(Out):
    """What a role says to a version."""

    id: Id
    role: str
    state: ApprovalState
    decided_by: str | None
    decided_at: Instant | None
    reason: str | None


class AcknowledgementOut(Out):
    """Somebody who is asked to have read a version."""

    person: PersonOut
    role: str
    asked_at: Instant
    due_at: Instant
    acknowledged_at: Instant | None
    overdue: bool


class VersionWholeOut(VersionOut):
    """A version of a playbook, whole."""

    text: str = Field(description="The YAML of the whole file.")
    approvals: list[VersionApprovalOut]
    acknowledgements: list[AcknowledgementOut]


class VersionDifferenceOut(Out):
    """A field that differs."""

    path: str = Field(examples=["steps[kickoff].due.days"])
    kind: DifferenceKind
    before: str | None
    after: str | None
    sentence: str


class StepFateOut(Out):
    """What becomes of a step of an open run."""

    key: str
    title: str
    fate: StepFate
    due_from: Instant | None
    due_to: Instant | None
    role_from: str
    role_to: str
    items_added: list[str]
    items_gone: list[str]
    ticks_kept: int
    again: bool = Field(description="Whether it was executed, and is to be executed again.")


class RunFateOut(Out):
    """What moving to the version would mean for an open run."""

    id: Id
    subject_ref: str
    playbook_version: int = Field(description="The version that it keeps.")
    can_move: bool
    sentences: list[str]
    lacking: dict[str, str] = Field(description="Why it cannot move, by input.")
    steps: list[StepFateOut]


class RunsOnOut(Out):
    """How many open runs keep a version."""

    number: int
    runs: int


class ReadersOut(Out):
    """A role whose people must have read the version."""

    role: str
    people: list[str] = Field(description="Who is active in it now.")
    due_at: Instant


class ProposalOut(Out):
    """What a proposed version would mean, or means once it is kept."""

    number: int
    id: Id | None = Field(description="Null where it is only shown.")
    state: VersionState | None = Field(description="Null where it is only shown.")
    present: int = Field(description="The version in force.")
    effective_on: Day
    open_runs: OpenRuns
    sentences: list[str] = Field(description="What differs from the version in force.")
    differences: list[VersionDifferenceOut]
    runs_on: list[RunsOnOut] = Field(description="The open runs, by the version that they keep.")
    runs: list[RunFateOut] = Field(description="What moving would mean for the 20 oldest.")
    approvals: list[str] = Field(description="Roles that must say yes.")
    acknowledge: list[ReadersOut]


def proposal_out(
    proposal: Proposal,
    kept: tuple[Id, VersionState] | None,
    runs_on: Mapping[int, int],
    foreseen: Sequence[Foreseen],
    readers: Sequence[tuple[str, list[str]]],
    *,
    due_at: datetime,
    zone: ZoneInfo,
) -> ProposalOut:
    """A proposal as it is answered; `kept` is the row's id and state, where there is one."""
    return ProposalOut(
        number=proposal.playbook.version,
        id=kept[0] if kept else None,
        state=kept[1] if kept else None,
        present=proposal.present.playbook.version,
        effective_on=proposal.effective_on,
        open_runs=proposal.governance.open_runs,
        sentences=[str(each) for each in proposal.differences],
        differences=[
            VersionDifferenceOut(
                path=each.path,
                kind=each.kind,
                before=each.before,
                after=each.after,
                sentence=str(each),
            )
            for each in proposal.differences
        ],
        runs_on=[RunsOnOut(number=number, runs=count) for number, count in runs_on.items()],
        runs=[_run_fate(each, zone) for each in foreseen],
        approvals=list(proposal.approvals),
        acknowledge=[
            ReadersOut(role=role, people=people, due_at=due_at) for role, people in readers
        ],
    )


def _run_fate(one: Foreseen, zone: ZoneInfo) -> RunFateOut:
    return RunFateOut(
        id=one.row.id,
        subject_ref=one.row.subject_ref,
        playbook_version=one.row.playbook_version,
        can_move=one.following.moved is not None,
        sentences=list(one.following.in_words(zone)),
        lacking=dict(one.following.lacking),
        steps=[StepFateOut.model_validate(each) for each in one.following.steps],
    )
