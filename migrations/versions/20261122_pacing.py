"""Outside systems that are paused, down or asked too much: what all workers share about them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables, and what a delivery that waits for its system keeps."""
    op.create_table(
        "outside_systems",
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), comment="When a person stopped it"),
        sa.Column("paused_by", sa.String()),
        sa.Column("paused_because", sa.String()),
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
            "system IN ('billing', 'google_chat', 'helpscout', 'monday')",
            name=op.f("ck_outside_systems_system"),
        ),
        sa.CheckConstraint(
            "(paused_at IS NULL) = (paused_by IS NULL)"
            " AND (paused_at IS NULL) = (paused_because IS NULL)",
            name=op.f("ck_outside_systems_paused_by_somebody"),
        ),
        sa.CheckConstraint(
            "(opened_at IS NULL) = (probe_at IS NULL)",
            name=op.f("ck_outside_systems_down_is_probed"),
        ),
        sa.PrimaryKeyConstraint("system", name=op.f("pk_outside_systems")),
    )
    op.create_table(
        "vendor_budgets",
        sa.Column("name", sa.String(), nullable=False, comment="system/limit, or system/space"),
        sa.Column(
            "level",
            sa.Float(),
            nullable=False,
            comment="Tokens left; below zero, promised to a queue",
        ),
        sa.Column(
            "filled_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Real time to which it was filled up",
        ),
        sa.Column(
            "left_alone_until",
            sa.DateTime(timezone=True),
            comment="Real time until which the vendor asked to be asked nothing",
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_vendor_budgets")),
    )
    op.create_table(
        "restore_epochs",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column(
            "began_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Real time at which the restored database was taken into use",
        ),
        sa.Column(
            "ends_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Real time until which each new effect is looked up before it is sent",
        ),
        sa.Column("unsettled", sa.Integer(), nullable=False, comment="Deliveries to look up"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restore_epochs")),
    )
    for column in (
        sa.Column(
            "paced_at",
            sa.DateTime(timezone=True),
            comment="Real time at which the vendor's budget has its token",
        ),
        sa.Column(
            "held_at",
            sa.DateTime(timezone=True),
            comment="Real time since which it waits, without a job, for its system",
        ),
        sa.Column(
            "crashes",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="Attempts in a row that ended without a word",
        ),
    ):
        op.add_column("deliveries", column)
    op.add_column(
        "inbound_events",
        sa.Column(
            "tries",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="Times it was begun without a word of the end",
        ),
    )
    op.create_index(
        "ix_deliveries_held",
        "deliveries",
        ["system", "held_at"],
        postgresql_where=sa.text("held_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Take it all back."""
    op.drop_index("ix_deliveries_held", "deliveries")
    op.drop_column("inbound_events", "tries")
    op.drop_column("deliveries", "crashes")
    op.drop_column("deliveries", "held_at")
    op.drop_column("deliveries", "paced_at")
    op.drop_table("restore_epochs")
    op.drop_table("vendor_budgets")
    op.drop_table("outside_systems")
