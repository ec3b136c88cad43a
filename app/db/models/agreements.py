"""Signed agreements in our canonical shape."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn, Json


class Agreement(Base):
    """One signed document; its ref makes it unique, so that it makes one plan (I7)."""

    __tablename__ = "agreements"

    id: Mapped[IdColumn]
    ref: Mapped[str] = mapped_column(unique=True, comment="The agreement's number in its system")
    provider: Mapped[str | None] = mapped_column(comment="The e-sign system, where it is told")
    kind: Mapped[str] = mapped_column(comment="What the agreement is about; `upgrade` here")
    title: Mapped[str | None]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), index=True)
    from_package: Mapped[str] = mapped_column(comment="Key of the package left, as agreed")
    to_package: Mapped[str] = mapped_column(comment="Key of the package taken")
    signed_at: Mapped[datetime]
    live_on_text: Mapped[str | None] = mapped_column(comment="The live date as it was written")
    document_url: Mapped[str | None]
    total_minor: Mapped[int | None] = mapped_column(BigInteger, comment="Minor units")
    currency: Mapped[str | None] = mapped_column(comment="ISO 4217")
    services: Mapped[list[Json]] = mapped_column(
        JSONB, default=list, comment="How the client's services are billed, as the event told"
    )
    staff: Mapped[Json] = mapped_column(
        default=dict,
        server_default=text("'{}'::jsonb"),
        comment="E-mails of the people whom it names, by role",
    )
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (
        CheckConstraint("(total_minor IS NULL) = (currency IS NULL)", name="total_has_currency"),
    )
