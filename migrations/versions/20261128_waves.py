"""What moving many plans at once needs: due plans in the sweeps' order, ids that keep an order."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# RFC 9562, section 5.7, for many rows of one statement: the millisecond is given, the 12 bits of
# `rand_a` are a place among the rows of one subject, and the rest is a hash of a random seed and
# the subject. Asking the system for random bits row by row costs more than inserting the row.
UUID7 = """
CREATE FUNCTION changeover_uuid7(at_ms bigint, place integer, subject text, seed bigint)
RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (
    lpad(to_hex(at_ms), 12, '0') || '7' || lpad(to_hex(place & 4095), 3, '0')
    || '8' || right(lpad(to_hex(hashtextextended(subject, seed)), 16, '0'), 15)
  )::uuid
$$
"""
DUE = {
    "ix_plans_window_due": ("window_opens_at", "state = 'scheduled'"),
    "ix_plans_live_due": ("live_at", "state = 'in_window'"),
}


def upgrade() -> None:
    """Order the plans of one instant by their ids in the indexes, and add the function."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    _index_due_plans("id")
    op.execute(UUID7)


def downgrade() -> None:
    """As it was."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP FUNCTION changeover_uuid7(bigint, integer, text, bigint)")
    _index_due_plans()


def _index_due_plans(*more: str) -> None:
    for name, (instant, condition) in DUE.items():
        op.drop_index(name, table_name="plans")
        op.create_index(name, "plans", [instant, *more], postgresql_where=sa.text(condition))
