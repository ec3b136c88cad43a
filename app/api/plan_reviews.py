"""A decision about a plan that waits for a person: a second agreement, or amended terms."""

from pydantic import ConfigDict, Field

from app.api.acting import ActingDep
from app.api.locking import hold_reviewed_plan
from app.api.permissions import STEER_PLANS
from app.api.plan_shapes import PlanOut
from app.api.plans import plan_answer
from app.domain.review import Choice
from app.services.resolving import Resolve, resolve_plan
from app.web.bodies import Body
from app.web.routing import make_router
from app.web.scalars import Id, Reason
from app.web.security import allow

plan_reviews = make_router(tags=["plans"], prefix="/v1/plans/{plan_id}")


class ResolveIn(Body):
    """What a person chose, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"choice": "supersede", "reason": "The client took the larger package."}]
        }
    )

    choice: Choice = Field(description="One of those that the plan lists.")
    reason: Reason = Field(description="Why, for whoever reads the plans' story.")


@plan_reviews.post("/resolve", operation_id="plans_resolve")
@allow(*STEER_PLANS)
async def plans_resolve(plan_id: Id, body: ResolveIn, call: ActingDep) -> PlanOut:
    """Decide about a plan that needs a review, or about amended terms of an open one.

    `supersede`: this agreement is right; the open plan is cancelled, what the client has is put
    right where the facts disagree, and this plan begins. `queue`: it begins after the open plan.
    `merge`: the open plan takes these terms. `reject`: this plan ends, or the plan keeps its
    terms. The plan lists the choices that there are, with what each would do; another one is
    refused with `choice_not_possible`.
    """
    await hold_reviewed_plan(call.session, plan_id, call.expected)
    command = Resolve(plan_id, body.choice, body.reason)
    await resolve_plan(call.session, command, office=call.office, actor=call.actor, now=call.now)
    return await plan_answer(call, plan_id)
