"""Contracts, their lines, changes and money; approvals, and what people are told of contracts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.create_table(
        "approvals",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.Column("subject_kind", sa.String(), nullable=False, comment="What waits for it"),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("role", sa.String(), nullable=False, comment="Role of the staff who decide"),
        sa.Column("said", sa.String(), nullable=False, comment="What is asked, in plain English"),
        sa.Column(
            "facts",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What the question rests on",
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("decided_by_id", sa.UUID(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state <> 'refused' OR reason IS NOT NULL", name=op.f("ck_approvals_refused_why")
        ),
        sa.CheckConstraint(
            "state IN ('approved', 'refused', 'requested', 'voided')",
            name=op.f("ck_approvals_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'refused') OR decided_by_id IS NOT NULL",
            name=op.f("ck_approvals_by_a_person"),
        ),
        sa.CheckConstraint(
            "subject_kind IN ('contract_change')", name=op.f("ck_approvals_subject_kind")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff.id"], name=op.f("fk_approvals_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_newest", "approvals", ["created_at", "id"], unique=False)
    op.create_index("ix_approvals_subject", "approvals", ["subject_id"], unique=False)
    op.create_index(
        "uq_approvals_one_open",
        "approvals",
        ["subject_id", "role"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False, comment="ISO 4217, of every line"),
        sa.Column(
            "period", sa.String(), nullable=False, comment="How often it is billed, in advance"
        ),
        sa.Column(
            "anchor_day",
            sa.Integer(),
            nullable=False,
            comment="0 (Monday) to 6 for weeks, else 1 to 31",
        ),
        sa.Column("anchor_month", sa.Integer(), nullable=True, comment="Of quarters and years"),
        sa.Column(
            "starts_on", sa.Date(), nullable=False, comment="First day, in the client's zone"
        ),
        sa.Column(
            "term_ends_on",
            sa.Date(),
            nullable=False,
            comment="The day after the term's last; 9999-12-31 where nobody said",
        ),
        sa.Column(
            "ends_on", sa.Date(), nullable=False, comment="First day that is not served any more"
        ),
        sa.Column("renewal", sa.String(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column(
            "term_day", sa.Integer(), nullable=True, comment="Day of the month on which terms begin"
        ),
        sa.Column(
            "order_ref", sa.String(), nullable=True, comment="The agreement that it came from"
        ),
        sa.Column("predecessor_id", sa.UUID(), nullable=True),
        sa.Column("successor_id", sa.UUID(), nullable=True),
        sa.Column(
            "unpaid_from",
            sa.Date(),
            nullable=True,
            comment="Bills of this day or later are known to be unpaid",
        ),
        sa.Column("is_terminated", sa.Boolean(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "basis IN ('actual_days', 'thirty_days')", name=op.f("ck_contracts_basis")
        ),
        sa.CheckConstraint(
            "period IN ('month', 'quarter', 'week', 'year')", name=op.f("ck_contracts_period")
        ),
        sa.CheckConstraint(
            "renewal IN ('automatic', 'manual', 'none')", name=op.f("ck_contracts_renewal")
        ),
        sa.CheckConstraint("anchor_day BETWEEN 0 AND 31", name=op.f("ck_contracts_anchor_day")),
        sa.CheckConstraint("anchor_month BETWEEN 1 AND 12", name=op.f("ck_contracts_anchor_month")),
        sa.CheckConstraint(
            "ends_on BETWEEN starts_on AND term_ends_on", name=op.f("ck_contracts_ends_in_its_term")
        ),
        sa.CheckConstraint("notice_days BETWEEN 0 AND 3660", name=op.f("ck_contracts_notice")),
        sa.CheckConstraint(
            "starts_on < term_ends_on", name=op.f("ck_contracts_ends_after_it_starts")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_contracts_client_id")),
        sa.ForeignKeyConstraint(
            ["predecessor_id"], ["contracts.id"], name=op.f("fk_contracts_predecessor_id")
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["contracts.id"], name=op.f("fk_contracts_successor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.UniqueConstraint("predecessor_id", name=op.f("uq_contracts_predecessor_id")),
    )
    op.create_index("ix_contracts_client_id", "contracts", ["client_id", "starts_on"], unique=False)
    op.create_index(
        "ix_contracts_ending",
        "contracts",
        ["ends_on"],
        unique=False,
        postgresql_where=sa.text("successor_id IS NULL"),
    )
    op.create_index("ix_contracts_newest", "contracts", ["created_at", "id"], unique=False)
    op.create_table(
        "contract_products",
        sa.Column(
            "no",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="Counts contracts' products",
        ),
        sa.Column("contract_id", sa.UUID(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_products_contract_id")
        ),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_contract_products")),
        sa.UniqueConstraint(
            "contract_id", "product", name=op.f("uq_contract_products_contract_id_product")
        ),
    )
    op.create_table(
        "contract_changes",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Counts changes of it; the ETag"
        ),
        sa.Column("contract_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False, comment="When it was agreed"),
        sa.Column("effective_on", sa.Date(), nullable=False, comment="First day of the new state"),
        sa.Column("billing_from", sa.Date(), nullable=False, comment="First day of the new price"),
        sa.Column(
            "entered_on",
            sa.Date(),
            nullable=False,
            comment="In the client's zone; what is past counts so",
        ),
        sa.Column(
            "order",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What was asked for, whole",
        ),
        sa.Column(
            "policy",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="By which rules it is reckoned",
        ),
        sa.Column(
            "base",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The line of each edited product as it was found",
        ),
        sa.Column(
            "draft",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What it came to when it was signed, or in force",
        ),
        sa.Column(
            "order_ref", sa.String(), nullable=True, comment="The agreement that it came from"
        ),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("supersedes_id", sa.UUID(), nullable=True),
        sa.Column(
            "successor_id",
            sa.UUID(),
            nullable=True,
            comment="The contract that it opens; made when it is in force",
        ),
        sa.Column(
            "plan_id", sa.UUID(), nullable=True, comment="The upgrade plan that carries it out"
        ),
        sa.Column(
            "reason", sa.String(), nullable=True, comment="Why it was stopped, refused or withdrawn"
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "reinstated_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a termination was undone before it was in force",
        ),
        sa.CheckConstraint(
            "(state = 'in_force') = (in_force_at IS NOT NULL)",
            name=op.f("ck_contract_changes_in_force_when"),
        ),
        sa.CheckConstraint(
            "kind IN ('downgrade', 'recast', 'renewal', 'termination', 'upgrade')",
            name=op.f("ck_contract_changes_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('awaiting_approval', 'conflicted', 'draft', 'failed', 'in_force', 'scheduled', 'superseded', 'withdrawn')",
            name=op.f("ck_contract_changes_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('conflicted', 'failed') OR reason IS NOT NULL",
            name=op.f("ck_contract_changes_stopped_why"),
        ),
        sa.CheckConstraint(
            "billing_from >= effective_on",
            name=op.f("ck_contract_changes_billing_not_before_service"),
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_changes_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_contract_changes_plan_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["contract_changes.id"],
            name=op.f("fk_contract_changes_supersedes_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_changes")),
    )
    op.create_index(
        "ix_contract_changes_contract_id",
        "contract_changes",
        ["contract_id", "effective_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_contract_changes_due",
        "contract_changes",
        ["effective_on"],
        unique=False,
        postgresql_where=sa.text("state IN ('awaiting_approval', 'scheduled') AND plan_id IS NULL"),
    )
    op.create_index("ix_contract_changes_plan_id", "contract_changes", ["plan_id"], unique=False)
    op.create_index(
        "uq_contract_changes_order_ref",
        "contract_changes",
        ["order_ref"],
        unique=True,
        postgresql_where=sa.text(
            "order_ref IS NOT NULL AND plan_id IS NULL AND state NOT IN ('withdrawn', 'superseded')"
        ),
    )
    op.create_table(
        "account_credits",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column(
            "contract_id", sa.UUID(), nullable=True, comment="Against whose bills it goes, if any's"
        ),
        sa.Column("change_id", sa.UUID(), nullable=False),
        sa.Column("money_minor", sa.BigInteger(), nullable=False, comment="Minor units"),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("available_on", sa.Date(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.CheckConstraint("money_minor > 0", name=op.f("ck_account_credits_money")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["contract_changes.id"], name=op.f("fk_account_credits_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_account_credits_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_account_credits_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_credits")),
    )
    op.create_index(
        op.f("ix_account_credits_client_id"), "account_credits", ["client_id"], unique=False
    )
    op.create_index(
        op.f("ix_account_credits_contract_id"), "account_credits", ["contract_id"], unique=False
    )
    op.create_table(
        "contract_lines",
        sa.Column(
            "id",
            sa.UUID(),
            nullable=False,
            comment="Made from its change and product, so that it is the same again",
        ),
        sa.Column("contract_id", sa.UUID(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("product", sa.String(), nullable=False, comment="Key of the product"),
        sa.Column("title", sa.String(), nullable=False, comment="What sentences call it"),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False, comment="Minor units"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("anchor_day", sa.Integer(), nullable=False),
        sa.Column("anchor_month", sa.Integer(), nullable=True),
        sa.Column(
            "days",
            postgresql.DATERANGE(),
            nullable=False,
            comment="On which it is in force, half-open, in the client's zone",
        ),
        sa.Column("billed_from", sa.Date(), nullable=False, comment="Day of its first bill"),
        sa.Column("billed_to", sa.Date(), nullable=False, comment="No bill on this day or later"),
        sa.Column(
            "until",
            sa.Date(),
            nullable=False,
            comment="The end that was planned; no bill pays further",
        ),
        sa.Column("discount_percent", sa.Numeric(precision=7, scale=4), nullable=True),
        sa.Column("discount_minor", sa.BigInteger(), nullable=True, comment="Minor units"),
        sa.Column("discount_once", sa.Boolean(), nullable=False, comment="Off the first bill only"),
        sa.Column(
            "ahead",
            postgresql.DATERANGE(),
            nullable=True,
            comment="Days before its first bill that its change was paid for",
        ),
        sa.Column("ahead_minor", sa.BigInteger(), nullable=True, comment="With how much"),
        sa.Column("opened_by_id", sa.UUID(), nullable=True),
        sa.Column("ended_by_id", sa.UUID(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(product_no, product_no, '[]')"), "&&"),
            (sa.column("days"), "&&"),
            using="gist",
            name="ex_contract_lines_one_a_product",
        ),
        sa.CheckConstraint(
            "kind IN ('one_time', 'recurring')", name=op.f("ck_contract_lines_kind")
        ),
        sa.CheckConstraint(
            "period IN ('month', 'quarter', 'week', 'year')", name=op.f("ck_contract_lines_period")
        ),
        sa.CheckConstraint(
            "(ahead IS NULL) = (ahead_minor IS NULL)",
            name=op.f("ck_contract_lines_ahead_has_money"),
        ),
        sa.CheckConstraint("NOT isempty(days)", name=op.f("ck_contract_lines_has_days")),
        sa.CheckConstraint("discount_minor > 0", name=op.f("ck_contract_lines_discount_amount")),
        sa.CheckConstraint(
            "discount_percent > 0 AND discount_percent <= 100",
            name=op.f("ck_contract_lines_discount_percent"),
        ),
        sa.CheckConstraint(
            "discount_percent IS NULL OR discount_minor IS NULL",
            name=op.f("ck_contract_lines_one_kind_of_discount"),
        ),
        sa.CheckConstraint(
            "product_no < 9223372036854775807", name=op.f("ck_contract_lines_product_no")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_contract_lines_quantity")),
        sa.CheckConstraint(
            "unit_price_minor >= 0", name=op.f("ck_contract_lines_price_is_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_lines_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["contract_changes.id"], name=op.f("fk_contract_lines_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["contract_changes.id"], name=op.f("fk_contract_lines_opened_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_no"], ["contract_products.no"], name=op.f("fk_contract_lines_product_no")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_lines")),
    )
    op.create_index(
        "ix_contract_lines_contract_id", "contract_lines", ["contract_id"], unique=False
    )
    op.create_table(
        "contract_notices",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.Column("contract_id", sa.UUID(), nullable=False),
        sa.Column("change_id", sa.UUID(), nullable=True),
        sa.Column(
            "kind", sa.String(), nullable=False, comment="renewal_ahead, change_conflicted, ..."
        ),
        sa.Column(
            "occasion", sa.String(), nullable=False, comment="Tells it from the others of its kind"
        ),
        sa.Column("role", sa.String(), nullable=False, comment="Whose it is to see to it"),
        sa.Column("said", sa.String(), nullable=False, comment="In plain English"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_contract_notices_done_by_whom")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["contract_changes.id"], name=op.f("fk_contract_notices_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_notices_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_notices")),
        sa.UniqueConstraint(
            "contract_id",
            "kind",
            "occasion",
            name=op.f("uq_contract_notices_contract_id_kind_occasion"),
        ),
    )
    op.create_index(
        "ix_contract_notices_newest", "contract_notices", ["created_at", "id"], unique=False
    )
    op.create_index(
        "ix_contract_notices_open",
        "contract_notices",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "contract_rows",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("contract_id", sa.UUID(), nullable=False),
        sa.Column("change_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="Order within its change"),
        sa.Column(
            "line_id",
            sa.UUID(),
            nullable=True,
            comment="The line it was reckoned on; one that ended on its first day is kept nowhere",
        ),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False, comment="The day of the bill that it is on"),
        sa.Column(
            "money_minor", sa.BigInteger(), nullable=False, comment="Minor units, not negative"
        ),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column(
            "is_held",
            sa.Boolean(),
            nullable=False,
            comment="Waits until the bill it credits is paid",
        ),
        sa.Column(
            "against_successor",
            sa.Boolean(),
            nullable=False,
            comment="Goes against the bills of the contract that follows",
        ),
        sa.Column("days", sa.Integer(), nullable=True, comment="Days reckoned, by the basis"),
        sa.Column(
            "of_days", sa.Integer(), nullable=True, comment="Days of the whole period, by the basis"
        ),
        sa.Column("price_minor", sa.BigInteger(), nullable=True, comment="Of the whole period"),
        sa.Column("span", postgresql.DATERANGE(), nullable=True, comment="The days reckoned"),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("rounding", sa.String(), nullable=False, comment="Once, to the minor unit"),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.CheckConstraint(
            "basis IN ('actual_days', 'thirty_days')", name=op.f("ck_contract_rows_basis")
        ),
        sa.CheckConstraint("kind IN ('charge', 'credit')", name=op.f("ck_contract_rows_kind")),
        sa.CheckConstraint(
            "purpose IN ('adjustment', 'change', 'discount', 'one_time', 'period', 'stated_credit')",
            name=op.f("ck_contract_rows_purpose"),
        ),
        sa.CheckConstraint("rounding = 'half_up'", name=op.f("ck_contract_rows_rounding")),
        sa.CheckConstraint(
            "(days IS NULL) = (of_days IS NULL) AND (days IS NULL) = (price_minor IS NULL) AND (days IS NULL) = (span IS NULL)",
            name=op.f("ck_contract_rows_reckoned_whole"),
        ),
        sa.CheckConstraint("money_minor >= 0", name=op.f("ck_contract_rows_money_is_not_negative")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["contract_changes.id"], name=op.f("fk_contract_rows_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_rows_contract_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_rows")),
        sa.UniqueConstraint(
            "change_id",
            "contract_id",
            "position",
            name=op.f("uq_contract_rows_change_id_contract_id_position"),
        ),
    )
    op.create_index(
        "ix_contract_rows_contract_id", "contract_rows", ["contract_id", "due_on"], unique=False
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_contract_rows_contract_id", table_name="contract_rows")
    op.drop_table("contract_rows")
    op.drop_index(
        "ix_contract_notices_open",
        table_name="contract_notices",
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_index("ix_contract_notices_newest", table_name="contract_notices")
    op.drop_table("contract_notices")
    op.drop_index("ix_contract_lines_contract_id", table_name="contract_lines")
    op.drop_table("contract_lines")
    op.drop_index(op.f("ix_account_credits_contract_id"), table_name="account_credits")
    op.drop_index(op.f("ix_account_credits_client_id"), table_name="account_credits")
    op.drop_table("account_credits")
    op.drop_index(
        "uq_contract_changes_order_ref",
        table_name="contract_changes",
        postgresql_where=sa.text(
            "order_ref IS NOT NULL AND plan_id IS NULL AND state NOT IN ('withdrawn', 'superseded')"
        ),
    )
    op.drop_index("ix_contract_changes_plan_id", table_name="contract_changes")
    op.drop_index(
        "ix_contract_changes_due",
        table_name="contract_changes",
        postgresql_where=sa.text("state IN ('awaiting_approval', 'scheduled') AND plan_id IS NULL"),
    )
    op.drop_index("ix_contract_changes_contract_id", table_name="contract_changes")
    op.drop_table("contract_changes")
    op.drop_table("contract_products")
    op.drop_index("ix_contracts_newest", table_name="contracts")
    op.drop_index(
        "ix_contracts_ending",
        table_name="contracts",
        postgresql_where=sa.text("successor_id IS NULL"),
    )
    op.drop_index("ix_contracts_client_id", table_name="contracts")
    op.drop_table("contracts")
    op.drop_index(
        "uq_approvals_one_open",
        table_name="approvals",
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.drop_index("ix_approvals_subject", table_name="approvals")
    op.drop_index("ix_approvals_newest", table_name="approvals")
    op.drop_table("approvals")
