"""What all workers share about the outside systems: paused, down, and what may still be asked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn
from app.db.models.plans import sql_list
from app.domain.delivery import System

_DOWN_IS_PROBED = "(opened_at IS NULL) = (probe_at IS NULL)"


class CircuitColumns:
    """What is known of whoever receives effects; instants are real time."""

    failures: Mapped[int] = mapped_column(default=0, server_default="0", comment="In a row")
    opened_at: Mapped[datetime | None] = mapped_column(comment="Since when it counts as down")
    probe_at: Mapped[datetime | None] = mapped_column(comment="When one attempt may try it")
    probes: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Attempts that tried it in vain since it went down"
    )
    last_failure: Mapped[str | None] = mapped_column(comment="What the newest failure was")


class OutsideSystem(CircuitColumns, Base):
    """One outside system; without a row it is up and not paused. Instants are real time."""

    __tablename__ = "outside_systems"

    system: Mapped[str] = mapped_column(primary_key=True)
    paused_at: Mapped[datetime | None] = mapped_column(comment="When a person stopped it")
    paused_by: Mapped[str | None]
    paused_because: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(f"system IN ({sql_list(System)})", name="system"),
        CheckConstraint(
            "(paused_at IS NULL) = (paused_by IS NULL)"
            " AND (paused_at IS NULL) = (paused_because IS NULL)",
            name="paused_by_somebody",
        ),
        CheckConstraint(_DOWN_IS_PROBED, name="down_is_probed"),
    )


class SubscriberCircuit(CircuitColumns, Base):
    """One subscriber to events, once it has failed: one that is down says nothing of the others.

    Apart from the subscription, which is locked where it ends: here attempts meet.
    """

    __tablename__ = "subscriber_circuits"

    hook_id: Mapped[UUID] = mapped_column(ForeignKey("hooks.id"), primary_key=True)

    __table_args__ = (CheckConstraint(_DOWN_IS_PROBED, name="down_is_probed"),)


class VendorBudget(Base):
    """A bucket of a vendor's tokens; how large it is and how fast it fills is in the code."""

    __tablename__ = "vendor_budgets"

    name: Mapped[str] = mapped_column(primary_key=True, comment="system/limit, or system/space")
    level: Mapped[float] = mapped_column(comment="Tokens left; below zero, promised to a queue")
    filled_at: Mapped[datetime] = mapped_column(comment="Real time to which it was filled up")
    left_alone_until: Mapped[datetime | None] = mapped_column(
        comment="Real time until which the vendor asked to be asked nothing"
    )


class RestoreEpoch(Base):
    """A time after a backup was restored, in which anything may have been sent before."""

    __tablename__ = "restore_epochs"

    id: Mapped[IdColumn]
    began_at: Mapped[datetime] = mapped_column(
        comment="Real time at which the restored database was taken into use"
    )
    ends_at: Mapped[datetime] = mapped_column(
        comment="Real time until which each new effect is looked up before it is sent"
    )
    unsettled: Mapped[int] = mapped_column(comment="Deliveries to look up")
