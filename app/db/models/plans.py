"""Upgrade plans: one run of the upgrade procedure for one signed agreement."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json
from app.domain.plan import OPEN_STATES, PlanState
from app.domain.readiness import CompleteEmailState


def sql_list(values: object) -> str:
    """The values of an enum, or some of them, as a list of SQL literals in a stable order."""
    return ", ".join(f"'{value}'" for value in sorted(map(str, values)))  # type: ignore[call-overload]


OPEN_PLAN = text(f"state IN ({sql_list(OPEN_STATES)})")


class Plan(Base):
    """An upgrade plan; `blockers` is kept in the transaction of the facts that it counts."""

    __tablename__ = "plans"

    id: Mapped[IdColumn]
    version: Mapped[int] = mapped_column(comment="Counts changes; the ETag")
    ref: Mapped[str] = mapped_column(unique=True, comment="Short name; the marker in every system")
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreements.id"), unique=True)
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    run_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("runs.id"), unique=True, comment="Its run of the playbook, once it has begun"
    )
    playbook_key: Mapped[str]
    playbook_version: Mapped[int] = mapped_column(comment="The version the plan was made with")
    state: Mapped[str]
    from_package: Mapped[str]
    to_package: Mapped[str]
    timezone: Mapped[str] = mapped_column(comment="The client's; the plan's days are counted in it")
    signed_at: Mapped[datetime]
    live_on: Mapped[date | None] = mapped_column(comment="A Monday in the client's zone")
    live_at: Mapped[datetime | None] = mapped_column(comment="First instant of live_on there")
    window_opens_at: Mapped[datetime | None] = mapped_column(
        comment="First instant of the Tuesday before, there"
    )
    flags: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    sales_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    support_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    marketing_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    staff_named: Mapped[Json] = mapped_column(
        default=dict, comment="E-mails of the event that nobody here has, by role"
    )
    notes: Mapped[str | None]
    review_reason: Mapped[str | None] = mapped_column(comment="Why a person must look")
    review_cause: Mapped[str | None] = mapped_column(
        comment="open_plan | facts_disagree; what may be resolved how"
    )
    queued_after_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("plans.id"), comment="Begins when this plan is live or cancelled"
    )
    merged_into_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("plans.id"), comment="The plan that took its agreement's terms"
    )
    amendment: Mapped[Json | None] = mapped_column(
        comment="Amended terms of the agreement that nobody has decided on"
    )
    begun_at: Mapped[datetime | None] = mapped_column(comment="When Begun was set off, once")
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]
    complete_email: Mapped[str] = mapped_column(default=CompleteEmailState.NOT_SENT.value)
    blockers: Mapped[int] = mapped_column(default=0, comment="What blocks going live, counted")
    released_at: Mapped[datetime | None] = mapped_column(
        comment="When a person let the billing changes go, where no person makes them"
    )
    released_by: Mapped[str | None]
    waits: Mapped[Json] = mapped_column(
        default=dict,
        server_default=text("'{}'::jsonb"),
        comment="What it waits for people to do, by name: since which instant",
    )
    went_live_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    board_ref: Mapped[str | None] = mapped_column(comment="Id of the board in its system")
    board_url: Mapped[str | None]
    board_state: Mapped[str] = mapped_column(
        default="none", comment="none | awaited | intended | filling | ready | by_hand"
    )
    board_read_at: Mapped[datetime | None] = mapped_column(
        comment="Real time; when the board was last looked for, or looked at while it filled"
    )
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(f"state IN ({sql_list(PlanState)})", name="state"),
        CheckConstraint(
            f"complete_email IN ({sql_list(CompleteEmailState)})", name="complete_email"
        ),
        CheckConstraint(
            "board_state IN ('none', 'awaited', 'intended', 'filling', 'ready', 'by_hand')",
            name="board_state",
        ),
        CheckConstraint("review_cause IN ('open_plan', 'facts_disagree')", name="review_cause"),
        CheckConstraint(
            "queued_after_id IS NULL OR state IN ('needs_review', 'cancelled')", name="queued"
        ),
        CheckConstraint("merged_into_id IS NULL OR state = 'cancelled'", name="merged"),
        CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL)", name="released_by_somebody"
        ),
        CheckConstraint("extract(isodow FROM live_on) = 1", name="live_on_is_a_monday"),
        CheckConstraint(
            "(live_on IS NULL) = (live_at IS NULL)"
            " AND (live_on IS NULL) = (window_opens_at IS NULL)",
            name="live_date_is_whole",
        ),
        CheckConstraint("window_opens_at < live_at", name="window_before_live"),
        CheckConstraint(
            "live_on IS NOT NULL OR state NOT IN "
            "('scheduled', 'in_window', 'missed', 'live', 'completed')",
            name="dated_states_have_a_date",
        ),
        CheckConstraint(
            "(went_live_at IS NOT NULL) = (state IN ('live', 'completed'))", name="went_live"
        ),
        CheckConstraint("went_live_at >= live_at", name="never_live_early"),
        CheckConstraint("blockers >= 0", name="blockers"),
        Index("uq_plans_one_open_a_client", "client_id", unique=True, postgresql_where=OPEN_PLAN),
        Index("ix_plans_newest", "created_at", "id"),
        Index("ix_plans_client_id", "client_id", "created_at"),
        Index(
            "ix_plans_window_due",
            "window_opens_at",
            "id",
            postgresql_where=text("state = 'scheduled'"),
        ),
        Index("ix_plans_live_due", "live_at", "id", postgresql_where=text("state = 'in_window'")),
        Index(
            "ix_plans_queued_after_id",
            "queued_after_id",
            postgresql_where=text("queued_after_id IS NOT NULL"),
        ),
        Index(
            "uq_plans_board_ref",
            "board_ref",
            unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index(
            "ix_plans_board_unread",
            "board_read_at",
            postgresql_where=text("board_state IN ('awaited', 'filling')"),
        ),
    )
