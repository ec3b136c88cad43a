"""Versions of playbooks, who has read the one in force, and when each was last looked at."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn
from app.db.models.plans import sql_list
from app.domain.playbook.governance import OpenRuns
from app.domain.playbook.version import OF_THE_FILE, VersionState


class PlaybookVersion(Base):
    """One version of a playbook, from the proposal on.

    One of the catalog's file stands here once something is told of it: what is told needs an owner.
    """

    __tablename__ = "playbook_versions"

    id: Mapped[IdColumn]
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")
    playbook: Mapped[str] = mapped_column(comment="Its key")
    playbook_version: Mapped[int] = mapped_column(comment="The version's number")
    text_id: Mapped[UUID] = mapped_column(ForeignKey("playbook_texts.id"))
    change: Mapped[str] = mapped_column(comment="What is changed, and why")
    impact: Mapped[str] = mapped_column(comment="What that means for people and runs")
    state: Mapped[str]
    effective_on: Mapped[date] = mapped_column(comment="In the organisation's zone")
    open_runs: Mapped[str] = mapped_column(comment="Whether open runs finish or move")
    acknowledge: Mapped[list[str]] = mapped_column(
        ARRAY(Text), comment="Roles whose people must have read it"
    )
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    in_force_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(comment="Superseded, refused, withdrawn")
    reason: Mapped[str | None] = mapped_column(comment="Why it was refused or withdrawn")

    __table_args__ = (
        UniqueConstraint("playbook", "playbook_version"),
        CheckConstraint(f"state IN ({sql_list([*VersionState, OF_THE_FILE])})", name="state"),
        CheckConstraint(f"open_runs IN ({sql_list(OpenRuns)})", name="open_runs"),
        CheckConstraint("state <> 'in_force' OR in_force_at IS NOT NULL", name="in_force_when"),
        CheckConstraint(
            "(state IN ('superseded', 'refused', 'withdrawn')) = (ended_at IS NOT NULL)",
            name="ended_when",
        ),
        CheckConstraint(
            "state NOT IN ('refused', 'withdrawn') OR reason IS NOT NULL", name="ended_why"
        ),
        Index(
            "uq_playbook_versions_in_force",
            "playbook",
            unique=True,
            postgresql_where=text("state = 'in_force'"),
        ),
    )


class PlaybookAcknowledgement(Base):
    """That a member of staff is asked to read a version, and has."""

    __tablename__ = "playbook_acknowledgements"

    id: Mapped[IdColumn]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("playbook_versions.id"))
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    due_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None] = mapped_column(
        comment="When it was late, and they and the owner were told"
    )

    __table_args__ = (
        UniqueConstraint("version_id", "staff_id"),
        Index("ix_playbook_acknowledgements_staff_id", "staff_id"),
    )


class PlaybookRound(Base):
    """Until when it was looked at what comes round for a playbook: schedules, checks, reviews."""

    __tablename__ = "playbook_rounds"

    playbook: Mapped[str] = mapped_column(primary_key=True, comment="Its key")
    playbook_version: Mapped[int] = mapped_column(comment="The version that was in force then")
    since: Mapped[datetime] = mapped_column(comment="From when that counts; reviews count from it")
    looked_at: Mapped[datetime] = mapped_column(
        comment="The application's clock; what came until then was seen to"
    )
