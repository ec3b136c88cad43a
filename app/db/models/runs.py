"""Runs of playbooks, their deadlines, and who was told when one was missed; steps are tasks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json
from app.db.models.plans import sql_list
from app.domain.playbook.model import Subject
from app.domain.run.model import RunState


class PlaybookText(Base):
    """A playbook's file as it was when runs began on it: they finish on it when it is gone."""

    __tablename__ = "playbook_texts"

    id: Mapped[IdColumn]
    playbook: Mapped[str] = mapped_column(comment="Its key")
    playbook_version: Mapped[int]
    digest: Mapped[str] = mapped_column(unique=True, comment="SHA-256 of key and text")
    body: Mapped[str] = mapped_column(comment="The YAML")
    created_at: Mapped[datetime] = mapped_column(comment="The application's clock")


class PlaybookRun(Base):
    """One execution of a playbook."""

    __tablename__ = "runs"

    id: Mapped[IdColumn]
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")
    playbook: Mapped[str] = mapped_column(comment="Its key")
    playbook_version: Mapped[int] = mapped_column(comment="The version that the run keeps")
    text_id: Mapped[UUID] = mapped_column(ForeignKey("playbook_texts.id"))
    subject_kind: Mapped[str]
    subject_ref: Mapped[str] = mapped_column(comment="What it is about, as others call it")
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"))
    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("runs.id"), comment="The run that started it"
    )
    cause: Mapped[str] = mapped_column(comment="What started it; the same starts none again")
    state: Mapped[str] = mapped_column(default=RunState.RUNNING.value)
    inputs: Mapped[Json]
    anchors: Mapped[Json] = mapped_column(comment="Instants, by anchor")
    stages: Mapped[Json] = mapped_column(comment="{key: {entered_at, closed_at, checked}}")
    people: Mapped[Json] = mapped_column(comment="Ids of staff, by role or assignment")
    started_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    started_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(comment="Why it was cancelled")
    stays_before: Mapped[int | None] = mapped_column(
        comment="The version of the playbook to which it could not move"
    )
    stays_because: Mapped[str | None] = mapped_column(comment="What it lacks for that")

    __table_args__ = (
        UniqueConstraint("playbook", "cause"),
        CheckConstraint(f"state IN ({sql_list(RunState)})", name="state"),
        CheckConstraint(f"subject_kind IN ({sql_list(Subject)})", name="subject_kind"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended_when"),
        CheckConstraint("state <> 'cancelled' OR reason IS NOT NULL", name="cancelled_why"),
        Index("ix_runs_newest", "started_at", "id"),
        Index("ix_runs_playbook", "playbook", "started_at", "id"),
        Index(
            "ix_runs_open",
            "playbook",
            "playbook_version",
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_runs_subject", "subject_ref", "started_at", "id"),
    )


class RunDeadlineRow(Base):
    """A deadline that runs, or ran; all of its instants are reckoned when it begins."""

    __tablename__ = "run_deadlines"

    id: Mapped[IdColumn]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    step: Mapped[str] = mapped_column(comment="Key of the step; empty for the whole run")
    key: Mapped[str] = mapped_column(comment="Of the playbook's deadline")
    title: Mapped[str]
    begun_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    warn_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    tell: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="Roles told at the warning")
    rung_roles: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="Who is told after it")
    rung_ats: Mapped[list[datetime]] = mapped_column(
        ARRAY(DateTime(timezone=True)), comment="When each of them is told"
    )
    next_at: Mapped[datetime | None] = mapped_column(comment="The next of its instants")
    warned_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    rungs_raised: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None] = mapped_column(comment="Answered, done, or of no matter")

    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR next_at IS NULL", name="over_is_over"),
        Index(
            "uq_run_deadlines_running",
            "run_id",
            "step",
            "key",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_run_deadlines_run_id", "run_id"),
        Index("ix_run_deadlines_next", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    )


class EscalationRow(Base):
    """One rung of a path upwards: a role that was told, and until when it was of matter."""

    __tablename__ = "escalations"

    id: Mapped[IdColumn]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    deadline_id: Mapped[UUID] = mapped_column(ForeignKey("run_deadlines.id"))
    step: Mapped[str] = mapped_column(comment="Key of the step; empty for the whole run")
    rung: Mapped[int] = mapped_column(comment="From 1, upwards")
    role: Mapped[str]
    said: Mapped[str] = mapped_column(comment="The deadline that was missed")
    raised_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    ended_at: Mapped[datetime | None] = mapped_column(comment="When the deadline ended")
    taken_at: Mapped[datetime | None] = mapped_column(comment="When somebody took it on")
    taken_by: Mapped[str | None]
    taken_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    taken_note: Mapped[str | None] = mapped_column(comment="What they said of it")

    __table_args__ = (
        UniqueConstraint("deadline_id", "rung"),
        CheckConstraint("(taken_at IS NULL) = (taken_by IS NULL)", name="taken_by_whom"),
        Index("ix_escalations_newest", "raised_at", "id"),
        Index("ix_escalations_run_id", "run_id"),
    )
