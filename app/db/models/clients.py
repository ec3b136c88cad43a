"""The client companies, as agreements name them."""

from datetime import datetime

from sqlalchemy import Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn


class Client(Base):
    """A client: who is mailed, in which zone their days are counted, what package they have."""

    __tablename__ = "clients"

    id: Mapped[IdColumn]
    ref: Mapped[str | None] = mapped_column(unique=True, comment="Id in the agreements' system")
    name: Mapped[str]
    email: Mapped[str] = mapped_column(comment="Lower case; where e-mails go")
    timezone: Mapped[str] = mapped_column(comment="IANA name; the client's days are counted in it")
    country: Mapped[str | None] = mapped_column(comment="ISO 3166-1 alpha-2; else as it was given")
    region: Mapped[str | None] = mapped_column(comment="Subdivision, as holiday calendars name it")
    language: Mapped[str] = mapped_column(default="en", comment="Of the dates in e-mails")
    package: Mapped[str | None] = mapped_column(comment="Key of the package they have today")
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    version: Mapped[int] = mapped_column(default=1, comment="Counts changes; the ETag")

    __table_args__ = (Index("ix_clients_email", func.lower(email)),)
