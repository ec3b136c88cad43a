"""Who the caller is, and where."""

from pydantic import Field

from app.api.permissions import READ
from app.domain.actor import ActorKind
from app.domain.roles import Role
from app.web.bodies import Out
from app.web.routing import ActorDep, NowDep, WiredDep, make_router
from app.web.scalars import Id, Instant
from app.web.security import allow
from app.web.wired import Environment

me = make_router(tags=["service"])


class MeOut(Out):
    """The caller's key, and the installation that it opens."""

    id: str
    kind: ActorKind
    name: str
    role: Role
    staff_id: Id | None = Field(description="The member of staff whose key it is, if anybody's.")
    environment: Environment
    version: str
    timezone: str = Field(description="The organisation's zone.")
    now: Instant = Field(description="The application's clock.")


@me.get("/v1/me", operation_id="me")
@allow(*READ)
async def who_am_i(actor: ActorDep, wired: WiredDep, now: NowDep) -> MeOut:
    """Say who is calling.

    The quickest way to try a key.
    """
    return MeOut(
        id=actor.id,
        kind=actor.kind,
        name=actor.name,
        role=Role(actor.role or Role.READ_ONLY),
        staff_id=actor.staff_id,
        environment=wired.environment,
        version=wired.version,
        timezone=wired.office.timezone.key,
        now=now,
    )
