"""Contracts have tasks and outside effects of their own, and events go to subscribers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BEFORE = {
    "kind": "kind IN ('billing.submit', 'board.add_item', 'board.archive_group', 'board.create',"
    " 'board.fit_items', 'board.watch', 'charge.create', 'chat.post', 'email.begun',"
    " 'email.complete', 'email.quote', 'email.recap', 'email.withdraw', 'site.apply')",
    "system": "system IN ('billing', 'google_chat', 'helpscout', 'monday', 'provisioning',"
    " 'stripe')",
}
AFTER = {
    "kind": "kind IN ('billing.submit', 'board.add_item', 'board.archive_group', 'board.create',"
    " 'board.fit_items', 'board.watch', 'charge.create', 'chat.post', 'email.begun',"
    " 'email.complete', 'email.quote', 'email.recap', 'email.withdraw', 'hook.post', 'site.apply')",
    "system": "system IN ('billing', 'google_chat', 'helpscout', 'hooks', 'monday',"
    " 'provisioning', 'stripe')",
}
DEPENDENT = "SELECT id FROM deliveries WHERE contract_id IS NOT NULL OR kind = 'hook.post'"


def upgrade() -> None:
    """Add the columns, say anew what a row may belong to, and make the table of hooks."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    _hooks()
    _tasks()
    for name, table in (("contract_id", "contracts"), ("hook_id", "hooks")):
        comment = "The subscription that an event goes to" if name == "hook_id" else None
        key = sa.ForeignKey(f"{table}.id", name=op.f(f"fk_deliveries_{name}"))
        op.add_column("deliveries", sa.Column(name, sa.Uuid(), key, comment=comment))
    op.create_index(
        "ix_deliveries_contract_id",
        "deliveries",
        ["contract_id", "created_at"],
        postgresql_where=sa.text("contract_id IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_hook_id",
        "deliveries",
        ["hook_id"],
        postgresql_where=sa.text("hook_id IS NOT NULL"),
    )
    owner = "num_nonnulls(plan_id, quote_id, contract_id) = 1"
    _say_anew("deliveries", "one_owner", owner)
    _vocabulary(AFTER)
    op.create_check_constraint(
        op.f("ck_deliveries_event_has_a_hook"),
        "deliveries",
        "(kind = 'hook.post') = (hook_id IS NOT NULL)",
    )


def downgrade() -> None:
    """As it was; what belongs to contracts and hooks goes."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(f"DELETE FROM attempts WHERE delivery_id IN ({DEPENDENT})")
    op.execute(f"DELETE FROM deliveries WHERE id IN ({DEPENDENT})")
    op.execute("DELETE FROM outside_systems WHERE system = 'hooks'")
    op.drop_constraint(op.f("ck_deliveries_event_has_a_hook"), "deliveries", type_="check")
    _vocabulary(BEFORE)
    _say_anew("deliveries", "one_owner", "(plan_id IS NULL) <> (quote_id IS NULL)")
    op.drop_index("ix_deliveries_hook_id", table_name="deliveries")
    op.drop_index("ix_deliveries_contract_id", table_name="deliveries")
    op.drop_column("deliveries", "hook_id")
    op.drop_column("deliveries", "contract_id")
    op.execute("DELETE FROM tasks WHERE contract_id IS NOT NULL")
    for index in ("ix_tasks_change_id", "ix_tasks_newest"):
        op.drop_index(index, table_name="tasks")
    for name in ("one_owner", "change_of_its_contract"):
        op.drop_constraint(op.f(f"ck_tasks_{name}"), "tasks", type_="check")
    op.drop_constraint(op.f("uq_tasks_contract_id_key"), "tasks", type_="unique")
    for column in ("created_at", "change_id", "contract_id"):
        op.drop_column("tasks", column)
    op.alter_column("tasks", "plan_id", nullable=False)
    op.drop_table("hooks")


def _vocabulary(checks: dict[str, str]) -> None:
    for name, condition in checks.items():
        _say_anew("deliveries", name, condition)
    _say_anew("outside_systems", "system", checks["system"])


def _say_anew(table: str, name: str, condition: str) -> None:
    constraint = op.f(f"ck_{table}_{name}")
    op.drop_constraint(constraint, table, type_="check")
    op.create_check_constraint(constraint, table, condition)


def _tasks() -> None:
    op.alter_column("tasks", "plan_id", nullable=True)
    for name, table, comment in (
        ("contract_id", "contracts", None),
        ("change_id", "contract_changes", "The change of the contract that made it"),
    ):
        key = sa.ForeignKey(f"{table}.id", name=op.f(f"fk_tasks_{name}"))
        op.add_column("tasks", sa.Column(name, sa.Uuid(), key, comment=comment))
    op.add_column(
        "tasks",
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Real time",
        ),
    )
    op.create_unique_constraint(op.f("uq_tasks_contract_id_key"), "tasks", ["contract_id", "key"])
    op.create_check_constraint(
        op.f("ck_tasks_one_owner"), "tasks", "(plan_id IS NULL) <> (contract_id IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_tasks_change_of_its_contract"),
        "tasks",
        "change_id IS NULL OR contract_id IS NOT NULL",
    )
    op.create_index("ix_tasks_newest", "tasks", ["created_at", "id"])
    op.create_index(
        "ix_tasks_change_id",
        "tasks",
        ["change_id"],
        postgresql_where=sa.text("change_id IS NOT NULL"),
    )


def _hooks() -> None:
    op.create_table(
        "hooks",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column(
            "target_url",
            sa.String(),
            nullable=False,
            comment="Whoever has it may call it: a secret",
        ),
        sa.Column(
            "events",
            postgresql.JSONB(),
            nullable=False,
            comment="Types, or all of a kind: contract.*",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_because", sa.String()),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_because IS NULL)", name=op.f("ck_hooks_ended_why")
        ),
        sa.CheckConstraint("jsonb_array_length(events) > 0", name=op.f("ck_hooks_of_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hooks")),
    )
    op.create_index(
        "ix_hooks_newest",
        "hooks",
        ["created_at", "id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
