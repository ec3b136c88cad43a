"""Requests for other users, from the question to the recap, and the accounts they are asked for."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json
from app.db.models.plans import sql_list
from app.domain.tiers.flow import QuoteState
from app.domain.tiers.outcome import Outcome


class TierAccount(Base):
    """What is known of an account that pays by users; quotes are reckoned from it."""

    __tablename__ = "tier_accounts"

    id: Mapped[IdColumn]
    ref: Mapped[str] = mapped_column(unique=True, comment="The account's number in the billing")
    client_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("clients.id"),
        comment="Whose it is; a change of users is written on this client's contract",
    )
    facts: Mapped[Json] = mapped_column(comment="Band, price, contract, billing date, site")
    contact: Mapped[Json] = mapped_column(comment="Who is written to: name, email, language")
    payment: Mapped[Json] = mapped_column(
        comment="Vendor ids of the card on file, never its number"
    )
    created_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    updated_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")

    __table_args__ = (
        Index("ix_tier_accounts_newest", "created_at", "id"),
        Index("ix_tier_accounts_email", text("lower(contact ->> 'email'::text)")),
    )


class TierQuote(Base):
    """One request for other users: what was asked, what it came to, and how far it went."""

    __tablename__ = "tier_quotes"

    id: Mapped[IdColumn]
    policy: Mapped[str] = mapped_column(comment="Key of the pricing policy")
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("tier_accounts.id"))
    state: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str | None] = mapped_column(comment="Code of why it has no price, or has ended")
    account: Mapped[Json] = mapped_column(comment="The account's facts, as they were reckoned with")
    asked: Mapped[Json] = mapped_column(comment="The request")
    quote: Mapped[Json] = mapped_column(comment="The reckoning, frozen")
    contact: Mapped[Json] = mapped_column(comment="Who is written to: name, email, language")
    payment: Mapped[Json] = mapped_column(
        comment="Vendor ids of the card on file, never its number"
    )
    sources: Mapped[Json] = mapped_column(comment="Where the contract facts were read")
    source: Mapped[str] = mapped_column(comment="How it came: api, tier-request, helpscout")
    conversation_ref: Mapped[str | None] = mapped_column(comment="Answers go back into this one")
    site_key: Mapped[str | None] = mapped_column(comment="Database and site id, as one text")
    approvals: Mapped[Json] = mapped_column(comment="By kind: state, by whom, why, when")
    charge: Mapped[Json | None] = mapped_column(comment="State of the charge, and its evidence")
    application: Mapped[Json | None] = mapped_column(comment="State in the client's system")
    credit: Mapped[Json | None] = mapped_column(comment="State of an approved credit, its evidence")
    letters: Mapped[Json] = mapped_column(comment="State of the two e-mails: costs, recap")
    waits: Mapped[str | None] = mapped_column(comment="Code of what a person has to do now")
    requested_on: Mapped[date]
    expires_at: Mapped[datetime] = mapped_column(comment="Without a yes it has expired then")
    created_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    answered_at: Mapped[datetime | None]
    charged_at: Mapped[datetime | None]
    apply_on: Mapped[date | None] = mapped_column(comment="A decrease waits for this day")
    applied_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    alerted_at: Mapped[datetime | None] = mapped_column(comment="People were told that it is stuck")
    superseded_by: Mapped[UUID | None] = mapped_column(comment="The quote that took its place")
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")

    __table_args__ = (
        CheckConstraint(f"state IN ({sql_list(QuoteState)})", name="state"),
        CheckConstraint(f"outcome IN ({sql_list(Outcome)})", name="outcome"),
        CheckConstraint(
            "state NOT IN ('quoted', 'accepted', 'charged', 'applied', 'confirmed')"
            " OR outcome = 'quoted'",
            name="only_a_price_goes_on",
        ),
        CheckConstraint(
            "state NOT IN ('charged', 'applied', 'confirmed') OR charged_at IS NOT NULL",
            name="charged_before_applied",
        ),
        Index("ix_tier_quotes_newest", "created_at", "id"),
        Index("ix_tier_quotes_account_id", "account_id", "created_at"),
        Index("ix_tier_quotes_site_key", "site_key", "applied_at"),
        Index(
            "ix_tier_quotes_expiring",
            "expires_at",
            postgresql_where=text("state = 'quoted'"),
        ),
        Index(
            "ix_tier_quotes_waiting",
            "created_at",
            "id",
            postgresql_where=text("waits IS NOT NULL"),
        ),
        Index(
            "ix_tier_quotes_under_way",
            "charged_at",
            postgresql_where=text("state IN ('accepted', 'charged', 'applied')"),
        ),
    )
