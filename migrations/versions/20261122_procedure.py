"""What goes wrong and what changes: reviews, reversals, waivers, releases, a second person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BEFORE = {
    ("deliveries", "kind"): "kind IN ('board.add_item', 'board.archive_group', 'board.create',"
    " 'board.fit_items', 'board.watch', 'chat.post', 'email.begun', 'email.complete',"
    " 'email.withdraw')",
    ("deliveries", "system"): "system IN ('google_chat', 'helpscout', 'monday')",
    ("tasks", "kind"): "kind IN ('adjustment', 'effect', 'follow_up', 'setup')",
    ("plans", "board_state"): "board_state IN ('none', 'intended', 'filling', 'ready', 'by_hand')",
}
AFTER = {
    ("deliveries", "kind"): "kind IN ('billing.submit', 'board.add_item', 'board.archive_group',"
    " 'board.create', 'board.fit_items', 'board.watch', 'chat.post', 'email.begun',"
    " 'email.complete', 'email.withdraw')",
    ("deliveries", "system"): "system IN ('billing', 'google_chat', 'helpscout', 'monday')",
    ("tasks", "kind"): "kind IN ('adjustment', 'effect', 'follow_up', 'reversal', 'setup')",
    ("plans", "board_state"): "board_state IN"
    " ('none', 'awaited', 'intended', 'filling', 'ready', 'by_hand')",
}
NEW = {
    ("plans", "review_cause"): "review_cause IN ('open_plan', 'facts_disagree')",
    ("plans", "queued"): "queued_after_id IS NULL OR state IN ('needs_review', 'cancelled')",
    ("plans", "released_by_somebody"): "(released_at IS NULL) = (released_by IS NULL)",
    ("adjustments", "reversal_of_what_was_carried_out"): "reversal IS NULL OR"
    " (reversal IN ('wanted', 'done') AND state IN ('submitted', 'confirmed', 'uncertain'))",
    ("adjustments", "waived_money"): "waived_by IS NULL OR"
    " (state = 'voided' AND kind IN ('charge', 'credit'))",
    ("tasks", "reversal"): "(kind = 'reversal') = (reverses_id IS NOT NULL)",
    ("tasks", "reversed_with_evidence"): "kind <> 'reversal' OR state <> 'done'"
    " OR evidence IS NOT NULL",
}
ONCE = "kind IN ('cancel_service', 'start_service')"


def upgrade() -> None:
    """Add the columns, widen the vocabularies, and hold the new rules."""
    for column in (
        sa.Column(
            "review_cause",
            sa.String(),
            comment="open_plan | facts_disagree; what may be resolved how",
        ),
        sa.Column(
            "queued_after_id",
            sa.Uuid(),
            sa.ForeignKey("plans.id"),
            comment="Begins when this plan is live or cancelled",
        ),
        sa.Column(
            "amendment",
            postgresql.JSONB(),
            comment="Amended terms of the agreement that nobody has decided on",
        ),
        sa.Column(
            "released_at",
            sa.DateTime(timezone=True),
            comment="When a person let the billing changes go, where no person makes them",
        ),
        sa.Column("released_by", sa.String()),
        sa.Column(
            "overdue_told_on",
            sa.Date(),
            comment="Day of the organisation on which its overdue tasks were last told",
        ),
    ):
        op.add_column("plans", column)
    for column in (
        sa.Column(
            "seconded_at",
            sa.DateTime(timezone=True),
            comment="When a second person agreed to a step that cannot be undone",
        ),
        sa.Column("seconded_by", sa.String()),
        sa.Column(
            "waived_by",
            sa.String(),
            comment="Who waived a left-over amount; its days count as settled",
        ),
        sa.Column(
            "reversal",
            sa.String(),
            comment="wanted | done: it was carried out for a date or terms that hold no more",
        ),
    ):
        op.add_column("adjustments", column)
    for column in (
        sa.Column(
            "reverses_id",
            sa.Uuid(),
            sa.ForeignKey("adjustments.id"),
            comment="The adjustment that ticking puts back",
        ),
        sa.Column(
            "evidence",
            postgresql.JSONB(),
            comment="{reference, note} of what was put back in billing",
        ),
    ):
        op.add_column("tasks", column)
    op.alter_column(
        "plans", "board_state", comment="none | awaited | intended | filling | ready | by_hand"
    )
    _replace_checks(AFTER)
    for (table, name), condition in NEW.items():
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.drop_index("uq_adjustments_once_a_service", "adjustments")
    _index_once(f"{ONCE} AND reversal IS NULL")
    op.create_index(
        "ix_plans_queued_after_id",
        "plans",
        ["queued_after_id"],
        postgresql_where=sa.text("queued_after_id IS NOT NULL"),
    )
    op.create_index(
        "ix_tasks_reverses_id",
        "tasks",
        ["reverses_id"],
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )


def downgrade() -> None:
    """Take it all back."""
    op.drop_index("ix_tasks_reverses_id", "tasks")
    op.drop_index("ix_plans_queued_after_id", "plans")
    op.drop_index("uq_adjustments_once_a_service", "adjustments")
    _index_once(ONCE)
    for table, name in NEW:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    _replace_checks(BEFORE)
    op.alter_column("plans", "board_state", comment="none | intended | filling | ready | by_hand")
    for table, columns in (
        ("tasks", ("evidence", "reverses_id")),
        ("adjustments", ("reversal", "waived_by", "seconded_by", "seconded_at")),
        (
            "plans",
            (
                "overdue_told_on",
                "released_by",
                "released_at",
                "amendment",
                "queued_after_id",
                "review_cause",
            ),
        ),
    ):
        for column in columns:
            op.drop_column(table, column)


def _replace_checks(checks: dict[tuple[str, str], str]) -> None:
    for (table, name), condition in checks.items():
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _index_once(condition: str) -> None:
    op.create_index(
        "uq_adjustments_once_a_service",
        "adjustments",
        ["plan_id", "kind", "service"],
        unique=True,
        postgresql_where=sa.text(condition),
    )
