"""The sandbox clock: one row that says how far the application's clock is off the real one."""

from datetime import timedelta

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class SandboxClock(Base):
    """The offset, shared by every process and kept over restarts; never read in production."""

    __tablename__ = "sandbox_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Always 1")
    ahead_by: Mapped[timedelta] = mapped_column(comment="Application time less real time")

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
