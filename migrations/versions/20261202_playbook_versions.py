"""Versions of playbooks that are proposed here, and who has read the one in force."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BEFORE = {
    "deliveries": {"one_owner": "num_nonnulls(plan_id, quote_id, contract_id, run_id) = 1"},
    "tasks": {"one_owner": "num_nonnulls(plan_id, contract_id, run_id) = 1"},
    "approvals": {
        "subject_kind": "subject_kind IN"
        " ('contract_change', 'run_deviation', 'run_step', 'tier_quote')"
    },
}
AFTER = {
    "deliveries": {
        "one_owner": "num_nonnulls(plan_id, quote_id, contract_id, run_id, playbook_version_id) = 1"
    },
    "tasks": {"one_owner": "num_nonnulls(plan_id, contract_id, run_id, playbook_version_id) = 1"},
    "approvals": {
        "subject_kind": "subject_kind IN"
        " ('contract_change', 'playbook_version', 'run_deviation', 'run_step', 'tier_quote')"
    },
}
DEPENDENT = "SELECT id FROM deliveries WHERE playbook_version_id IS NOT NULL"


def upgrade() -> None:
    """Make the tables, and let tasks, effects and approvals belong to versions."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    _playbook_versions()
    _playbook_acknowledgements()
    for table in ("deliveries", "tasks"):
        key = sa.ForeignKey("playbook_versions.id", name=op.f(f"fk_{table}_playbook_version_id"))
        op.add_column(table, sa.Column("playbook_version_id", sa.Uuid(), key))
    op.create_unique_constraint(
        op.f("uq_tasks_playbook_version_id_key"), "tasks", ["playbook_version_id", "key"]
    )
    op.add_column(
        "runs",
        sa.Column(
            "stays_before",
            sa.Integer(),
            comment="The version of the playbook to which it could not move",
        ),
    )
    op.add_column("runs", sa.Column("stays_because", sa.String(), comment="What it lacks for that"))
    op.create_index(
        "ix_deliveries_playbook_version_id",
        "deliveries",
        ["playbook_version_id"],
        postgresql_where=sa.text("playbook_version_id IS NOT NULL"),
    )
    op.create_index(
        "ix_runs_open",
        "runs",
        ["playbook", "playbook_version"],
        postgresql_where=sa.text("state = 'running'"),
    )
    _say_anew(AFTER)


def downgrade() -> None:
    """As it was; what belongs to versions goes, and runs stay on the texts that they keep."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(f"DELETE FROM attempts WHERE delivery_id IN ({DEPENDENT})")
    op.execute(f"DELETE FROM deliveries WHERE id IN ({DEPENDENT})")
    op.execute("DELETE FROM tasks WHERE playbook_version_id IS NOT NULL")
    op.execute("DELETE FROM approvals WHERE subject_kind = 'playbook_version'")
    _say_anew(BEFORE)
    op.drop_index("ix_runs_open", table_name="runs")
    op.drop_index("ix_deliveries_playbook_version_id", table_name="deliveries")
    op.drop_column("runs", "stays_because")
    op.drop_column("runs", "stays_before")
    op.drop_constraint(op.f("uq_tasks_playbook_version_id_key"), "tasks", type_="unique")
    for table in ("deliveries", "tasks"):
        op.drop_column(table, "playbook_version_id")
    op.drop_table("playbook_acknowledgements")
    op.drop_table("playbook_versions")


def _say_anew(checks: dict[str, dict[str, str]]) -> None:
    for table, conditions in checks.items():
        for name, condition in conditions.items():
            constraint = op.f(f"ck_{table}_{name}")
            op.drop_constraint(constraint, table, type_="check")
            op.create_check_constraint(constraint, table, condition)


def _playbook_versions() -> None:
    op.create_table(
        "playbook_versions",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.Column("playbook", sa.String(), nullable=False, comment="Its key"),
        sa.Column("playbook_version", sa.Integer(), nullable=False, comment="The version's number"),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("change", sa.String(), nullable=False, comment="What is changed, and why"),
        sa.Column(
            "impact", sa.String(), nullable=False, comment="What that means for people and runs"
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False, comment="In the organisation's zone"),
        sa.Column(
            "open_runs", sa.String(), nullable=False, comment="Whether open runs finish or move"
        ),
        sa.Column(
            "acknowledge",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Roles whose people must have read it",
        ),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column(
            "proposed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("in_force_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True), comment="Superseded, refused, withdrawn"),
        sa.Column("reason", sa.String(), comment="Why it was refused or withdrawn"),
        sa.CheckConstraint(
            "state IN ('awaiting_approval', 'in_force', 'refused', 'scheduled', 'superseded', 'withdrawn')",
            name=op.f("ck_playbook_versions_state"),
        ),
        sa.CheckConstraint(
            "open_runs IN ('finish', 'move')", name=op.f("ck_playbook_versions_open_runs")
        ),
        sa.CheckConstraint(
            "state <> 'in_force' OR in_force_at IS NOT NULL",
            name=op.f("ck_playbook_versions_in_force_when"),
        ),
        sa.CheckConstraint(
            "(state IN ('superseded', 'refused', 'withdrawn')) = (ended_at IS NOT NULL)",
            name=op.f("ck_playbook_versions_ended_when"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'withdrawn') OR reason IS NOT NULL",
            name=op.f("ck_playbook_versions_ended_why"),
        ),
        sa.ForeignKeyConstraint(
            ["text_id"], ["playbook_texts.id"], name=op.f("fk_playbook_versions_text_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_versions")),
        sa.UniqueConstraint(
            "playbook",
            "playbook_version",
            name=op.f("uq_playbook_versions_playbook_playbook_version"),
        ),
    )
    op.create_index(
        "uq_playbook_versions_in_force",
        "playbook_versions",
        ["playbook"],
        unique=True,
        postgresql_where=sa.text("state = 'in_force'"),
    )


def _playbook_acknowledgements() -> None:
    op.create_table(
        "playbook_acknowledgements",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column(
            "asked_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["playbook_versions.id"],
            name=op.f("fk_playbook_acknowledgements_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_playbook_acknowledgements_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playbook_acknowledgements")),
        sa.UniqueConstraint(
            "version_id", "staff_id", name=op.f("uq_playbook_acknowledgements_version_id_staff_id")
        ),
    )
    op.create_index(
        "ix_playbook_acknowledgements_staff_id", "playbook_acknowledgements", ["staff_id"]
    )
