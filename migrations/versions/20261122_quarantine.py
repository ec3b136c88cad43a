"""An index of the events that are quarantined: the first page of the console tells of them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_index(
        "ix_inbound_events_quarantined",
        "inbound_events",
        ["received_at", "id"],
        postgresql_where=sa.text("status = 'quarantined'"),
    )


def downgrade() -> None:
    op.drop_index("ix_inbound_events_quarantined", table_name="inbound_events")
