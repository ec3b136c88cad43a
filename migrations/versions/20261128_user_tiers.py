"""User tiers: accounts that pay by users, quotes, and outside effects that belong to a quote."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = {
    "kind": "kind IN ('billing.submit', 'board.add_item', 'board.archive_group', 'board.create',"
    " 'board.fit_items', 'board.watch', 'chat.post', 'email.begun', 'email.complete',"
    " 'email.withdraw')",
    "system": "system IN ('billing', 'google_chat', 'helpscout', 'monday')",
}
AFTER = {
    "kind": "kind IN ('billing.submit', 'board.add_item', 'board.archive_group', 'board.create',"
    " 'board.fit_items', 'board.watch', 'charge.create', 'chat.post', 'email.begun',"
    " 'email.complete', 'email.quote', 'email.recap', 'email.withdraw', 'site.apply')",
    "system": "system IN ('billing', 'google_chat', 'helpscout', 'monday', 'provisioning',"
    " 'stripe')",
}
STATES = (
    "'accepted', 'applied', 'charged', 'closed', 'confirmed', 'declined', 'expired', 'quoted',"
    " 'requested', 'stale'"
)
OUTCOMES = "'custom_pricing', 'needs_review', 'quoted', 'refused', 'unchanged'"
APPLICATION_CLOCK = "The application's clock"
CONTACT = "Who is written to: name, email, language"
PAYMENT = "Vendor ids of the card on file, never its number"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    _accounts()
    _quotes()
    op.alter_column("deliveries", "plan_id", nullable=True)
    op.add_column("deliveries", sa.Column("quote_id", sa.Uuid(), sa.ForeignKey("tier_quotes.id")))
    op.create_index("ix_deliveries_quote_id", "deliveries", ["quote_id", "created_at"])
    op.create_check_constraint(
        op.f("ck_deliveries_one_owner"),
        "deliveries",
        "(plan_id IS NULL) <> (quote_id IS NULL)",
    )
    _vocabulary(AFTER)
    _say_anew("approvals", "subject_kind", "subject_kind IN ('contract_change', 'tier_quote')")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(
        "DELETE FROM attempts WHERE delivery_id IN"
        " (SELECT id FROM deliveries WHERE quote_id IS NOT NULL)"
    )
    op.execute("DELETE FROM deliveries WHERE quote_id IS NOT NULL")
    op.execute("DELETE FROM outside_systems WHERE system IN ('provisioning', 'stripe')")
    op.execute("DELETE FROM approvals WHERE subject_kind = 'tier_quote'")
    _say_anew("approvals", "subject_kind", "subject_kind IN ('contract_change')")
    _vocabulary(BEFORE)
    op.drop_constraint(op.f("ck_deliveries_one_owner"), "deliveries", type_="check")
    op.drop_index("ix_deliveries_quote_id", table_name="deliveries")
    op.drop_column("deliveries", "quote_id")
    op.alter_column("deliveries", "plan_id", nullable=False)
    op.drop_table("tier_quotes")
    op.drop_table("tier_accounts")


def _vocabulary(checks: dict[str, str]) -> None:
    for name, condition in checks.items():
        _say_anew("deliveries", name, condition)
    _say_anew("outside_systems", "system", checks["system"])


def _say_anew(table: str, name: str, condition: str) -> None:
    constraint = op.f(f"ck_{table}_{name}")
    op.drop_constraint(constraint, table, type_="check")
    op.create_check_constraint(constraint, table, condition)


def _json(name: str, comment: str | None = None, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), nullable=nullable, comment=comment)


def _at(name: str, comment: str | None = None, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def _accounts() -> None:
    op.create_table(
        "tier_accounts",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column(
            "ref", sa.String(), nullable=False, comment="The account's number in the billing"
        ),
        _json("facts", "Band, price, contract, billing date, site"),
        _json("contact", CONTACT),
        _json("payment", PAYMENT),
        _at("created_at", APPLICATION_CLOCK, nullable=False),
        _at("updated_at", APPLICATION_CLOCK, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_accounts")),
        sa.UniqueConstraint("ref", name=op.f("uq_tier_accounts_ref")),
    )
    op.create_index("ix_tier_accounts_newest", "tier_accounts", ["created_at", "id"])
    op.create_index(
        "ix_tier_accounts_email",
        "tier_accounts",
        [sa.text("lower(contact ->> 'email'::text)")],
    )


def _quotes() -> None:
    op.create_table(
        "tier_quotes",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column("policy", sa.String(), nullable=False, comment="Key of the pricing policy"),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), comment="Code of why it has no price, or has ended"),
        _json("account", "The account's facts, as they were reckoned with"),
        _json("asked", "The request"),
        _json("quote", "The reckoning, frozen"),
        _json("contact", CONTACT),
        _json("payment", PAYMENT),
        _json("sources", "Where the contract facts were read"),
        sa.Column(
            "source",
            sa.String(),
            nullable=False,
            comment="How it came: api, tier-request, helpscout",
        ),
        sa.Column("conversation_ref", sa.String(), comment="Answers go back into this one"),
        sa.Column("site_key", sa.String(), comment="Database and site id, as one text"),
        _json("approvals", "By kind: state, by whom, why, when"),
        _json("charge", "State of the charge, and its evidence", nullable=True),
        _json("application", "State in the client's system", nullable=True),
        _json("letters", "State of the two e-mails: costs, recap"),
        sa.Column("waits", sa.String(), comment="Code of what a person has to do now"),
        sa.Column("requested_on", sa.Date(), nullable=False),
        _at("expires_at", "Without a yes it has expired then", nullable=False),
        _at("created_at", APPLICATION_CLOCK, nullable=False),
        _at("answered_at"),
        _at("charged_at"),
        sa.Column("apply_on", sa.Date(), comment="A decrease waits for this day"),
        _at("applied_at"),
        _at("confirmed_at"),
        _at("alerted_at", "People were told that it is stuck"),
        sa.Column("superseded_by", sa.Uuid(), comment="The quote that took its place"),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_tier_quotes_state")),
        sa.CheckConstraint(f"outcome IN ({OUTCOMES})", name=op.f("ck_tier_quotes_outcome")),
        sa.CheckConstraint(
            "state NOT IN ('quoted', 'accepted', 'charged', 'applied', 'confirmed')"
            " OR outcome = 'quoted'",
            name=op.f("ck_tier_quotes_only_a_price_goes_on"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('charged', 'applied', 'confirmed') OR charged_at IS NOT NULL",
            name=op.f("ck_tier_quotes_charged_before_applied"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["tier_accounts.id"], name=op.f("fk_tier_quotes_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_quotes")),
    )
    op.create_index("ix_tier_quotes_newest", "tier_quotes", ["created_at", "id"])
    op.create_index("ix_tier_quotes_account_id", "tier_quotes", ["account_id", "created_at"])
    op.create_index("ix_tier_quotes_site_key", "tier_quotes", ["site_key", "applied_at"])
    op.create_index(
        "ix_tier_quotes_expiring",
        "tier_quotes",
        ["expires_at"],
        postgresql_where=sa.text("state = 'quoted'"),
    )
    op.create_index(
        "ix_tier_quotes_waiting",
        "tier_quotes",
        ["created_at", "id"],
        postgresql_where=sa.text("waits IS NOT NULL"),
    )
    op.create_index(
        "ix_tier_quotes_under_way",
        "tier_quotes",
        ["charged_at"],
        postgresql_where=sa.text("state IN ('accepted', 'charged', 'applied')"),
    )
