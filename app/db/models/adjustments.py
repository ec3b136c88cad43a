"""Billing adjustments: one change each of what a client is billed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, DATE
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json
from app.db.models.plans import sql_list
from app.domain.adjustment import AdjustmentKind, AdjustmentState, BillingMode


class Adjustment(Base):
    """One change of the bill, with the days on which it is safe and the proof that it was made."""

    __tablename__ = "adjustments"

    id: Mapped[IdColumn]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")
    kind: Mapped[str]
    service: Mapped[str]
    position: Mapped[int] = mapped_column(comment="Order on the plan")
    effective_on: Mapped[date] = mapped_column(comment="The live date, in the client's zone")
    opens_at: Mapped[datetime] = mapped_column(comment="First instant at which it may be made")
    closes_at: Mapped[datetime] = mapped_column(comment="First instant at which it may no more")
    safe_days: Mapped[list[date]] = mapped_column(
        ARRAY(DATE), comment="Days in the client's zone on which it may be made"
    )
    money_minor: Mapped[int | None] = mapped_column(BigInteger, comment="Minor units")
    currency: Mapped[str | None] = mapped_column(comment="ISO 4217")
    state: Mapped[str]
    mode: Mapped[str]
    reckoning: Mapped[Json | None] = mapped_column(comment="How the amount comes about")
    note: Mapped[str] = mapped_column(default="", comment="What the cut-over says about it")
    evidence: Mapped[Json | None] = mapped_column(comment="{reference, note}")
    carried_out_at: Mapped[datetime | None]
    carried_out_on: Mapped[date | None] = mapped_column(
        comment="That day in the zone that the client was in then; another zone moves it no more"
    )
    carried_out_by: Mapped[str | None]
    seconded_at: Mapped[datetime | None] = mapped_column(
        comment="When a second person agreed to a step that cannot be undone"
    )
    seconded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    waived_by: Mapped[str | None] = mapped_column(
        comment="Who waived a left-over amount; its days count as settled"
    )
    reversal: Mapped[str | None] = mapped_column(
        comment="wanted | done: it was carried out for a date or terms that hold no more"
    )
    reason: Mapped[str | None] = mapped_column(comment="Why failed or voided")

    __table_args__ = (
        Index(
            "uq_adjustments_once_a_service",
            "plan_id",
            "kind",
            "service",
            unique=True,
            postgresql_where=text(
                "kind IN ('cancel_service', 'start_service') AND reversal IS NULL"
                " AND state <> 'voided'"
            ),
        ),
        Index("ix_adjustments_plan_id", "plan_id", "position"),
        Index(
            "ix_adjustments_to_submit",
            "plan_id",
            postgresql_where=text("mode = 'hook' AND state = 'due'"),
        ),
        Index("ix_adjustments_submitted", "plan_id", postgresql_where=text("state = 'submitted'")),
        CheckConstraint(f"kind IN ({sql_list(AdjustmentKind)})", name="kind"),
        CheckConstraint(f"state IN ({sql_list(AdjustmentState)})", name="state"),
        CheckConstraint(f"mode IN ({sql_list(BillingMode)})", name="mode"),
        CheckConstraint("(money_minor IS NULL) = (currency IS NULL)", name="money_has_currency"),
        CheckConstraint("money_minor >= 0", name="money_is_not_negative"),
        CheckConstraint("opens_at < closes_at", name="window"),
        CheckConstraint(
            "carried_out_at IS NULL OR (carried_out_at >= opens_at AND carried_out_at < closes_at)",
            name="carried_out_in_its_window",
        ),
        CheckConstraint(
            "(carried_out_at IS NULL) = (carried_out_on IS NULL)", name="carried_out_on_a_day"
        ),
        CheckConstraint(
            "state NOT IN ('submitted', 'confirmed') OR carried_out_at IS NOT NULL",
            name="carried_out_when",
        ),
        CheckConstraint(
            "state <> 'confirmed' OR evidence IS NOT NULL", name="confirmed_with_evidence"
        ),
        CheckConstraint("state NOT IN ('failed', 'voided') OR reason IS NOT NULL", name="why"),
        CheckConstraint(
            "reversal IS NULL OR (reversal IN ('wanted', 'done')"
            " AND state IN ('submitted', 'confirmed', 'uncertain'))",
            name="reversal_of_what_was_carried_out",
        ),
        CheckConstraint(
            "waived_by IS NULL OR (state = 'voided' AND kind IN ('charge', 'credit'))",
            name="waived_money",
        ),
    )
