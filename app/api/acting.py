"""What every action of the API works with, gathered once a request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.actor import Actor
from app.services.office import Office
from app.web.etags import IfMatchDep, Precondition
from app.web.routing import ActorDep, NowDep, SessionDep, WiredDep


@dataclass(frozen=True, slots=True)
class Acting:
    """One action: in which transaction, by whom, when, on which version, and its answer's headers.

    The route commits; `expected` is checked under the lock of what is acted on.
    """

    session: AsyncSession
    office: Office
    actor: Actor
    now: datetime
    expected: Precondition
    response: Response


async def acting(
    session: SessionDep,
    wired: WiredDep,
    actor: ActorDep,
    now: NowDep,
    expected: IfMatchDep,
    response: Response,
) -> Acting:
    """Gather what an action works with."""
    return Acting(session, wired.office, actor, now, expected, response)


ActingDep = Annotated[Acting, Depends(acting)]
