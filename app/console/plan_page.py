"""A plan's own page, and the button on it with which Marketing acknowledges the plan."""

from typing import Final
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from app.console.plan_view import view_of
from app.console.rendering import page
from app.console.visits import Visit
from app.db import plans
from app.db.plans import PlanNotFound
from app.domain.errors import Conflict
from app.domain.roles import Role
from app.services.endings import acknowledge_plan

ACKNOWLEDGING: Final = (Role.MARKETING, Role.MANAGER)
"""Who may acknowledge a plan, as in the API; `admin` may everything."""

STALE: Final = (
    "The plan has changed since you opened this page, so nothing was acknowledged. "
    "This is how it stands now: look it over, then acknowledge it."
)


async def plan_page(visit: Visit) -> Response:
    """The plan as it stands.

    Raises:
        PlanNotFound: there is none at this address.
    """
    return await _shown(visit, _plan_id(visit))


async def acknowledge(visit: Visit) -> Response:
    """Acknowledge the plan in the version that the person saw.

    Raises:
        PlanNotFound: there is none at this address.
    """
    plan_id = _plan_id(visit)
    plan = await plans.lock(visit.session, plan_id)
    if str(plan.version) != visit.fields.get("version"):
        return await _refused(visit, plan_id, STALE)
    try:
        await acknowledge_plan(
            visit.session, plan_id, office=visit.wired.office, actor=visit.who.actor, now=visit.now
        )
    except Conflict as refused:
        return await _refused(visit, plan_id, refused.detail)
    return RedirectResponse(f"/console/plans/{plan_id}", status_code=303)


async def _refused(visit: Visit, plan_id: UUID, why: str) -> Response:
    await visit.session.rollback()
    return await _shown(visit, plan_id, notice=why, status=409)


async def _shown(
    visit: Visit, plan_id: UUID, *, notice: str | None = None, status: int = 200
) -> Response:
    view = await view_of(visit.session, plan_id, office=visit.wired.office, now=visit.now)
    may = visit.who.actor.role in (*ACKNOWLEDGING, Role.ADMIN)
    return page("plan.html", status=status, who=visit.who, view=view, may=may, notice=notice)


def _plan_id(visit: Visit) -> UUID:
    text = visit.request.path_params["plan_id"]
    try:
        plan_id = UUID(text)
    except ValueError:
        plan_id = None
    # Of the spellings that Python takes, the one that addresses have.
    if plan_id is None or str(plan_id) != text:
        raise PlanNotFound("There is no plan at this address. Was it copied whole?")
    return plan_id
