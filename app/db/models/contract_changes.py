"""Changes of contracts as they were signed, what they came to, and what people are told of them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json
from app.db.models.plans import sql_list
from app.domain.contract.change import PENDING, ChangeKind, ChangeState


class ContractChange(Base):
    """One signed or requested alteration; it is never edited, a later one supersedes it (C2)."""

    __tablename__ = "contract_changes"

    id: Mapped[IdColumn]
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes of it; the ETag")
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    kind: Mapped[str]
    state: Mapped[str]
    signed_on: Mapped[date] = mapped_column(comment="When it was agreed")
    effective_on: Mapped[date] = mapped_column(comment="First day of the new state")
    billing_from: Mapped[date] = mapped_column(comment="First day of the new price")
    entered_on: Mapped[date] = mapped_column(comment="In the client's zone; what is past counts so")
    order: Mapped[Json] = mapped_column(comment="What was asked for, whole")
    policy: Mapped[Json] = mapped_column(comment="By which rules it is reckoned")
    base: Mapped[Json] = mapped_column(comment="The line of each edited product as it was found")
    draft: Mapped[Json] = mapped_column(comment="What it came to when it was signed, or in force")
    order_ref: Mapped[str | None] = mapped_column(comment="The agreement that it came from")
    entered_by: Mapped[str]
    approved_by: Mapped[str | None]
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("contract_changes.id"))
    successor_id: Mapped[UUID | None] = mapped_column(
        comment="The contract that it opens; made when it is in force"
    )
    plan_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("plans.id"), comment="The upgrade plan that carries it out"
    )
    reason: Mapped[str | None] = mapped_column(comment="Why it was stopped, refused or withdrawn")
    created_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    in_force_at: Mapped[datetime | None]
    reinstated_at: Mapped[datetime | None] = mapped_column(
        comment="When a termination was undone before it was in force"
    )

    __table_args__ = (
        CheckConstraint(f"kind IN ({sql_list(ChangeKind)})", name="kind"),
        CheckConstraint(f"state IN ({sql_list(ChangeState)})", name="state"),
        CheckConstraint("billing_from >= effective_on", name="billing_not_before_service"),
        CheckConstraint("(state = 'in_force') = (in_force_at IS NOT NULL)", name="in_force_when"),
        CheckConstraint(
            "state NOT IN ('conflicted', 'failed') OR reason IS NOT NULL", name="stopped_why"
        ),
        Index("ix_contract_changes_contract_id", "contract_id", "effective_on", "id"),
        Index(
            "ix_contract_changes_due",
            "effective_on",
            postgresql_where=text(f"state IN ({sql_list(PENDING)}) AND plan_id IS NULL"),
        ),
        Index(
            "uq_contract_changes_order_ref",
            "order_ref",
            unique=True,
            postgresql_where=text(
                "order_ref IS NOT NULL AND plan_id IS NULL"
                " AND state NOT IN ('withdrawn', 'superseded')"
            ),
        ),
        Index("ix_contract_changes_plan_id", "plan_id"),
    )


class ContractNotice(Base):
    """What a person is told of a contract, until somebody has seen to it."""

    __tablename__ = "contract_notices"

    id: Mapped[IdColumn]
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    change_id: Mapped[UUID | None] = mapped_column(ForeignKey("contract_changes.id"))
    kind: Mapped[str] = mapped_column(comment="renewal_ahead, change_conflicted, ...")
    occasion: Mapped[str] = mapped_column(comment="Tells it from the others of its kind")
    role: Mapped[str] = mapped_column(comment="Whose it is to see to it")
    said: Mapped[str] = mapped_column(comment="In plain English")
    due_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("contract_id", "kind", "occasion"),
        Index("ix_contract_notices_newest", "created_at", "id"),
        Index(
            "ix_contract_notices_open",
            "created_at",
            "id",
            postgresql_where=text("done_at IS NULL"),
        ),
        CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name="done_by_whom"),
    )
