"""The day on which a change of the bill was made, in the zone that the client was in then."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DAY = """
UPDATE adjustments SET carried_out_on = (carried_out_at AT TIME ZONE plans.timezone)::date
FROM plans WHERE plans.id = adjustments.plan_id AND carried_out_at IS NOT NULL
"""


def upgrade() -> None:
    """What was made before counts in the zone of today: no other is known."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "adjustments",
        sa.Column(
            "carried_out_on",
            sa.Date(),
            nullable=True,
            comment="That day in the zone that the client was in then; another zone moves it no "
            "more",
        ),
    )
    op.execute(DAY)
    op.create_check_constraint(
        op.f("ck_adjustments_carried_out_on_a_day"),
        "adjustments",
        "(carried_out_at IS NULL) = (carried_out_on IS NULL)",
    )


def downgrade() -> None:
    """As it was."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_constraint(op.f("ck_adjustments_carried_out_on_a_day"), "adjustments", type_="check")
    op.drop_column("adjustments", "carried_out_on")
