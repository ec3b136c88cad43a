"""Contracts, the lines on them, and the money that their changes make."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    UniqueConstraint,
    column,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn
from app.db.models.plans import sql_list
from app.domain.contract.line import LineKind
from app.domain.contract.model import RenewalTerms
from app.domain.contract.rows import Purpose
from app.domain.day_count import Basis
from app.domain.period import BillingPeriod
from app.domain.reckoning import ReckoningKind


class ContractRecord(Base):
    """What a client has signed; its term never moves, its end may come earlier."""

    __tablename__ = "contracts"

    id: Mapped[IdColumn]
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    currency: Mapped[str] = mapped_column(comment="ISO 4217, of every line")
    period: Mapped[str] = mapped_column(comment="How often it is billed, in advance")
    anchor_day: Mapped[int] = mapped_column(comment="0 (Monday) to 6 for weeks, else 1 to 31")
    anchor_month: Mapped[int | None] = mapped_column(comment="Of quarters and years")
    starts_on: Mapped[date] = mapped_column(comment="First day, in the client's zone")
    term_ends_on: Mapped[date] = mapped_column(
        comment="The day after the term's last; 9999-12-31 where nobody said"
    )
    ends_on: Mapped[date] = mapped_column(comment="First day that is not served any more")
    renewal: Mapped[str]
    notice_days: Mapped[int] = mapped_column(default=0)
    basis: Mapped[str] = mapped_column(default=Basis.ACTUAL_DAYS.value)
    term_day: Mapped[int | None] = mapped_column(comment="Day of the month on which terms begin")
    order_ref: Mapped[str | None] = mapped_column(comment="The agreement that it came from")
    predecessor_id: Mapped[UUID | None] = mapped_column(ForeignKey("contracts.id"), unique=True)
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("contracts.id"))
    unpaid_from: Mapped[date | None] = mapped_column(
        comment="Bills of this day or later are known to be unpaid"
    )
    is_terminated: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(comment="The application's clock")
    created_by: Mapped[str]

    __table_args__ = (
        CheckConstraint(f"period IN ({sql_list(BillingPeriod)})", name="period"),
        CheckConstraint(f"renewal IN ({sql_list(RenewalTerms)})", name="renewal"),
        CheckConstraint(f"basis IN ({sql_list(Basis)})", name="basis"),
        CheckConstraint("starts_on < term_ends_on", name="ends_after_it_starts"),
        CheckConstraint("ends_on BETWEEN starts_on AND term_ends_on", name="ends_in_its_term"),
        CheckConstraint("notice_days BETWEEN 0 AND 3660", name="notice"),
        CheckConstraint("anchor_day BETWEEN 0 AND 31", name="anchor_day"),
        CheckConstraint("anchor_month BETWEEN 1 AND 12", name="anchor_month"),
        Index("ix_contracts_client_id", "client_id", "starts_on"),
        Index("ix_contracts_newest", "created_at", "id"),
        Index("ix_contracts_ending", "ends_on", postgresql_where=text("successor_id IS NULL")),
    )


class ContractProduct(Base):
    """A product on a contract by a number: what the database needs to refuse two lines at once."""

    __tablename__ = "contract_products"

    no: Mapped[int] = mapped_column(
        BigInteger, Identity(always=True), primary_key=True, comment="Counts contracts' products"
    )
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    product: Mapped[str]

    __table_args__ = (UniqueConstraint("contract_id", "product"),)


class ContractLine(Base):
    """A product, how much of it, at what price, on the days on which it is in force (C1)."""

    __tablename__ = "contract_lines"

    id: Mapped[UUID] = mapped_column(
        primary_key=True, comment="Made from its change and product, so that it is the same again"
    )
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    product_no: Mapped[int] = mapped_column(BigInteger, ForeignKey("contract_products.no"))
    product: Mapped[str] = mapped_column(comment="Key of the product")
    title: Mapped[str] = mapped_column(comment="What sentences call it")
    quantity: Mapped[int] = mapped_column(BigInteger)
    unit_price_minor: Mapped[int] = mapped_column(BigInteger, comment="Minor units")
    kind: Mapped[str]
    period: Mapped[str]
    anchor_day: Mapped[int]
    anchor_month: Mapped[int | None]
    days: Mapped[Range[date]] = mapped_column(
        DATERANGE, comment="On which it is in force, half-open, in the client's zone"
    )
    billed_from: Mapped[date] = mapped_column(comment="Day of its first bill")
    billed_to: Mapped[date] = mapped_column(comment="No bill on this day or later")
    until: Mapped[date] = mapped_column(comment="The end that was planned; no bill pays further")
    discount_percent: Mapped[Decimal | None] = mapped_column(Numeric(7, 4))
    discount_minor: Mapped[int | None] = mapped_column(BigInteger, comment="Minor units")
    discount_once: Mapped[bool] = mapped_column(default=False, comment="Off the first bill only")
    ahead: Mapped[Range[date] | None] = mapped_column(
        DATERANGE, comment="Days before its first bill that its change was paid for"
    )
    ahead_minor: Mapped[int | None] = mapped_column(BigInteger, comment="With how much")
    opened_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("contract_changes.id"))
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("contract_changes.id"))

    __table_args__ = (
        # No btree_gist is needed: a number is a range of itself.
        ExcludeConstraint(
            (
                func.int8range(
                    literal_column("product_no"),
                    literal_column("product_no"),
                    literal_column("'[]'"),
                ),
                "&&",
            ),
            (column("days"), "&&"),
            name="ex_contract_lines_one_a_product",
            using="gist",
        ),
        CheckConstraint("NOT isempty(days)", name="has_days"),
        CheckConstraint("product_no < 9223372036854775807", name="product_no"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price_minor >= 0", name="price_is_not_negative"),
        CheckConstraint(f"kind IN ({sql_list(LineKind)})", name="kind"),
        CheckConstraint(f"period IN ({sql_list(BillingPeriod)})", name="period"),
        CheckConstraint(
            "discount_percent IS NULL OR discount_minor IS NULL", name="one_kind_of_discount"
        ),
        CheckConstraint(
            "discount_percent > 0 AND discount_percent <= 100", name="discount_percent"
        ),
        CheckConstraint("discount_minor > 0", name="discount_amount"),
        CheckConstraint("(ahead IS NULL) = (ahead_minor IS NULL)", name="ahead_has_money"),
        # The gist index does not serve `contract_id = $1`.
        Index("ix_contract_lines_contract_id", "contract_id"),
    )


class ContractRow(Base):
    """A credit or a charge that a change made, with what it was reckoned on."""

    __tablename__ = "contract_rows"

    id: Mapped[IdColumn]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    change_id: Mapped[UUID] = mapped_column(ForeignKey("contract_changes.id"))
    position: Mapped[int] = mapped_column(comment="Order within its change")
    line_id: Mapped[UUID | None] = mapped_column(
        comment="The line it was reckoned on; one that ended on its first day is kept nowhere"
    )
    product: Mapped[str]
    purpose: Mapped[str]
    kind: Mapped[str]
    due_on: Mapped[date] = mapped_column(comment="The day of the bill that it is on")
    money_minor: Mapped[int] = mapped_column(BigInteger, comment="Minor units, not negative")
    currency: Mapped[str]
    is_held: Mapped[bool] = mapped_column(comment="Waits until the bill it credits is paid")
    against_successor: Mapped[bool] = mapped_column(
        default=False, comment="Goes against the bills of the contract that follows"
    )
    days: Mapped[int | None] = mapped_column(comment="Days reckoned, by the basis")
    of_days: Mapped[int | None] = mapped_column(comment="Days of the whole period, by the basis")
    price_minor: Mapped[int | None] = mapped_column(BigInteger, comment="Of the whole period")
    span: Mapped[Range[date] | None] = mapped_column(DATERANGE, comment="The days reckoned")
    basis: Mapped[str]
    rounding: Mapped[str] = mapped_column(default="half_up", comment="Once, to the minor unit")
    sentence: Mapped[str]

    __table_args__ = (
        CheckConstraint(f"purpose IN ({sql_list(Purpose)})", name="purpose"),
        CheckConstraint(f"kind IN ({sql_list(ReckoningKind)})", name="kind"),
        CheckConstraint(f"basis IN ({sql_list(Basis)})", name="basis"),
        CheckConstraint("rounding = 'half_up'", name="rounding"),
        CheckConstraint("money_minor >= 0", name="money_is_not_negative"),
        CheckConstraint(
            "(days IS NULL) = (of_days IS NULL) AND (days IS NULL) = (price_minor IS NULL)"
            " AND (days IS NULL) = (span IS NULL)",
            name="reckoned_whole",
        ),
        UniqueConstraint("change_id", "contract_id", "position"),
        Index("ix_contract_rows_contract_id", "contract_id", "due_on"),
    )


class AccountCredit(Base):
    """Credit that a change left on a client's account; it is never paid out by itself."""

    __tablename__ = "account_credits"

    id: Mapped[IdColumn]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), index=True)
    contract_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("contracts.id"), index=True, comment="Against whose bills it goes, if any's"
    )
    change_id: Mapped[UUID] = mapped_column(ForeignKey("contract_changes.id"))
    money_minor: Mapped[int] = mapped_column(BigInteger, comment="Minor units")
    currency: Mapped[str]
    available_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(comment="The application's clock")

    __table_args__ = (CheckConstraint("money_minor > 0", name="money"),)
