"""Indexes hold what is looked for in them: open tasks by their plan, and no entries for nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OPEN = "state NOT IN ('done', 'skipped')"
ONLY_WHERE_SET = (
    ("ix_audit_plan_id", "audit", ["plan_id", "at", "id"]),
    ("ix_deliveries_quote_id", "deliveries", ["quote_id", "created_at"]),
)
NUMBER = "uq_audit_number"


def upgrade() -> None:
    """Add the one, and leave rows out of the others that nobody finds by them.

    A table's indexes are built while it is held against writing: as long as the table is long.
    """
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_index("ix_tasks_open", "tasks", ["plan_id"], postgresql_where=sa.text(OPEN))
    for name, table, columns in ONLY_WHERE_SET:
        is_set = sa.text(f"{columns[0]} IS NOT NULL")
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, postgresql_where=is_set)
    op.drop_constraint(NUMBER, "audit")
    sealed = sa.text("number IS NOT NULL")
    op.create_index(NUMBER, "audit", ["number"], unique=True, postgresql_where=sealed)


def downgrade() -> None:
    """As it was."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index(NUMBER, table_name="audit")
    op.create_unique_constraint(NUMBER, "audit", ["number"])
    for name, table, columns in ONLY_WHERE_SET:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns)
    op.drop_index("ix_tasks_open", table_name="tasks")
