"""The keys with which callers of the API prove who they are."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, IdColumn
from app.domain.roles import Role

_ROLES = ", ".join(f"'{role.value}'" for role in Role)


class ApiKey(Base):
    """One key: only its hash is kept, so a copy of the table opens nothing."""

    __tablename__ = "api_keys"
    __table_args__ = (CheckConstraint(f"role IN ({_ROLES})", name="role"),)

    id: Mapped[IdColumn]
    name: Mapped[str] = mapped_column(Text, comment="What the key is for, as people call it")
    role: Mapped[str] = mapped_column(Text, comment="What the key may do")
    staff_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("staff.id"), comment="The member of staff whose key it is, if it is a person's"
    )
    key_hash: Mapped[bytes] = mapped_column(
        LargeBinary, unique=True, comment="SHA-256 of the key; 32 random bytes need no salt"
    )
    prefix: Mapped[str] = mapped_column(Text, comment="The key's first characters, to tell it by")
    created_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), comment="When it was made"
    )
    last_used_at: Mapped[datetime | None] = mapped_column(
        comment="When it was last seen, to within five minutes"
    )
    revoked_at: Mapped[datetime | None] = mapped_column(
        comment="Since when it opens nothing any more"
    )
