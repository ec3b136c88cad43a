"""Runs of playbooks: steps, deadlines, escalations; what follows from them belongs to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = (
    "'billing.submit', 'board.add_item', 'board.archive_group', 'board.create',"
    " 'board.fit_items', 'board.watch', 'charge.create', 'chat.post', 'email.begun',"
    " 'email.complete', 'email.quote', 'email.recap'"
)
BEFORE = {
    "deliveries": {
        "kind": f"kind IN ({KINDS}, 'email.withdraw', 'hook.post', 'site.apply')",
        "one_owner": "num_nonnulls(plan_id, quote_id, contract_id) = 1",
    },
    "tasks": {"one_owner": "(plan_id IS NULL) <> (contract_id IS NULL)"},
    "approvals": {"subject_kind": "subject_kind IN ('contract_change', 'tier_quote')"},
}
AFTER = {
    "deliveries": {
        "kind": f"kind IN ({KINDS}, 'email.run', 'email.withdraw', 'hook.post', 'site.apply')",
        "one_owner": "num_nonnulls(plan_id, quote_id, contract_id, run_id) = 1",
    },
    "tasks": {"one_owner": "num_nonnulls(plan_id, contract_id, run_id) = 1"},
    "approvals": {
        "subject_kind": "subject_kind IN"
        " ('contract_change', 'run_deviation', 'run_step', 'tier_quote')"
    },
}
DEPENDENT = "SELECT id FROM deliveries WHERE run_id IS NOT NULL OR kind = 'email.run'"
TABLES = ("escalations", "run_deadlines", "run_steps", "runs", "playbook_texts")


def upgrade() -> None:
    """Make the tables, and let tasks, effects and approvals belong to runs."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    _playbook_texts()
    _runs()
    _run_steps()
    _run_deadlines()
    _escalations()
    for table in ("deliveries", "tasks"):
        key = sa.ForeignKey("runs.id", name=op.f(f"fk_{table}_run_id"))
        op.add_column(table, sa.Column("run_id", sa.Uuid(), key))
    op.create_index(
        "ix_deliveries_run_id",
        "deliveries",
        ["run_id", "created_at"],
        postgresql_where=sa.text("run_id IS NOT NULL"),
    )
    op.create_unique_constraint(op.f("uq_tasks_run_id_key"), "tasks", ["run_id", "key"])
    op.add_column(
        "staff",
        sa.Column(
            "territories",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Where this person takes turns",
        ),
    )
    op.create_index(
        "ix_audit_run",
        "audit",
        ["subject_id", "at", "id"],
        postgresql_where=sa.text("subject_kind = 'run'"),
    )
    _say_anew(AFTER)


def downgrade() -> None:
    """As it was; what belongs to runs goes."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(f"DELETE FROM attempts WHERE delivery_id IN ({DEPENDENT})")
    op.execute(f"DELETE FROM deliveries WHERE id IN ({DEPENDENT})")
    op.execute("DELETE FROM tasks WHERE run_id IS NOT NULL")
    op.execute("DELETE FROM approvals WHERE subject_kind IN ('run_step', 'run_deviation')")
    _say_anew(BEFORE)
    op.drop_index("ix_audit_run", table_name="audit")
    op.drop_column("staff", "territories")
    op.drop_constraint(op.f("uq_tasks_run_id_key"), "tasks", type_="unique")
    op.drop_index("ix_deliveries_run_id", table_name="deliveries")
    for table in ("deliveries", "tasks"):
        op.drop_column(table, "run_id")
    for table in TABLES:
        op.drop_table(table)


def _say_anew(checks: dict[str, dict[str, str]]) -> None:
    for table, conditions in checks.items():
        for name, condition in conditions.items():
            constraint = op.f(f"ck_{table}_{name}")
            op.drop_constraint(constraint, table, type_="check")
            op.create_check_constraint(constraint, table, condition)


def _playbook_texts() -> None:
    op.create_table(
        "playbook_texts",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column("playbook", sa.String(), nullable=False, comment="Its key"),
        sa.Column("playbook_version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False, comment="SHA-256 of key and text"),
        sa.Column("body", sa.String(), nullable=False, comment="The YAML"),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_texts")),
        sa.UniqueConstraint("digest", name=op.f("uq_playbook_texts_digest")),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.Column("playbook", sa.String(), nullable=False, comment="Its key"),
        sa.Column(
            "playbook_version",
            sa.Integer(),
            nullable=False,
            comment="The version that the run keeps",
        ),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column(
            "subject_ref",
            sa.String(),
            nullable=False,
            comment="What it is about, as others call it",
        ),
        sa.Column("client_id", sa.Uuid()),
        sa.Column("parent_id", sa.Uuid(), comment="The run that started it"),
        sa.Column(
            "cause",
            sa.String(),
            nullable=False,
            comment="What started it; the same starts none again",
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(), nullable=False),
        sa.Column("anchors", postgresql.JSONB(), nullable=False, comment="Instants, by anchor"),
        sa.Column(
            "stages",
            postgresql.JSONB(),
            nullable=False,
            comment="{key: {entered_at, closed_at, checked}}",
        ),
        sa.Column(
            "people",
            postgresql.JSONB(),
            nullable=False,
            comment="Ids of staff, by role or assignment",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.String(), comment="Why it was cancelled"),
        sa.CheckConstraint(
            "(state = 'running') = (ended_at IS NULL)", name=op.f("ck_runs_ended_when")
        ),
        sa.CheckConstraint(
            "state <> 'cancelled' OR reason IS NOT NULL", name=op.f("ck_runs_cancelled_why")
        ),
        sa.CheckConstraint(
            "state IN ('cancelled', 'completed', 'running')", name=op.f("ck_runs_state")
        ),
        sa.CheckConstraint(
            "subject_kind IN ('campaign', 'client', 'content', 'data_set', 'deal', 'event', 'lead', 'plan', 'playbook', 'report')",
            name=op.f("ck_runs_subject_kind"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_runs_client_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["runs.id"], name=op.f("fk_runs_parent_id")),
        sa.ForeignKeyConstraint(["text_id"], ["playbook_texts.id"], name=op.f("fk_runs_text_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("playbook", "cause", name=op.f("uq_runs_playbook_cause")),
    )
    op.create_index("ix_runs_newest", "runs", ["started_at", "id"])
    op.create_index("ix_runs_playbook", "runs", ["playbook", "started_at", "id"])
    op.create_index("ix_runs_subject", "runs", ["subject_ref", "started_at", "id"])


def _run_steps() -> None:
    op.create_table(
        "run_steps",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False, comment="Of the playbook's step"),
        sa.Column("position", sa.Integer(), nullable=False, comment="Order in the playbook"),
        sa.Column("role", sa.String(), nullable=False, comment="Who does it"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), comment="Null while its anchor is not known"
        ),
        sa.Column("assignee_id", sa.Uuid()),
        sa.Column("ready_at", sa.DateTime(timezone=True)),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), comment="When somebody first acted on it"
        ),
        sa.Column("blocked_at", sa.DateTime(timezone=True)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("executed_by_id", sa.Uuid()),
        sa.Column("executed_by", sa.String()),
        sa.Column("verified_by_id", sa.Uuid()),
        sa.Column("verified_by", sa.String()),
        sa.Column(
            "ticks", postgresql.JSONB(), nullable=False, comment="{number: {by, at, evidence}}"
        ),
        sa.Column(
            "answers", postgresql.JSONB(), nullable=False, comment="What its form was filled with"
        ),
        sa.Column("reason", sa.String(), comment="Why blocked, skipped, returned, refused"),
        sa.Column("returns", sa.Integer(), nullable=False, comment="Quality not accepted"),
        sa.Column(
            "reopenings", sa.Integer(), nullable=False, comment="To be done again after it was done"
        ),
        sa.Column("approval", sa.String(), comment="Of the step, where it needs one"),
        sa.Column("deviation", sa.String(), comment="Of doing it otherwise than written"),
        sa.CheckConstraint(
            "(state = 'blocked') = (blocked_at IS NOT NULL)", name=op.f("ck_run_steps_blocked_when")
        ),
        sa.CheckConstraint(
            "(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_run_steps_done_when")
        ),
        sa.CheckConstraint(
            "approval IN ('approved', 'refused', 'requested', 'voided')",
            name=op.f("ck_run_steps_approval"),
        ),
        sa.CheckConstraint(
            "deviation IN ('approved', 'refused', 'requested', 'voided')",
            name=op.f("ck_run_steps_deviation"),
        ),
        sa.CheckConstraint(
            "state IN ('awaiting_approval', 'blocked', 'done', 'in_review', 'left_out', 'ready', 'skipped', 'waiting')",
            name=op.f("ck_run_steps_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('blocked', 'skipped') OR reason IS NOT NULL",
            name=op.f("ck_run_steps_left_why"),
        ),
        sa.CheckConstraint(
            "verified_by_id IS NULL OR verified_by_id <> executed_by_id",
            name=op.f("ck_run_steps_second_person"),
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["staff.id"], name=op.f("fk_run_steps_assignee_id")
        ),
        sa.ForeignKeyConstraint(
            ["executed_by_id"], ["staff.id"], name=op.f("fk_run_steps_executed_by_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_steps_run_id")),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["staff.id"], name=op.f("fk_run_steps_verified_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_steps")),
        sa.UniqueConstraint("run_id", "key", name=op.f("uq_run_steps_run_id_key")),
    )


def _run_deadlines() -> None:
    op.create_table(
        "run_deadlines",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column(
            "step", sa.String(), nullable=False, comment="Key of the step; empty for the whole run"
        ),
        sa.Column("key", sa.String(), nullable=False, comment="Of the playbook's deadline"),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column(
            "begun_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("warn_at", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "tell", postgresql.ARRAY(sa.Text()), nullable=False, comment="Roles told at the warning"
        ),
        sa.Column(
            "rung_roles",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Who is told after it",
        ),
        sa.Column(
            "rung_ats",
            postgresql.ARRAY(sa.DateTime(timezone=True)),
            nullable=False,
            comment="When each of them is told",
        ),
        sa.Column("next_at", sa.DateTime(timezone=True), comment="The next of its instants"),
        sa.Column("warned_at", sa.DateTime(timezone=True)),
        sa.Column("breached_at", sa.DateTime(timezone=True)),
        sa.Column("rungs_raised", sa.Integer(), nullable=False),
        sa.Column(
            "ended_at", sa.DateTime(timezone=True), comment="Answered, done, or of no matter"
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR next_at IS NULL", name=op.f("ck_run_deadlines_over_is_over")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_deadlines_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_deadlines")),
    )
    op.create_index(
        "ix_run_deadlines_next",
        "run_deadlines",
        ["next_at"],
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("ix_run_deadlines_run_id", "run_deadlines", ["run_id"])
    op.create_index(
        "uq_run_deadlines_running",
        "run_deadlines",
        ["run_id", "step", "key"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _escalations() -> None:
    op.create_table(
        "escalations",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("deadline_id", sa.Uuid(), nullable=False),
        sa.Column(
            "step", sa.String(), nullable=False, comment="Key of the step; empty for the whole run"
        ),
        sa.Column("rung", sa.Integer(), nullable=False, comment="From 1, upwards"),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False, comment="The deadline that was missed"),
        sa.Column(
            "raised_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), comment="When the deadline ended"),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["run_deadlines.id"], name=op.f("fk_escalations_deadline_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_escalations_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
        sa.UniqueConstraint("deadline_id", "rung", name=op.f("uq_escalations_deadline_id_rung")),
    )
    op.create_index("ix_escalations_newest", "escalations", ["raised_at", "id"])
    op.create_index("ix_escalations_run_id", "escalations", ["run_id"])
