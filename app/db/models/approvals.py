"""Approvals: what waits for a person of a role to say yes, and what they said."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json
from app.db.models.plans import sql_list
from app.domain.approval import ApprovalState, ApprovalSubject


class Approval(Base):
    """One question to a role; whoever refuses says why."""

    __tablename__ = "approvals"

    id: Mapped[IdColumn]
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")
    subject_kind: Mapped[str] = mapped_column(comment="What waits for it")
    subject_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(comment="Role of the staff who decide")
    said: Mapped[str] = mapped_column(comment="What is asked, in plain English")
    facts: Mapped[Json] = mapped_column(comment="What the question rests on")
    state: Mapped[str] = mapped_column(default=ApprovalState.REQUESTED.value)
    requested_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(f"subject_kind IN ({sql_list(ApprovalSubject)})", name="subject_kind"),
        CheckConstraint(f"state IN ({sql_list(ApprovalState)})", name="state"),
        CheckConstraint("state <> 'refused' OR reason IS NOT NULL", name="refused_why"),
        CheckConstraint(
            "state NOT IN ('approved', 'refused') OR decided_by_id IS NOT NULL", name="by_a_person"
        ),
        Index("ix_approvals_newest", "created_at", "id"),
        Index("ix_approvals_subject", "subject_id"),
        Index(
            "uq_approvals_one_open",
            "subject_id",
            "role",
            unique=True,
            postgresql_where=text("state = 'requested'"),
        ),
    )
