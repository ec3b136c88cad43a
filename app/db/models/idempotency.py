"""The answers already given, so that a repeated request is answered and not carried out again."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class IdempotencyKey(Base):
    """One answered request; written in the transaction of its effect, so both exist or neither."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        CheckConstraint("status BETWEEN 200 AND 299", name="status"),
        Index(None, "created_at"),
    )

    actor_id: Mapped[str] = mapped_column(
        Text, primary_key=True, comment="Whose key it is: two callers may use the same one"
    )
    key: Mapped[str] = mapped_column(Text, primary_key=True, comment="As the caller gave it")
    fingerprint: Mapped[bytes] = mapped_column(
        LargeBinary, comment="SHA-256 over method, path, query and body"
    )
    status: Mapped[int] = mapped_column(SmallInteger, comment="HTTP status of the answer")
    body: Mapped[bytes] = mapped_column(LargeBinary, comment="The answer, byte for byte")
    headers: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="The headers that belong to the answer"
    )
    created_at: Mapped[datetime] = mapped_column(comment="When it was answered")
