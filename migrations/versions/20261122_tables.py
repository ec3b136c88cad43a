"""Every table of the upgrade procedure, with the constraints that refuse what must not be."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.create_table(
        "audit",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column(
            "at", sa.DateTime(timezone=True), nullable=False, comment="The application's clock"
        ),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column(
            "action",
            sa.String(),
            nullable=False,
            comment="Past tense: plan.created, task.completed",
        ),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column(
            "number",
            sa.BigInteger(),
            nullable=True,
            comment="Place in the chain; null until sealed",
        ),
        sa.Column("previous_hash", sa.String(), nullable=True),
        sa.Column("hash", sa.String(), nullable=True, comment="SHA-256 link to the entry before"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("number", name=op.f("uq_audit_number")),
    )
    op.create_index("ix_audit_newest", "audit", ["at", "id"], unique=False)
    op.create_index("ix_audit_plan_id", "audit", ["plan_id", "at", "id"], unique=False)
    op.create_index(
        "ix_audit_unsealed",
        "audit",
        ["id"],
        unique=False,
        postgresql_where=sa.text("number IS NULL"),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("ref", sa.String(), nullable=True, comment="Id in the agreements' system"),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False, comment="Lower case; where e-mails go"),
        sa.Column(
            "timezone",
            sa.String(),
            nullable=False,
            comment="IANA name; the client's days are counted in it",
        ),
        sa.Column("country", sa.String(), nullable=True, comment="ISO 3166-1 alpha-2"),
        sa.Column(
            "region",
            sa.String(),
            nullable=True,
            comment="Subdivision, as holiday calendars name it",
        ),
        sa.Column("language", sa.String(), nullable=False, comment="Of the dates in e-mails"),
        sa.Column(
            "package", sa.String(), nullable=True, comment="Key of the package they have today"
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("ref", name=op.f("uq_clients_ref")),
    )
    op.create_index(
        "ix_clients_email", "clients", [sa.literal_column("lower(email)")], unique=False
    )
    op.create_table(
        "idempotency_keys",
        sa.Column(
            "actor_id",
            sa.Text(),
            nullable=False,
            comment="Whose key it is: two callers may use the same one",
        ),
        sa.Column("key", sa.Text(), nullable=False, comment="As the caller gave it"),
        sa.Column(
            "fingerprint",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 over method, path, query and body",
        ),
        sa.Column("status", sa.SmallInteger(), nullable=False, comment="HTTP status of the answer"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="The answer, byte for byte"),
        sa.Column(
            "headers",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The headers that belong to the answer",
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was answered"
        ),
        sa.CheckConstraint("status BETWEEN 200 AND 299", name=op.f("ck_idempotency_keys_status")),
        sa.PrimaryKeyConstraint("actor_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False
    )
    op.create_table(
        "sandbox_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="Always 1"),
        sa.Column(
            "ahead_by", sa.Interval(), nullable=False, comment="Application time less real time"
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_sandbox_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sandbox_clock")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("name", sa.String(), nullable=False, comment="As colleagues read it"),
        sa.Column(
            "email", sa.String(), nullable=False, comment="Lower case; events name people by it"
        ),
        sa.Column("role", sa.String(), nullable=False, comment="A role of the playbooks"),
        sa.Column("active", sa.Boolean(), nullable=False, comment="Gets new work"),
        sa.Column(
            "refs",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Ids in outside systems, by system: {'monday': '501'}",
        ),
        sa.Column(
            "last_assigned_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When this person last got work in turn",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
    )
    op.create_index(
        "ix_staff_turn",
        "staff",
        ["role", "last_assigned_at"],
        unique=False,
        postgresql_where=sa.text("active"),
    )
    op.create_index("uq_staff_email", "staff", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "agreements",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column(
            "ref", sa.String(), nullable=False, comment="The agreement's number in its system"
        ),
        sa.Column(
            "provider", sa.String(), nullable=True, comment="The e-sign system, where it is told"
        ),
        sa.Column(
            "kind",
            sa.String(),
            nullable=False,
            comment="What the agreement is about; `upgrade` here",
        ),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column(
            "from_package",
            sa.String(),
            nullable=False,
            comment="Key of the package left, as agreed",
        ),
        sa.Column("to_package", sa.String(), nullable=False, comment="Key of the package taken"),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "live_on_text", sa.String(), nullable=True, comment="The live date as it was written"
        ),
        sa.Column("document_url", sa.String(), nullable=True),
        sa.Column("total_minor", sa.BigInteger(), nullable=True, comment="Minor units"),
        sa.Column("currency", sa.String(), nullable=True, comment="ISO 4217"),
        sa.Column(
            "services",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="How the client's services are billed, as the event told",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(total_minor IS NULL) = (currency IS NULL)",
            name=op.f("ck_agreements_total_has_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_agreements_client_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("ref", name=op.f("uq_agreements_ref")),
    )
    op.create_index(op.f("ix_agreements_client_id"), "agreements", ["client_id"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column(
            "name", sa.Text(), nullable=False, comment="What the key is for, as people call it"
        ),
        sa.Column("role", sa.Text(), nullable=False, comment="What the key may do"),
        sa.Column(
            "staff_id",
            sa.UUID(),
            nullable=True,
            comment="The member of staff whose key it is, if it is a person's",
        ),
        sa.Column(
            "key_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of the key; 32 random bytes need no salt",
        ),
        sa.Column(
            "prefix", sa.Text(), nullable=False, comment="The key's first characters, to tell it by"
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was made",
        ),
        sa.Column(
            "last_used_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was last seen, to within five minutes",
        ),
        sa.Column(
            "revoked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Since when it opens nothing any more",
        ),
        sa.CheckConstraint(
            "role IN ('admin', 'manager', 'support', 'sales', 'marketing', 'billing', 'integration', 'read_only')",
            name=op.f("ck_api_keys_role"),
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_api_keys_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.Column(
            "ref", sa.String(), nullable=False, comment="Short name; the marker in every system"
        ),
        sa.Column("agreement_id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.UUID(), nullable=False),
        sa.Column("playbook_key", sa.String(), nullable=False),
        sa.Column(
            "playbook_version",
            sa.Integer(),
            nullable=False,
            comment="The version the plan was made with",
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("from_package", sa.String(), nullable=False),
        sa.Column("to_package", sa.String(), nullable=False),
        sa.Column(
            "timezone",
            sa.String(),
            nullable=False,
            comment="The client's zone when the plan was made",
        ),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live_on", sa.Date(), nullable=True, comment="A Monday in the client's zone"),
        sa.Column(
            "live_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="First instant of live_on there",
        ),
        sa.Column(
            "window_opens_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="First instant of the Tuesday before, there",
        ),
        sa.Column("flags", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("sales_id", sa.UUID(), nullable=True),
        sa.Column("support_id", sa.UUID(), nullable=True),
        sa.Column("marketing_id", sa.UUID(), nullable=True),
        sa.Column(
            "staff_named",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="E-mails of the event that nobody here has, by role",
        ),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("review_reason", sa.String(), nullable=True, comment="Why a person must look"),
        sa.Column(
            "begun_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When Begun was set off, once",
        ),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("complete_email", sa.String(), nullable=False),
        sa.Column(
            "blockers", sa.Integer(), nullable=False, comment="What blocks going live, counted"
        ),
        sa.Column("went_live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("board_ref", sa.String(), nullable=True, comment="Id of the board in its system"),
        sa.Column("board_url", sa.String(), nullable=True),
        sa.Column(
            "board_state",
            sa.String(),
            nullable=False,
            comment="none | intended | filling | ready | by_hand",
        ),
        sa.Column(
            "board_read_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Real time; when a filling board was last looked at",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(went_live_at IS NOT NULL) = (state IN ('live', 'completed'))",
            name=op.f("ck_plans_went_live"),
        ),
        sa.CheckConstraint(
            "board_state IN ('none', 'intended', 'filling', 'ready', 'by_hand')",
            name=op.f("ck_plans_board_state"),
        ),
        sa.CheckConstraint(
            "complete_email IN ('delivered', 'done_by_hand', 'expired', 'not_sent', 'requested')",
            name=op.f("ck_plans_complete_email"),
        ),
        sa.CheckConstraint(
            "live_on IS NOT NULL OR state NOT IN ('scheduled', 'in_window', 'missed', 'live', 'completed')",
            name=op.f("ck_plans_dated_states_have_a_date"),
        ),
        sa.CheckConstraint(
            "state IN ('awaiting_live_date', 'cancelled', 'completed', 'in_window', 'live', 'missed', 'needs_review', 'on_hold', 'scheduled')",
            name=op.f("ck_plans_state"),
        ),
        sa.CheckConstraint(
            "(live_on IS NULL) = (live_at IS NULL) AND (live_on IS NULL) = (window_opens_at IS NULL)",
            name=op.f("ck_plans_live_date_is_whole"),
        ),
        sa.CheckConstraint("blockers >= 0", name=op.f("ck_plans_blockers")),
        sa.CheckConstraint(
            "extract(isodow FROM live_on) = 1", name=op.f("ck_plans_live_on_is_a_monday")
        ),
        sa.CheckConstraint("went_live_at >= live_at", name=op.f("ck_plans_never_live_early")),
        sa.CheckConstraint("window_opens_at < live_at", name=op.f("ck_plans_window_before_live")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_plans_agreement_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_plans_client_id")),
        sa.ForeignKeyConstraint(["marketing_id"], ["staff.id"], name=op.f("fk_plans_marketing_id")),
        sa.ForeignKeyConstraint(["sales_id"], ["staff.id"], name=op.f("fk_plans_sales_id")),
        sa.ForeignKeyConstraint(["support_id"], ["staff.id"], name=op.f("fk_plans_support_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("agreement_id", name=op.f("uq_plans_agreement_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_plans_ref")),
    )
    op.create_index(
        "ix_plans_board_filling",
        "plans",
        ["board_read_at"],
        unique=False,
        postgresql_where=sa.text("board_state = 'filling'"),
    )
    op.create_index("ix_plans_board_ref", "plans", ["board_ref"], unique=False)
    op.create_index("ix_plans_client_id", "plans", ["client_id", "created_at"], unique=False)
    op.create_index(
        "ix_plans_live_due",
        "plans",
        ["live_at"],
        unique=False,
        postgresql_where=sa.text("state = 'in_window'"),
    )
    op.create_index("ix_plans_newest", "plans", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_plans_window_due",
        "plans",
        ["window_opens_at"],
        unique=False,
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_index(
        "uq_plans_one_open_a_client",
        "plans",
        ["client_id"],
        unique=True,
        postgresql_where=sa.text(
            "state IN ('awaiting_live_date', 'in_window', 'missed', 'on_hold', 'scheduled')"
        ),
    )
    op.create_table(
        "adjustments",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="Order on the plan"),
        sa.Column(
            "effective_on", sa.Date(), nullable=False, comment="The live date, in the client's zone"
        ),
        sa.Column(
            "opens_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="First instant at which it may be made",
        ),
        sa.Column(
            "closes_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="First instant at which it may no more",
        ),
        sa.Column(
            "safe_days",
            postgresql.ARRAY(sa.DATE()),
            nullable=False,
            comment="Days in the client's zone on which it may be made",
        ),
        sa.Column("money_minor", sa.BigInteger(), nullable=True, comment="Minor units"),
        sa.Column("currency", sa.String(), nullable=True, comment="ISO 4217"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column(
            "reckoning",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="How the amount comes about",
        ),
        sa.Column("note", sa.String(), nullable=False, comment="What the cut-over says about it"),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="{reference, note}",
        ),
        sa.Column("carried_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carried_out_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True, comment="Why failed or voided"),
        sa.CheckConstraint(
            "kind IN ('cancel_service', 'charge', 'credit', 'start_service')",
            name=op.f("ck_adjustments_kind"),
        ),
        sa.CheckConstraint("mode IN ('api', 'hook', 'manual')", name=op.f("ck_adjustments_mode")),
        sa.CheckConstraint(
            "state <> 'confirmed' OR evidence IS NOT NULL",
            name=op.f("ck_adjustments_confirmed_with_evidence"),
        ),
        sa.CheckConstraint(
            "state IN ('confirmed', 'due', 'failed', 'scheduled', 'submitted', 'uncertain', 'voided')",
            name=op.f("ck_adjustments_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('failed', 'voided') OR reason IS NOT NULL",
            name=op.f("ck_adjustments_why"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('submitted', 'confirmed') OR carried_out_at IS NOT NULL",
            name=op.f("ck_adjustments_carried_out_when"),
        ),
        sa.CheckConstraint(
            "(money_minor IS NULL) = (currency IS NULL)",
            name=op.f("ck_adjustments_money_has_currency"),
        ),
        sa.CheckConstraint(
            "carried_out_at IS NULL OR (carried_out_at >= opens_at AND carried_out_at < closes_at)",
            name=op.f("ck_adjustments_carried_out_in_its_window"),
        ),
        sa.CheckConstraint("money_minor >= 0", name=op.f("ck_adjustments_money_is_not_negative")),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_adjustments_window")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_adjustments_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
    )
    op.create_index("ix_adjustments_plan_id", "adjustments", ["plan_id", "position"], unique=False)
    op.create_index(
        "uq_adjustments_once_a_service",
        "adjustments",
        ["plan_id", "kind", "service"],
        unique=True,
        postgresql_where=sa.text("kind IN ('cancel_service', 'start_service')"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column(
            "subject", sa.String(), nullable=False, comment="What of the plan it concerns, in words"
        ),
        sa.Column(
            "key", sa.String(), nullable=False, comment="Idempotency key, sent to the vendor"
        ),
        sa.Column(
            "generation", sa.Integer(), nullable=False, comment="New after a definite refusal"
        ),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column(
            "payload",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The effect, frozen when it was intended",
        ),
        sa.Column(
            "progress",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Vendor ids of steps taken, kept before the next step",
        ),
        sa.Column(
            "result",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Vendor ids of the effect",
        ),
        sa.Column(
            "not_after",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Too late at this instant of the application's clock",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("token", sa.UUID(), nullable=True, comment="Fences the settle to the attempt"),
        sa.Column(
            "lease_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Real time; then it is uncertain",
        ),
        sa.Column(
            "next_attempt_at", sa.DateTime(timezone=True), nullable=True, comment="Real time"
        ),
        sa.Column(
            "enqueued_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="Real time; of the newest job for it",
        ),
        sa.Column("withdraw", sa.Boolean(), nullable=False, comment="Take back once it is settled"),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="An e-mail seen as sent",
        ),
        sa.Column(
            "reason", sa.String(), nullable=True, comment="Why it failed, waits or was dropped"
        ),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Of what was done by hand",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column(
            "settled_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="The application's clock",
        ),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.CheckConstraint(
            "(state = 'sending') = (token IS NOT NULL)",
            name=op.f("ck_deliveries_sending_has_a_token"),
        ),
        sa.CheckConstraint(
            "kind IN ('board.add_item', 'board.archive_group', 'board.create', 'board.fit_items', 'board.watch', 'chat.post', 'email.begun', 'email.complete', 'email.withdraw')",
            name=op.f("ck_deliveries_kind"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('email.begun', 'email.complete') OR not_after IS NOT NULL",
            name=op.f("ck_deliveries_client_emails_have_an_end"),
        ),
        sa.CheckConstraint(
            "state IN ('cancelled', 'delivered', 'done_by_hand', 'expired', 'failed', 'parked', 'pending', 'retrying', 'sending', 'skipped', 'uncertain')",
            name=op.f("ck_deliveries_state"),
        ),
        sa.CheckConstraint(
            "system IN ('google_chat', 'helpscout', 'monday')", name=op.f("ck_deliveries_system")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_deliveries_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_deliveries_key")),
    )
    op.create_index("ix_deliveries_newest", "deliveries", ["created_at", "id"], unique=False)
    op.create_index("ix_deliveries_plan_id", "deliveries", ["plan_id", "created_at"], unique=False)
    op.create_index(
        "ix_deliveries_stuck",
        "deliveries",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('failed', 'parked')"),
    )
    op.create_index(
        "ix_deliveries_unpublished",
        "deliveries",
        ["settled_at"],
        unique=False,
        postgresql_where=sa.text(
            "state = 'delivered' AND published_at IS NULL AND system = 'helpscout'"
        ),
    )
    op.create_index(
        "ix_deliveries_unsettled",
        "deliveries",
        ["state", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('pending', 'sending', 'retrying', 'uncertain')"),
    )
    op.create_index(
        "uq_deliveries_one_complete_email",
        "deliveries",
        ["plan_id"],
        unique=True,
        postgresql_where=sa.text(
            "kind = 'email.complete' AND state NOT IN ('cancelled', 'expired', 'skipped')"
        ),
    )
    op.create_table(
        "inbound_events",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column(
            "event_id", sa.String(), nullable=True, comment="The sender's id, or one made for it"
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column(
            "reason", sa.String(), nullable=True, comment="Why ignored, quarantined or rejected"
        ),
        sa.Column(
            "document",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="The event in our canonical shape",
        ),
        sa.Column("body", sa.LargeBinary(), nullable=True, comment="The call's raw body"),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column(
            "body_hash", sa.String(), nullable=True, comment="SHA-256 of the document, canonical"
        ),
        sa.Column("repeats", sa.Integer(), nullable=False, comment="Times the same id came again"),
        sa.Column(
            "differs", sa.Boolean(), nullable=False, comment="The same id came with another content"
        ),
        sa.Column("agreement_ref", sa.String(), nullable=True),
        sa.Column("plan_id", sa.UUID(), nullable=True),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column(
            "enqueued_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="Real time; of the newest job for it",
        ),
        sa.Column(
            "processed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="The application's clock",
        ),
        sa.CheckConstraint(
            "status = 'rejected' OR (document IS NOT NULL AND event_id IS NOT NULL)",
            name=op.f("ck_inbound_events_kept"),
        ),
        sa.CheckConstraint(
            "status IN ('received', 'processed', 'ignored', 'quarantined', 'rejected')",
            name=op.f("ck_inbound_events_status"),
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_inbound_events_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_events")),
    )
    op.create_index(
        "ix_inbound_events_agreement_ref", "inbound_events", ["agreement_ref"], unique=False
    )
    op.create_index(
        "ix_inbound_events_newest", "inbound_events", ["received_at", "id"], unique=False
    )
    op.create_index(
        "ix_inbound_events_plan_id",
        "inbound_events",
        ["plan_id", "received_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_inbound_events_quarantined",
        "inbound_events",
        ["received_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'quarantined'"),
    )
    op.create_index(
        "ix_inbound_events_waiting",
        "inbound_events",
        ["enqueued_at"],
        unique=False,
        postgresql_where=sa.text("status = 'received'"),
    )
    op.create_index(
        "uq_inbound_events_source_event_id",
        "inbound_events",
        ["source", "event_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'rejected'"),
    )
    op.create_table(
        "timers",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("moment", sa.String(), nullable=False, comment="A moment of the playbook"),
        sa.Column(
            "fires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="The application's clock",
        ),
        sa.Column("state", sa.String(), nullable=False, comment="waiting | fired | dropped"),
        sa.CheckConstraint(
            "state IN ('waiting', 'fired', 'dropped')", name=op.f("ck_timers_state")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_timers_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
        sa.UniqueConstraint(
            "plan_id", "moment", "fires_at", name=op.f("uq_timers_plan_id_moment_fires_at")
        ),
    )
    op.create_index(
        "ix_timers_due",
        "timers",
        ["fires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("delivery_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False, comment="Real time"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True, comment="Real time"),
        sa.Column(
            "outcome", sa.String(), nullable=True, comment="Null while it runs, or was killed"
        ),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column(
            "exchanges",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Requests and answers, redacted and bounded",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_attempts_delivery_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_attempts_delivery_id_number")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.UUID(), nullable=False, comment="UUIDv7"),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="Counts changes; the ETag"),
        sa.Column(
            "key",
            sa.String(),
            nullable=False,
            comment="Step of the playbook, or what the task stands for",
        ),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="Order on the plan"),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column(
            "board_group",
            sa.String(),
            nullable=False,
            comment="Title of the board group that holds it",
        ),
        sa.Column("service", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("assignee_id", sa.UUID(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True, comment="In the client's zone"),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column(
            "blocks_ready", sa.Boolean(), nullable=False, comment="Whether it blocks going live"
        ),
        sa.Column(
            "checklist",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="[{text, required, done}], in order",
        ),
        sa.Column("instructions", sa.String(), nullable=False),
        sa.Column(
            "adjustment_id",
            sa.UUID(),
            nullable=True,
            comment="The adjustment that ticking confirms",
        ),
        sa.Column(
            "board_item_ref", sa.String(), nullable=True, comment="Id of the item on the board"
        ),
        sa.Column("reason", sa.String(), nullable=True, comment="Why skipped or blocked"),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_tasks_done_when")
        ),
        sa.CheckConstraint(
            "kind IN ('adjustment', 'effect', 'follow_up', 'setup')", name=op.f("ck_tasks_kind")
        ),
        sa.CheckConstraint(
            "state <> 'skipped' OR reason IS NOT NULL", name=op.f("ck_tasks_skipped_why")
        ),
        sa.CheckConstraint(
            "state IN ('blocked', 'done', 'open', 'skipped')", name=op.f("ck_tasks_state")
        ),
        sa.ForeignKeyConstraint(
            ["adjustment_id"], ["adjustments.id"], name=op.f("fk_tasks_adjustment_id")
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name=op.f("fk_tasks_assignee_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_tasks_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("adjustment_id", name=op.f("uq_tasks_adjustment_id")),
        sa.UniqueConstraint("plan_id", "key", name=op.f("uq_tasks_plan_id_key")),
    )
    op.create_index(
        "ix_tasks_assignee_id", "tasks", ["assignee_id", "state", "due_on"], unique=False
    )
    op.create_index("ix_tasks_board_item_ref", "tasks", ["board_item_ref"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.drop_index("ix_tasks_board_item_ref", table_name="tasks")
    op.drop_index("ix_tasks_assignee_id", table_name="tasks")
    op.drop_table("tasks")
    op.drop_table("attempts")
    op.drop_index(
        "ix_timers_due", table_name="timers", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_table("timers")
    op.drop_index(
        "uq_inbound_events_source_event_id",
        table_name="inbound_events",
        postgresql_where=sa.text("status <> 'rejected'"),
    )
    op.drop_index(
        "ix_inbound_events_waiting",
        table_name="inbound_events",
        postgresql_where=sa.text("status = 'received'"),
    )
    op.drop_index(
        "ix_inbound_events_quarantined",
        table_name="inbound_events",
        postgresql_where=sa.text("status = 'quarantined'"),
    )
    op.drop_index("ix_inbound_events_plan_id", table_name="inbound_events")
    op.drop_index("ix_inbound_events_newest", table_name="inbound_events")
    op.drop_index("ix_inbound_events_agreement_ref", table_name="inbound_events")
    op.drop_table("inbound_events")
    op.drop_index(
        "uq_deliveries_one_complete_email",
        table_name="deliveries",
        postgresql_where=sa.text(
            "kind = 'email.complete' AND state NOT IN ('cancelled', 'expired', 'skipped')"
        ),
    )
    op.drop_index(
        "ix_deliveries_unsettled",
        table_name="deliveries",
        postgresql_where=sa.text("state IN ('pending', 'sending', 'retrying', 'uncertain')"),
    )
    op.drop_index(
        "ix_deliveries_unpublished",
        table_name="deliveries",
        postgresql_where=sa.text(
            "state = 'delivered' AND published_at IS NULL AND system = 'helpscout'"
        ),
    )
    op.drop_index(
        "ix_deliveries_stuck",
        table_name="deliveries",
        postgresql_where=sa.text("state IN ('failed', 'parked')"),
    )
    op.drop_index("ix_deliveries_plan_id", table_name="deliveries")
    op.drop_index("ix_deliveries_newest", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(
        "uq_adjustments_once_a_service",
        table_name="adjustments",
        postgresql_where=sa.text("kind IN ('cancel_service', 'start_service')"),
    )
    op.drop_index("ix_adjustments_plan_id", table_name="adjustments")
    op.drop_table("adjustments")
    op.drop_index(
        "uq_plans_one_open_a_client",
        table_name="plans",
        postgresql_where=sa.text(
            "state IN ('awaiting_live_date', 'in_window', 'missed', 'on_hold', 'scheduled')"
        ),
    )
    op.drop_index(
        "ix_plans_window_due", table_name="plans", postgresql_where=sa.text("state = 'scheduled'")
    )
    op.drop_index("ix_plans_newest", table_name="plans")
    op.drop_index(
        "ix_plans_live_due", table_name="plans", postgresql_where=sa.text("state = 'in_window'")
    )
    op.drop_index("ix_plans_client_id", table_name="plans")
    op.drop_index("ix_plans_board_ref", table_name="plans")
    op.drop_index(
        "ix_plans_board_filling",
        table_name="plans",
        postgresql_where=sa.text("board_state = 'filling'"),
    )
    op.drop_table("plans")
    op.drop_table("api_keys")
    op.drop_index(op.f("ix_agreements_client_id"), table_name="agreements")
    op.drop_table("agreements")
    op.drop_index("uq_staff_email", table_name="staff")
    op.drop_index("ix_staff_turn", table_name="staff", postgresql_where=sa.text("active"))
    op.drop_table("staff")
    op.drop_table("sandbox_clock")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_clients_email", table_name="clients")
    op.drop_table("clients")
    op.drop_index(
        "ix_audit_unsealed", table_name="audit", postgresql_where=sa.text("number IS NULL")
    )
    op.drop_index("ix_audit_plan_id", table_name="audit")
    op.drop_index("ix_audit_newest", table_name="audit")
    op.drop_table("audit")
