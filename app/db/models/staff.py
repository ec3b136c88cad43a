"""The people of the organisation and their ids in the outside systems."""

from datetime import datetime

from sqlalchemy import Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json


class Staff(Base):
    """A member of staff; work for a role goes to its active members in turn."""

    __tablename__ = "staff"

    id: Mapped[IdColumn]
    name: Mapped[str] = mapped_column(comment="As colleagues read it")
    email: Mapped[str] = mapped_column(comment="Lower case; events name people by it")
    role: Mapped[str] = mapped_column(comment="A role of the playbooks")
    active: Mapped[bool] = mapped_column(default=True, comment="Gets new work")
    refs: Mapped[Json] = mapped_column(
        default=dict, comment="Ids in outside systems, by system: {'monday': '501'}"
    )
    territories: Mapped[list[str]] = mapped_column(
        ARRAY(Text), default=list, server_default="{}", comment="Where this person takes turns"
    )
    last_assigned_at: Mapped[datetime | None] = mapped_column(
        comment="When this person last got work in turn"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")

    __table_args__ = (
        Index("uq_staff_email", func.lower(email), unique=True),
        Index("ix_staff_turn", "role", "last_assigned_at", postgresql_where=text("active")),
    )
