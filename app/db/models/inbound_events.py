"""The inbox: every intake as it came, before anybody understood it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json

INBOUND_STATES = ("received", "processed", "ignored", "quarantined", "rejected")


class InboundEvent(Base):
    """One event from outside. `rejected` ones keep only the fact that they came."""

    __tablename__ = "inbound_events"

    id: Mapped[IdColumn]
    source: Mapped[str]
    event_id: Mapped[str | None] = mapped_column(comment="The sender's id, or one made for it")
    status: Mapped[str]
    reason: Mapped[str | None] = mapped_column(comment="Why ignored, quarantined or rejected")
    document: Mapped[Json | None] = mapped_column(comment="The event in our canonical shape")
    body: Mapped[bytes | None] = mapped_column(LargeBinary, comment="The call's raw body")
    content_type: Mapped[str | None]
    body_hash: Mapped[str | None] = mapped_column(comment="SHA-256 of the document, canonical")
    repeats: Mapped[int] = mapped_column(default=0, comment="Times the same id came again")
    tries: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Times it was begun without a word of the end"
    )
    differs: Mapped[bool] = mapped_column(
        default=False, comment="The same id came with another content"
    )
    agreement_ref: Mapped[str | None]
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"))
    occurred_at: Mapped[datetime | None] = mapped_column(
        comment="When it happened, as it says itself; never after it was received"
    )
    received_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    enqueued_at: Mapped[datetime] = mapped_column(
        server_default=text("clock_timestamp()"), comment="Real time; of the newest job for it"
    )
    processed_at: Mapped[datetime | None] = mapped_column(comment="The application's clock")

    __table_args__ = (
        CheckConstraint(
            "status IN ({})".format(", ".join(f"'{s}'" for s in INBOUND_STATES)), name="status"
        ),
        CheckConstraint(
            "status = 'rejected' OR (document IS NOT NULL AND event_id IS NOT NULL)", name="kept"
        ),
        Index(
            "uq_inbound_events_source_event_id",
            "source",
            "event_id",
            unique=True,
            postgresql_where=text("status <> 'rejected'"),
        ),
        Index("ix_inbound_events_newest", "received_at", "id"),
        Index("ix_inbound_events_agreement_ref", "agreement_ref"),
        Index(
            "ix_inbound_events_client_ref",
            text("((document -> 'client'::text) ->> 'ref'::text)"),
            postgresql_where=text("agreement_ref IS NOT NULL"),
        ),
        Index(
            "ix_inbound_events_client_email",
            text("lower((document -> 'client'::text) ->> 'email'::text)"),
            postgresql_where=text("agreement_ref IS NOT NULL"),
        ),
        Index("ix_inbound_events_plan_id", "plan_id", "received_at", "id"),
        Index(
            "ix_inbound_events_quarantined",
            "received_at",
            "id",
            postgresql_where=text("status = 'quarantined'"),
        ),
        Index(
            "ix_inbound_events_waiting",
            "enqueued_at",
            postgresql_where=text("status = 'received'"),
        ),
    )
