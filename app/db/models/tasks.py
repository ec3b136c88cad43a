"""What people do: tasks of plans, contracts and versions, and the steps of runs."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json
from app.db.models.plans import sql_list
from app.domain.approval import ApprovalState
from app.domain.run.model import SHOWN, StepState
from app.domain.task import SETTLED, TaskKind, TaskState

_SHOWN = "CASE step_state {} ELSE 'open' END".format(
    " ".join(f"WHEN '{of}' THEN '{shown}'" for of, shown in SHOWN.items() if shown != "open")
)


class Task(Base):
    """One thing a person does for a plan, a contract, a run, or a version of a playbook.

    A step of a run is one too: its playbook decides how it moves (`step_state`), and `state` is
    what that is on somebody's list.
    """

    __tablename__ = "tasks"

    id: Mapped[IdColumn]
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"))
    contract_id: Mapped[UUID | None] = mapped_column(ForeignKey("contracts.id"))
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    playbook_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("playbook_versions.id"))
    change_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("contract_changes.id"), comment="The change of the contract that made it"
    )
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")
    key: Mapped[str] = mapped_column(comment="Step of the playbook, or what the task stands for")
    kind: Mapped[str]
    position: Mapped[int] = mapped_column(comment="Order on the plan")
    title: Mapped[str]
    board_group: Mapped[str] = mapped_column(comment="Title of the board group that holds it")
    service: Mapped[str | None]
    role: Mapped[str]
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    due_on: Mapped[date | None] = mapped_column(comment="In the client's zone")
    state: Mapped[str] = mapped_column(default=TaskState.OPEN.value)
    blocks_ready: Mapped[bool] = mapped_column(comment="Whether it blocks going live")
    checklist: Mapped[list[Json]] = mapped_column(
        JSONB, default=list, comment="[{text, required, done, by, at, evidence}], in order"
    )
    instructions: Mapped[str] = mapped_column(default="")
    adjustment_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("adjustments.id"), unique=True, comment="The adjustment that ticking confirms"
    )
    reverses_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("adjustments.id"), comment="The adjustment that ticking puts back"
    )
    evidence: Mapped[Json | None] = mapped_column(
        comment="{reference, note} of what was put back in billing"
    )
    board_item_ref: Mapped[str | None] = mapped_column(comment="Id of the item on the board")
    reason: Mapped[str | None] = mapped_column(comment="Why skipped, blocked, returned, refused")
    blocked_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(comment="Who executed it")
    step: Mapped[str | None] = mapped_column(comment="Key of the step of its run's playbook")
    step_state: Mapped[str | None] = mapped_column(comment="Where the step stands in its run")
    due_at: Mapped[datetime | None] = mapped_column(
        comment="The end of the step's time; null while its anchor is not known"
    )
    ready_at: Mapped[datetime | None] = mapped_column(comment="Since when the step may be done")
    started_at: Mapped[datetime | None] = mapped_column(comment="When somebody first acted on it")
    done_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    verified_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    verified_by: Mapped[str | None]
    answers: Mapped[Json | None] = mapped_column(comment="What the step's form was filled with")
    returns: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Times its quality was not accepted"
    )
    reopenings: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Times it was to be done again after it was done"
    )
    approval: Mapped[str | None] = mapped_column(comment="Of the step, where it needs one")
    deviation: Mapped[str | None] = mapped_column(comment="Of doing it otherwise than written")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="Real time")

    __table_args__ = (
        UniqueConstraint("plan_id", "key"),
        UniqueConstraint("contract_id", "key"),
        UniqueConstraint("run_id", "key"),
        UniqueConstraint("playbook_version_id", "key"),
        CheckConstraint(
            "num_nonnulls(coalesce(plan_id, run_id), contract_id, playbook_version_id) = 1"
            " AND (plan_id IS NULL OR run_id IS NULL OR step IS NOT NULL)",
            name="one_owner",
        ),
        CheckConstraint(
            "change_id IS NULL OR contract_id IS NOT NULL", name="change_of_its_contract"
        ),
        CheckConstraint(f"state IN ({sql_list(TaskState)})", name="state"),
        CheckConstraint(f"kind IN ({sql_list(TaskKind)})", name="kind"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_when"),
        CheckConstraint("state <> 'skipped' OR reason IS NOT NULL", name="skipped_why"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal"),
        CheckConstraint(
            "kind <> 'reversal' OR state <> 'done' OR evidence IS NOT NULL",
            name="reversed_with_evidence",
        ),
        CheckConstraint(f"step_state IN ({sql_list(StepState)})", name="step_state"),
        CheckConstraint(
            "(step IS NULL) = (step_state IS NULL) AND (step IS NULL OR run_id IS NOT NULL)",
            name="step_of_a_run",
        ),
        CheckConstraint(f"step_state IS NULL OR state = {_SHOWN}", name="step_shown"),
        CheckConstraint(
            "step IS NULL OR (state = 'blocked') = (blocked_at IS NOT NULL)", name="blocked_when"
        ),
        CheckConstraint(
            "verified_by_id IS NULL OR verified_by_id <> done_by_id", name="second_person"
        ),
        CheckConstraint(f"approval IN ({sql_list(ApprovalState)})", name="approval"),
        CheckConstraint(f"deviation IN ({sql_list(ApprovalState)})", name="deviation"),
        Index("ix_tasks_newest", "created_at", "id"),
        Index("ix_tasks_change_id", "change_id", postgresql_where=text("change_id IS NOT NULL")),
        Index("ix_tasks_board_item_ref", "board_item_ref"),
        Index(
            "ix_tasks_reverses_id", "reverses_id", postgresql_where=text("reverses_id IS NOT NULL")
        ),
        Index(
            "ix_tasks_open",
            "plan_id",
            postgresql_where=text(f"state NOT IN ({sql_list(SETTLED)})"),
        ),
        Index("ix_tasks_assignee_id", "assignee_id", "state", "due_on"),
    )
