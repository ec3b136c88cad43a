"""User tiers: whose an account is, and credits that are given by hand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column(
        "tier_accounts",
        sa.Column(
            "client_id",
            sa.Uuid(),
            sa.ForeignKey("clients.id"),
            nullable=True,
            comment="Whose it is; a change of users is written on this client's contract",
        ),
    )
    op.add_column(
        "tier_quotes",
        sa.Column(
            "credit",
            postgresql.JSONB(),
            nullable=True,
            comment="State of an approved credit, its evidence",
        ),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_column("tier_quotes", "credit")
    op.drop_column("tier_accounts", "client_id")
