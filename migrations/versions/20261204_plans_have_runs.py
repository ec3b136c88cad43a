"""A plan has a run of its playbook, whose steps are the plan's tasks."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BEFORE = "num_nonnulls(plan_id, contract_id, run_id, playbook_version_id) = 1"
AFTER = (
    "num_nonnulls(coalesce(plan_id, run_id), contract_id, playbook_version_id) = 1"
    " AND (plan_id IS NULL OR run_id IS NULL OR step IS NOT NULL)"
)


def upgrade() -> None:
    """Plans that began before have no run, and go on without one."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "plans",
        sa.Column(
            "run_id",
            sa.Uuid(),
            sa.ForeignKey("runs.id", name=op.f("fk_plans_run_id")),
            comment="Its run of the playbook, once it has begun",
        ),
    )
    op.create_unique_constraint(op.f("uq_plans_run_id"), "plans", ["run_id"])
    _owner(AFTER)


def downgrade() -> None:
    """The plans' steps are tasks of theirs alone again, and their runs go."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(
        "UPDATE tasks SET run_id = NULL, step = NULL, step_state = NULL, due_at = NULL,"
        " answers = NULL, checklist = (SELECT coalesce(jsonb_agg("
        " item - ARRAY['by', 'at', 'evidence'] ORDER BY n), '[]')"
        " FROM jsonb_array_elements(checklist) WITH ORDINALITY i(item, n)) WHERE plan_id IS NOT NULL AND run_id IS NOT NULL"
    )
    _owner(BEFORE)
    ended = "SELECT run_id FROM plans WHERE run_id IS NOT NULL"
    op.execute(f"CREATE TEMPORARY TABLE runs_of_plans ON COMMIT DROP AS {ended}")
    op.drop_constraint(op.f("uq_plans_run_id"), "plans", type_="unique")
    op.drop_column("plans", "run_id")
    for table in ("escalations", "run_deadlines"):
        op.execute(f"DELETE FROM {table} WHERE run_id IN (SELECT run_id FROM runs_of_plans)")
    op.execute("DELETE FROM runs WHERE id IN (SELECT run_id FROM runs_of_plans)")


def _owner(condition: str) -> None:
    op.drop_constraint(op.f("ck_tasks_one_owner"), "tasks", type_="check")
    op.create_check_constraint(op.f("ck_tasks_one_owner"), "tasks", condition)
