"""Subscribers that are down: each is held off by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "subscriber_circuits",
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0", comment="In a row"),
        sa.Column("opened_at", sa.DateTime(timezone=True), comment="Since when it counts as down"),
        sa.Column("probe_at", sa.DateTime(timezone=True), comment="When one attempt may try it"),
        sa.Column(
            "probes",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="Attempts that tried it in vain since it went down",
        ),
        sa.Column("last_failure", sa.String(), comment="What the newest failure was"),
        sa.CheckConstraint(
            "(opened_at IS NULL) = (probe_at IS NULL)",
            name=op.f("ck_subscriber_circuits_down_is_probed"),
        ),
        sa.ForeignKeyConstraint(
            ["hook_id"], ["hooks.id"], name=op.f("fk_subscriber_circuits_hook_id")
        ),
        sa.PrimaryKeyConstraint("hook_id", name=op.f("pk_subscriber_circuits")),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_table("subscriber_circuits")
