"""What the API says of runs: the run, its steps with their checklists, stages, deadlines."""

from datetime import datetime
from typing import Any

from pydantic import Field

from app.api.shapes import PersonOut
from app.db.models import PlaybookRun, RunDeadlineRow, Task
from app.domain.approval import ApprovalState
from app.domain.playbook.form import Field as FormField
from app.domain.playbook.form import FieldKind
from app.domain.playbook.model import Evidence, Playbook, Step, Subject
from app.domain.run.model import SETTLED, RunState, StepState
from app.domain.run.onward import awaited_by
from app.queries.runs import RunView
from app.web.bodies import Out
from app.web.scalars import Id, Instant


class SubjectOut(Out):
    """What a run is about."""

    kind: Subject
    ref: str


class RunSummaryOut(Out):
    """A run in a list."""

    id: Id
    version: int
    playbook: str = Field(examples=["client-onboarding"])
    playbook_version: int = Field(description="The version that the run keeps.")
    subject: SubjectOut
    client_id: Id | None
    parent_id: Id | None = Field(description="The run that started it, if one did.")
    state: RunState
    started_at: Instant
    started_by: str
    ended_at: Instant | None
    reason: str | None
    stays_because: str | None = Field(
        description="Why it could not move to the version in force, if it could not."
    )


class ItemOut(Out):
    """An item of a step's checklist."""

    text: str
    required: bool
    evidence: Evidence | None = Field(description="What it is ticked with, if it asks for that.")
    done: bool
    by: str | None
    at: Instant | None
    shown: str | None = Field(description="The evidence that was given.")


class FieldOut(Out):
    """A field of a form."""

    key: str
    title: str
    kind: FieldKind
    required: bool
    values: list[str]
    unit: str
    hint: str


class RunStepOut(Out):
    """A step of a run."""

    key: str
    task_id: Id = Field(description="Of the task that it is on its person's list.")
    title: str
    role: str
    stage: str | None
    state: StepState
    due_at: Instant | None
    overdue: bool
    assignee: PersonOut | None
    waits_for: list[str]
    ordered: bool = Field(description="Whether an item is ticked before the next can be.")
    checklist: list[ItemOut]
    asks: list[FieldOut]
    answers: dict[str, Any]
    verified_by_role: str | None = Field(description="Who looks at its quality.")
    instructions: str
    mistakes: list[str] = Field(description="What often goes wrong.")
    tools: list[str]
    ready_at: Instant | None
    started_at: Instant | None
    blocked_at: Instant | None
    done_at: Instant | None
    executed_by: str | None
    verified_by: str | None
    reason: str | None
    returns: int = Field(description="How often its quality was not accepted.")
    reopenings: int
    approval: ApprovalState | None
    deviation: ApprovalState | None


class CriterionOut(Out):
    """A criterion of a stage."""

    text: str
    by_itself: bool = Field(description="Whether it holds by a condition, and nobody checks it.")
    checked: bool
    by: str | None


class StageOut(Out):
    """A stage of a run."""

    key: str
    title: str
    entered_at: Instant | None
    closed_at: Instant | None
    entry: list[CriterionOut]
    exit: list[CriterionOut]


class DeadlineOut(Out):
    """A deadline that runs, or ran."""

    key: str
    title: str
    step: str | None
    begun_at: Instant
    warn_at: Instant | None
    due_at: Instant
    warned_at: Instant | None
    missed_at: Instant | None
    ended_at: Instant | None
    escalated_to: list[str] = Field(description="The roles that were told after it was missed.")


class RunOut(RunSummaryOut):
    """A run, whole."""

    title: str
    inputs: dict[str, Any]
    anchors: dict[str, Any]
    people: dict[str, Any] = Field(description="Ids of staff, by role.")
    steps: list[RunStepOut]
    stages: list[StageOut]
    deadlines: list[DeadlineOut]


class StepActedOut(Out):
    """A step as an action left it, and where its run stands."""

    run_id: Id
    run_version: int
    run_state: RunState
    step: RunStepOut


def summary_out(row: PlaybookRun) -> RunSummaryOut:
    """A run in a list."""
    return RunSummaryOut(**_summary(row))


def _summary(row: PlaybookRun) -> dict[str, Any]:
    names = set(RunSummaryOut.model_fields) - {"subject"}
    subject = SubjectOut(kind=Subject(row.subject_kind), ref=row.subject_ref)
    return {**{name: getattr(row, name) for name in names}, "subject": subject}


def run_out(view: RunView, *, now: datetime) -> RunOut:
    """A run, whole."""
    rows = {task.step: task for task in view.steps}
    gone = frozenset(step.key for step in view.playbook.steps if step.key not in rows)
    return RunOut(
        **_summary(view.row),
        title=view.playbook.title,
        inputs=view.row.inputs,
        anchors=view.row.anchors,
        people=view.row.people,
        steps=[
            step_out(view.playbook, step, rows[step.key], view.people, now=now, gone=gone)
            for step in view.playbook.steps
            if step.key in rows
        ],
        stages=_stages(view.playbook, view.row),
        deadlines=[_deadline(each) for each in view.deadlines],
    )


def step_out(
    playbook: Playbook,
    step: Step,
    row: Task,
    people: Any,
    *,
    now: datetime,
    gone: frozenset[str] = frozenset(),
) -> RunStepOut:
    """A step of a run, with what its playbook says of it; what is no part of the run is `gone`."""
    assignee = people.get(row.assignee_id)
    state = StepState(row.step_state or "")
    same = (
        *("role", "due_at", "ready_at", "started_at", "blocked_at", "done_at", "verified_by"),
        *("reason", "returns", "reopenings", "approval", "deviation"),
    )
    return RunStepOut(
        **{name: getattr(row, name) for name in same},
        key=step.key,
        task_id=row.id,
        state=state,
        answers=row.answers or {},
        executed_by=row.done_by,
        title=step.title,
        stage=step.stage,
        overdue=state not in SETTLED and row.due_at is not None and row.due_at <= now,
        assignee=PersonOut.model_validate(assignee) if assignee else None,
        waits_for=sorted(awaited_by(playbook, step) - gone),
        ordered=step.ordered,
        checklist=_items(step, row),
        asks=[field_out(field) for field in step.asks],
        verified_by_role=step.verified_by,
        instructions=step.instructions,
        mistakes=list(step.mistakes),
        tools=list(step.tools),
    )


def field_out(field: FormField) -> FieldOut:
    """A field of a form."""
    names = set(FieldOut.model_fields) - {"values"}
    return FieldOut(**{name: getattr(field, name) for name in names}, values=list(field.values))


def _items(step: Step, row: Task) -> list[ItemOut]:
    return [
        ItemOut(
            text=item.text,
            required=item.required,
            evidence=item.evidence,
            done=found["done"],
            by=found.get("by"),
            at=datetime.fromisoformat(found["at"]) if found["done"] else None,
            shown=found.get("evidence"),
        )
        for item, found in zip(step.checklist, row.checklist, strict=True)
    ]


def _stages(playbook: Playbook, row: PlaybookRun) -> list[StageOut]:
    found = []
    for stage in playbook.stages:
        mine = row.stages[stage.key]
        sides = {
            side: [
                CriterionOut(
                    text=each.text,
                    by_itself=each.when is not None,
                    checked=f"{side}/{at}" in mine["checked"],
                    by=mine["checked"].get(f"{side}/{at}", {}).get("by"),
                )
                for at, each in enumerate(criteria)
            ]
            for side, criteria in (("entry", stage.entry), ("exit", stage.exit))
        }
        entered_at, closed_at = (
            datetime.fromisoformat(mine[name]) if mine[name] else None
            for name in ("entered_at", "closed_at")
        )
        found.append(
            StageOut(
                key=stage.key,
                title=stage.title,
                entered_at=entered_at,
                closed_at=closed_at,
                entry=sides["entry"],
                exit=sides["exit"],
            )
        )
    return found


def _deadline(row: RunDeadlineRow) -> DeadlineOut:
    return DeadlineOut(
        key=row.key,
        title=row.title,
        step=row.step or None,
        begun_at=row.begun_at,
        warn_at=row.warn_at,
        due_at=row.due_at,
        warned_at=row.warned_at,
        missed_at=row.breached_at,
        ended_at=row.ended_at,
        escalated_to=row.rung_roles[: row.rungs_raised],
    )
