"""Timers belong to plans or to other runs."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let timers be of a run that is no plan's."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.alter_column("timers", "plan_id", nullable=True)
    op.add_column(
        "timers",
        sa.Column("run_id", sa.Uuid(), sa.ForeignKey("runs.id", name=op.f("fk_timers_run_id"))),
    )
    op.create_check_constraint(
        op.f("ck_timers_one_owner"), "timers", "num_nonnulls(plan_id, run_id) = 1"
    )
    op.create_unique_constraint(
        op.f("uq_timers_run_id_moment_fires_at"), "timers", ["run_id", "moment", "fires_at"]
    )


def downgrade() -> None:
    """Timers of plans alone; those of other runs go."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM timers WHERE run_id IS NOT NULL")
    op.drop_constraint(op.f("uq_timers_run_id_moment_fires_at"), "timers", type_="unique")
    op.drop_constraint(op.f("ck_timers_one_owner"), "timers", type_="check")
    op.drop_column("timers", "run_id")
    op.alter_column("timers", "plan_id", nullable=False)
