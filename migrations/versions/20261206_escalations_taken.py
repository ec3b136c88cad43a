"""Escalations that somebody took on."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add who took an escalation on, and when."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    for column in (
        sa.Column("taken_at", sa.DateTime(timezone=True), comment="When somebody took it on"),
        sa.Column("taken_by", sa.String()),
        sa.Column(
            "taken_by_id",
            sa.Uuid(),
            sa.ForeignKey("staff.id", name=op.f("fk_escalations_taken_by_id")),
        ),
        sa.Column("taken_note", sa.String(), comment="What they said of it"),
    ):
        op.add_column("escalations", column)
    op.create_check_constraint(
        op.f("ck_escalations_taken_by_whom"),
        "escalations",
        "(taken_at IS NULL) = (taken_by IS NULL)",
    )


def downgrade() -> None:
    """As it was."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    for column in ("taken_note", "taken_by_id", "taken_by", "taken_at"):
        op.drop_column("escalations", column)
