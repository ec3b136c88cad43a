"""Which roles do what, so that a route says it by name."""

from typing import Final

from app.domain.roles import Role
from app.web.security import ANY_ROLE

READ: Final = ANY_ROLE
MAKE_PLANS: Final = (Role.SALES, Role.SUPPORT, Role.MANAGER, Role.INTEGRATION)
STEER_PLANS: Final = (Role.SALES, Role.SUPPORT, Role.MANAGER)
ACKNOWLEDGE: Final = (Role.MARKETING, Role.MANAGER)
FORCE: Final = (Role.MANAGER,)
MAIL_CLIENTS: Final = (Role.SUPPORT, Role.MANAGER)
WORK: Final = (Role.SALES, Role.SUPPORT, Role.MARKETING, Role.BILLING, Role.MANAGER)
BILL: Final = (Role.SUPPORT, Role.BILLING, Role.MANAGER)
VOID: Final = (Role.BILLING, Role.MANAGER)
ASK_QUOTES: Final = (Role.SALES, Role.SUPPORT, Role.BILLING, Role.MANAGER, Role.INTEGRATION)
OPERATE: Final = (Role.SUPPORT, Role.MANAGER)
MANAGE_STAFF: Final = (Role.MANAGER,)
AUDIT: Final = (Role.MANAGER, Role.READ_ONLY)
CHANGE_CONTRACTS: Final = (Role.SALES, Role.MANAGER, Role.INTEGRATION)
NOTE_PAYMENTS: Final = (Role.BILLING, Role.MANAGER)
START_RUNS: Final = (*WORK, Role.INTEGRATION)
PROPOSE: Final = (Role.MANAGER,)
SUBSCRIBE: Final = (Role.INTEGRATION, Role.MANAGER)
