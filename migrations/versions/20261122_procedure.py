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
    ("plans", "merged"): "merged_into_id IS NULL OR state = 'cancelled'",
    ("timers", "fired_when"): "(state = 'fired') = (fired_at IS NOT NULL)",
    ("plans", "released_by_somebody"): "(released_at IS NULL) = (released_by IS NULL)",
    ("adjustments", "reversal_of_what_was_carried_out"): "reversal IS NULL OR"
    " (reversal IN ('wanted', 'done') AND state IN ('submitted', 'confirmed', 'uncertain'))",
    ("adjustments", "waived_money"): "waived_by IS NULL OR"
    " (state = 'voided' AND kind IN ('charge', 'credit'))",
    ("tasks", "reversal"): "(kind = 'reversal') = (reverses_id IS NOT NULL)",
    ("tasks", "reversed_with_evidence"): "kind <> 'reversal' OR state <> 'done'"
    " OR evidence IS NOT NULL",
}
LOOKED_AT = "Real time; when the board was last looked for, or looked at while it filled"
SUBMISSIONS = {
    "ix_adjustments_to_submit": "mode = 'hook' AND state = 'due'",
    "ix_adjustments_submitted": "state = 'submitted'",
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
            "merged_into_id",
            sa.Uuid(),
            sa.ForeignKey("plans.id"),
            comment="The plan that took its agreement's terms",
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
    ):
        op.add_column("plans", column)
    for column in (
        sa.Column(
            "seconded_at",
            sa.DateTime(timezone=True),
            comment="When a second person agreed to a step that cannot be undone",
        ),
        sa.Column("seconded_by_id", sa.Uuid(), sa.ForeignKey("staff.id")),
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
    op.add_column(
        "agreements",
        sa.Column(
            "staff",
            postgresql.JSONB(),
            nullable=False,
            server_default=sa.text("'{}'::jsonb"),
            comment="E-mails of the people whom it names, by role",
        ),
    )
    op.add_column(
        "inbound_events",
        sa.Column(
            "occurred_at",
            sa.DateTime(timezone=True),
            comment="When it happened, as it says itself; never after it was received",
        ),
    )
    _index_what_concerns_a_client()
    _remind_from_now_on()
    op.alter_column(
        "plans", "board_state", comment="none | awaited | intended | filling | ready | by_hand"
    )
    op.alter_column("plans", "board_read_at", comment=LOOKED_AT)
    op.alter_column("plans", "timezone", comment="The client's; the plan's days are counted in it")
    op.alter_column("clients", "country", comment="ISO 3166-1 alpha-2; else as it was given")
    op.drop_index("ix_plans_board_ref", "plans")
    op.drop_index("ix_plans_board_filling", "plans")
    op.create_index(
        "uq_plans_board_ref",
        "plans",
        ["board_ref"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_index(
        "ix_plans_board_unread",
        "plans",
        ["board_read_at"],
        postgresql_where=sa.text("board_state IN ('awaited', 'filling')"),
    )
    _replace_checks(AFTER)
    for (table, name), condition in NEW.items():
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.drop_index("uq_adjustments_once_a_service", "adjustments")
    _index_once(f"{ONCE} AND reversal IS NULL AND state <> 'voided'")
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
    for name, condition in SUBMISSIONS.items():
        op.create_index(name, "adjustments", ["plan_id"], postgresql_where=sa.text(condition))


def downgrade() -> None:
    """Take it all back."""
    for name in SUBMISSIONS:
        op.drop_index(name, "adjustments")
    op.drop_index("ix_inbound_events_client_email", "inbound_events")
    op.drop_index("ix_inbound_events_client_ref", "inbound_events")
    op.drop_index("ix_audit_client", "audit")
    op.drop_index("ix_tasks_reverses_id", "tasks")
    op.drop_index("ix_plans_queued_after_id", "plans")
    op.drop_index("uq_adjustments_once_a_service", "adjustments")
    _index_once(ONCE)
    op.drop_index("ix_plans_board_unread", "plans")
    op.drop_index("uq_plans_board_ref", "plans")
    op.create_index("ix_plans_board_ref", "plans", ["board_ref"])
    op.create_index(
        "ix_plans_board_filling",
        "plans",
        ["board_read_at"],
        postgresql_where=sa.text("board_state = 'filling'"),
    )
    op.alter_column(
        "plans", "board_read_at", comment="Real time; when a filling board was last looked at"
    )
    op.alter_column("clients", "country", comment="ISO 3166-1 alpha-2")
    op.alter_column("plans", "timezone", comment="The client's zone when the plan was made")
    for table, name in NEW:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    _replace_checks(BEFORE)
    op.alter_column("plans", "board_state", comment="none | intended | filling | ready | by_hand")
    op.alter_column("timers", "moment", comment="A moment of the playbook")
    for table, columns in (
        ("timers", ("fired_at",)),
        ("inbound_events", ("occurred_at",)),
        ("agreements", ("staff",)),
        ("tasks", ("evidence", "reverses_id")),
        ("adjustments", ("reversal", "waived_by", "seconded_by_id", "seconded_at")),
        (
            "plans",
            (
                "waits",
                "released_by",
                "released_at",
                "amendment",
                "merged_into_id",
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


def _remind_from_now_on() -> None:
    """Timers say when they fired; every open plan is looked at once, and gets its reminders."""
    op.add_column(
        "plans",
        sa.Column(
            "waits",
            postgresql.JSONB(),
            nullable=False,
            server_default=sa.text("'{}'::jsonb"),
            comment="What it waits for people to do, by name: since which instant",
        ),
    )
    op.add_column(
        "timers",
        sa.Column(
            "fired_at",
            sa.DateTime(timezone=True),
            comment="When it was told; what came due until then is said",
        ),
    )
    op.alter_column("timers", "moment", comment="Key of the playbook's reminder")
    op.execute("UPDATE timers SET fired_at = fires_at WHERE state = 'fired'")
    # A timer that no reminder belongs to says nothing, but its plan is looked at when it fires.
    op.execute(
        "INSERT INTO timers (id, plan_id, moment, fires_at, state)"
        " SELECT gen_random_uuid(), id, 'look', created_at, 'waiting' FROM plans"
        " WHERE state NOT IN ('completed', 'cancelled')"
    )


def _index_what_concerns_a_client() -> None:
    op.create_index(
        "ix_audit_client",
        "audit",
        ["subject_id", "at", "id"],
        postgresql_where=sa.text("subject_kind = 'client'"),
    )
    for name, value in (
        ("ref", "((document -> 'client'::text) ->> 'ref'::text)"),
        ("email", "lower((document -> 'client'::text) ->> 'email'::text)"),
    ):
        op.create_index(
            f"ix_inbound_events_client_{name}",
            "inbound_events",
            [sa.text(value)],
            postgresql_where=sa.text("agreement_ref IS NOT NULL"),
        )


def _index_once(condition: str) -> None:
    op.create_index(
        "uq_adjustments_once_a_service",
        "adjustments",
        ["plan_id", "kind", "service"],
        unique=True,
        postgresql_where=sa.text(condition),
    )
