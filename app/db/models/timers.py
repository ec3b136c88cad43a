"""When reminders of plans are told next, and when they were told before."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn


class Timer(Base):
    """A reminder that is told at an instant, unless what it reminds of is done before.

    Of each reminder of a plan, or of another run, at most one waits; those that fired say when it
    was told.
    """

    __tablename__ = "timers"

    id: Mapped[IdColumn]
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"))
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    moment: Mapped[str] = mapped_column(comment="Key of the playbook's reminder")
    fires_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    state: Mapped[str] = mapped_column(default="waiting", comment="waiting | fired | dropped")
    fired_at: Mapped[datetime | None] = mapped_column(
        comment="When it was told; what came due until then is said"
    )

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'fired', 'dropped')", name="state"),
        CheckConstraint("(state = 'fired') = (fired_at IS NOT NULL)", name="fired_when"),
        CheckConstraint("num_nonnulls(plan_id, run_id) = 1", name="one_owner"),
        UniqueConstraint("plan_id", "moment", "fires_at"),
        UniqueConstraint("run_id", "moment", "fires_at"),
        Index("ix_timers_due", "fires_at", postgresql_where=text("state = 'waiting'")),
    )
