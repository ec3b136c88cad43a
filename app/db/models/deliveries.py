"""Outside effects and every attempt at them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json
from app.db.models.plans import sql_list
from app.domain.delivery import DeliveryKind, DeliveryState, System

ONE_COMPLETE_EMAIL = text(
    "kind = 'email.complete' AND state NOT IN ('cancelled', 'expired', 'skipped')"
)


class Delivery(Base):
    """One intended outside effect; its key stays the same over all its attempts."""

    __tablename__ = "deliveries"

    id: Mapped[IdColumn]
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"))
    quote_id: Mapped[UUID | None] = mapped_column(ForeignKey("tier_quotes.id"))
    contract_id: Mapped[UUID | None] = mapped_column(ForeignKey("contracts.id"))
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    playbook_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("playbook_versions.id"))
    hook_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("hooks.id"), comment="The subscription that an event goes to"
    )
    kind: Mapped[str]
    system: Mapped[str]
    subject: Mapped[str] = mapped_column(comment="What of the plan it concerns, in words")
    key: Mapped[str] = mapped_column(unique=True, comment="Idempotency key, sent to the vendor")
    generation: Mapped[int] = mapped_column(default=1, comment="New after a definite refusal")
    state: Mapped[str] = mapped_column(default=DeliveryState.PENDING.value)
    payload: Mapped[Json] = mapped_column(comment="The effect, frozen when it was intended")
    progress: Mapped[Json] = mapped_column(
        default=dict, comment="Vendor ids of steps taken, kept before the next step"
    )
    result: Mapped[Json | None] = mapped_column(comment="Vendor ids of the effect")
    not_after: Mapped[datetime | None] = mapped_column(
        comment="Too late at this instant of the application's clock"
    )
    attempts: Mapped[int] = mapped_column(default=0)
    token: Mapped[UUID | None] = mapped_column(comment="Fences the settle to the attempt")
    lease_until: Mapped[datetime | None] = mapped_column(comment="Real time; then it is uncertain")
    next_attempt_at: Mapped[datetime | None] = mapped_column(comment="Real time")
    enqueued_at: Mapped[datetime] = mapped_column(
        server_default=text("clock_timestamp()"), comment="Real time; of the newest job for it"
    )
    paced_at: Mapped[datetime | None] = mapped_column(
        comment="Real time at which the vendor's budget has its token"
    )
    held_at: Mapped[datetime | None] = mapped_column(
        comment="Real time since which it waits, without a job, for its system"
    )
    crashes: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Attempts in a row that ended without a word"
    )
    withdraw: Mapped[bool] = mapped_column(default=False, comment="Take back once it is settled")
    published_at: Mapped[datetime | None] = mapped_column(comment="An e-mail seen as sent")
    reason: Mapped[str | None] = mapped_column(comment="Why it failed, waits or was dropped")
    evidence: Mapped[Json | None] = mapped_column(comment="Of what was done by hand")
    created_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    settled_at: Mapped[datetime | None] = mapped_column(comment="The application's clock")
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")

    __table_args__ = (
        CheckConstraint(f"kind IN ({sql_list(DeliveryKind)})", name="kind"),
        CheckConstraint(f"system IN ({sql_list(System)})", name="system"),
        CheckConstraint(f"state IN ({sql_list(DeliveryState)})", name="state"),
        CheckConstraint(
            "num_nonnulls(plan_id, quote_id, contract_id, run_id, playbook_version_id) = 1",
            name="one_owner",
        ),
        CheckConstraint("(kind = 'hook.post') = (hook_id IS NOT NULL)", name="event_has_a_hook"),
        CheckConstraint("(state = 'sending') = (token IS NOT NULL)", name="sending_has_a_token"),
        CheckConstraint(
            "kind NOT IN ('email.begun', 'email.complete') OR not_after IS NOT NULL",
            name="client_emails_have_an_end",
        ),
        Index(
            "uq_deliveries_one_complete_email",
            "plan_id",
            unique=True,
            postgresql_where=ONE_COMPLETE_EMAIL,
        ),
        Index("ix_deliveries_plan_id", "plan_id", "created_at"),
        Index(
            "ix_deliveries_quote_id",
            "quote_id",
            "created_at",
            postgresql_where=text("quote_id IS NOT NULL"),
        ),
        Index(
            "ix_deliveries_contract_id",
            "contract_id",
            "created_at",
            postgresql_where=text("contract_id IS NOT NULL"),
        ),
        Index(
            "ix_deliveries_run_id",
            "run_id",
            "created_at",
            postgresql_where=text("run_id IS NOT NULL"),
        ),
        Index(
            "ix_deliveries_playbook_version_id",
            "playbook_version_id",
            postgresql_where=text("playbook_version_id IS NOT NULL"),
        ),
        Index("ix_deliveries_hook_id", "hook_id", postgresql_where=text("hook_id IS NOT NULL")),
        Index("ix_deliveries_newest", "created_at", "id"),
        Index(
            "ix_deliveries_unsettled",
            "state",
            "next_attempt_at",
            postgresql_where=text("state IN ('pending', 'sending', 'retrying', 'uncertain')"),
        ),
        Index(
            "ix_deliveries_held",
            "system",
            "held_at",
            postgresql_where=text("held_at IS NOT NULL"),
        ),
        Index(
            "ix_deliveries_stuck",
            "created_at",
            "id",
            postgresql_where=text("state IN ('failed', 'parked')"),
        ),
        Index(
            "ix_deliveries_unpublished",
            "settled_at",
            postgresql_where=text(
                "state = 'delivered' AND published_at IS NULL AND system = 'helpscout'"
            ),
        ),
    )


class Attempt(Base):
    """One try at a delivery, written before the call and closed after it."""

    __tablename__ = "attempts"

    id: Mapped[IdColumn]
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"))
    number: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(comment="Real time")
    finished_at: Mapped[datetime | None] = mapped_column(comment="Real time")
    outcome: Mapped[str | None] = mapped_column(comment="Null while it runs, or was killed")
    detail: Mapped[str | None]
    exchanges: Mapped[list[Json]] = mapped_column(
        JSONB, default=list, comment="Requests and answers, redacted and bounded"
    )

    __table_args__ = (UniqueConstraint("delivery_id", "number"),)
