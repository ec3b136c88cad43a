"""What comes round for playbooks is seen to once; who reads a version late is told so once."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STATES = "'awaiting_approval', 'in_force', {}'refused', 'scheduled', 'superseded', 'withdrawn'"
BEFORE = f"state IN ({STATES.format('')})"
AFTER = "state IN ({})".format(STATES.format("'of_the_file', "))
OF_FILES = "SELECT id FROM playbook_versions WHERE state = 'of_the_file'"
DEPENDENT = f"SELECT id FROM deliveries WHERE playbook_version_id IN ({OF_FILES})"


def upgrade() -> None:
    """Make the table, and let versions of the catalog's files own what is told of them."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.create_table(
        "playbook_rounds",
        sa.Column("playbook", sa.String(), nullable=False, comment="Its key"),
        sa.Column(
            "playbook_version",
            sa.Integer(),
            nullable=False,
            comment="The version that was in force then",
        ),
        sa.Column(
            "since",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="From when that counts; reviews count from it",
        ),
        sa.Column(
            "looked_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock; what came until then was seen to",
        ),
        sa.PrimaryKeyConstraint("playbook", name=op.f("pk_playbook_rounds")),
    )
    op.add_column(
        "playbook_acknowledgements",
        sa.Column(
            "reminded_at",
            sa.DateTime(timezone=True),
            comment="When it was late, and they and the owner were told",
        ),
    )
    _may_be(AFTER)


def downgrade() -> None:
    """As it was; what was told of versions of files goes."""
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(f"DELETE FROM attempts WHERE delivery_id IN ({DEPENDENT})")
    op.execute(f"DELETE FROM deliveries WHERE id IN ({DEPENDENT})")
    op.execute(f"DELETE FROM tasks WHERE playbook_version_id IN ({OF_FILES})")
    op.execute("DELETE FROM playbook_versions WHERE state = 'of_the_file'")
    _may_be(BEFORE)
    op.drop_column("playbook_acknowledgements", "reminded_at")
    op.drop_table("playbook_rounds")


def _may_be(condition: str) -> None:
    constraint = op.f("ck_playbook_versions_state")
    op.drop_constraint(constraint, "playbook_versions", type_="check")
    op.create_check_constraint(constraint, "playbook_versions", condition)
