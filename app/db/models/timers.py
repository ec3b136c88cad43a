"""Deadlines that fire once: reminders and their escalation."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn


class Timer(Base):
    """A moment of a plan that comes at an instant, unless what it reminds of is done before."""

    __tablename__ = "timers"

    id: Mapped[IdColumn]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    moment: Mapped[str] = mapped_column(comment="A moment of the playbook")
    fires_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    state: Mapped[str] = mapped_column(default="waiting", comment="waiting | fired | dropped")

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'fired', 'dropped')", name="state"),
        UniqueConstraint("plan_id", "moment", "fires_at"),
        Index("ix_timers_due", "fires_at", postgresql_where=text("state = 'waiting'")),
    )
