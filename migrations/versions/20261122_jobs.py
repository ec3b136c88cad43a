"""The job queue's own tables, ids made in SQL, and the guard of the audit trail."""

from pathlib import Path
from typing import Any

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"

# RFC 9562, section 5.7: 48 bits of milliseconds, version and variant, the rest random. Postgres 15
# has no uuidv7() of its own; set-based inserts need one.
UUID7 = """
CREATE FUNCTION changeover_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(
    set_bit(
      set_bit(
        overlay(
          uuid_send(gen_random_uuid())
          PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
          FROM 1 FOR 6
        ),
        52, 1
      ),
      53, 1
    ),
    'hex'
  )::uuid
$$
"""

# Sealing fills in the links of an entry once; nothing else may change or remove one.
GUARD = """
CREATE FUNCTION changeover_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.number IS NULL
     AND (to_jsonb(NEW) - '{number,previous_hash,hash}'::text[])
       = (to_jsonb(OLD) - '{number,previous_hash,hash}'::text[]) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'restrict_violation';
END
$$
"""
TRIGGER = """
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit
FOR EACH ROW EXECUTE FUNCTION changeover_audit_guard()
"""
EMPTYING = """
CREATE TRIGGER audit_guard_emptying BEFORE TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION changeover_audit_guard()
"""


def _run_file(name: str) -> None:
    """Run a file of several statements: the driver's prepared statements take only one."""
    sql = (SQL / name).read_text()
    if op.get_context().as_sql:
        op.execute(sql)
        return
    op.execute("SELECT 1")  # the driver begins its transaction at the first statement
    dbapi: Any = op.get_bind().connection.dbapi_connection
    dbapi.run_async(lambda connection: connection.execute(sql))


def upgrade() -> None:
    """Install the queue and the functions."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    _run_file("pgqueuer_1_6.sql")
    op.execute(UUID7)
    op.execute(GUARD)
    op.execute(TRIGGER)
    op.execute(EMPTYING)


def downgrade() -> None:
    """Remove them."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP TRIGGER audit_guard_emptying ON audit")
    op.execute("DROP TRIGGER audit_guard ON audit")
    op.execute("DROP FUNCTION changeover_audit_guard()")
    op.execute("DROP FUNCTION changeover_uuid7()")
    _run_file("pgqueuer_1_6_down.sql")
    op.execute("DROP SCHEMA IF EXISTS jobs")
