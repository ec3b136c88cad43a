"""The roles that an API key may have."""

from enum import StrEnum


class Role(StrEnum):
    """What the holder of a key is here for; `admin` may do everything."""

    ADMIN = "admin"
    MANAGER = "manager"
    SUPPORT = "support"
    SALES = "sales"
    MARKETING = "marketing"
    BILLING = "billing"
    INTEGRATION = "integration"
    READ_ONLY = "read_only"
