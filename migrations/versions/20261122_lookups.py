"""Indexes for what is asked often: a board's plan, boards that fill, stuck effects, a plan's events."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_index("ix_plans_board_ref", "plans", ["board_ref"])
    op.create_index(
        "ix_plans_board_filling",
        "plans",
        ["board_read_at"],
        postgresql_where=sa.text("board_state = 'filling'"),
    )
    op.create_index(
        "ix_deliveries_stuck",
        "deliveries",
        ["created_at", "id"],
        postgresql_where=sa.text("state IN ('failed', 'parked')"),
    )
    op.create_index("ix_inbound_events_plan_id", "inbound_events", ["plan_id", "received_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_inbound_events_plan_id", table_name="inbound_events")
    op.drop_index("ix_deliveries_stuck", table_name="deliveries")
    op.drop_index("ix_plans_board_filling", table_name="plans")
    op.drop_index("ix_plans_board_ref", table_name="plans")
