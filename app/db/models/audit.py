"""The audit trail: append-only, sealed into a hash chain."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json


class AuditEntry(Base):
    """Who changed what, when, from what to what; written in the transaction that it describes."""

    __tablename__ = "audit"

    id: Mapped[IdColumn]
    at: Mapped[datetime] = mapped_column(comment="The application's clock")
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    action: Mapped[str] = mapped_column(comment="Past tense: plan.created, task.completed")
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    plan_id: Mapped[UUID | None]
    before: Mapped[Json | None]
    after: Mapped[Json | None]
    reason: Mapped[str | None]
    number: Mapped[int | None] = mapped_column(
        BigInteger, comment="Place in the chain; null until sealed"
    )
    previous_hash: Mapped[str | None]
    hash: Mapped[str | None] = mapped_column(comment="SHA-256 link to the entry before")

    __table_args__ = (
        Index(
            "ix_audit_plan_id",
            "plan_id",
            "at",
            "id",
            postgresql_where=text("plan_id IS NOT NULL"),
        ),
        Index(
            "ix_audit_client",
            "subject_id",
            "at",
            "id",
            postgresql_where=text("subject_kind = 'client'"),
        ),
        Index(
            "ix_audit_run",
            "subject_id",
            "at",
            "id",
            postgresql_where=text("subject_kind = 'run'"),
        ),
        Index("ix_audit_newest", "at", "id"),
        Index(
            "uq_audit_number",
            "number",
            unique=True,
            postgresql_where=text("number IS NOT NULL"),
        ),
        Index("ix_audit_unsealed", "id", postgresql_where=text("number IS NULL")),
    )
