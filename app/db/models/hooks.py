"""Subscriptions to what happens here: who is told of which events."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn


class Hook(Base):
    """A subscriber's address; its secret is derived, and not kept."""

    __tablename__ = "hooks"

    id: Mapped[IdColumn]
    target_url: Mapped[str] = mapped_column(comment="Whoever has it may call it: a secret")
    events: Mapped[list[str]] = mapped_column(JSONB, comment="Types, or all of a kind: contract.*")
    created_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    created_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended_why"),
        CheckConstraint("jsonb_array_length(events) > 0", name="of_something"),
        Index("ix_hooks_newest", "created_at", "id", postgresql_where=text("ended_at IS NULL")),
    )
