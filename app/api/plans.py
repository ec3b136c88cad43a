"""Plans: listed, read whole, made by hand, given to people."""

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import ConfigDict, Field

from app.api.acting import Acting, ActingDep
from app.api.agreement_body import SignedAgreementIn
from app.api.locking import hold_plan_row
from app.api.permissions import MAKE_PLANS, READ, STEER_PLANS
from app.api.plan_shapes import PlanOut, PlanSummaryOut
from app.api.pointers import pointing_into_agreement
from app.api.shapes import ReadinessOut, absent
from app.api.timeline_shapes import TimelineOut
from app.domain.agreement import read_signed
from app.domain.plan import PlanState
from app.queries import plans as queries
from app.queries.readiness import readiness_of_plan
from app.queries.timeline import timeline_of
from app.services.office import Office
from app.services.plan_edits import give_plan_to, note_on_plan
from app.services.plans import make_plan
from app.web.bodies import Body
from app.web.etags import etag
from app.web.pages import Page, PageDep, page
from app.web.routing import ActorDep, NowDep, SessionDep, WiredDep, make_router
from app.web.scalars import Day, Id, Note, Ref, Text
from app.web.security import allow

plans = make_router(tags=["plans"], prefix="/v1/plans")

Named = Annotated[str, Text(max=254)]


class PlanPeopleIn(Body):
    """People by role; null takes the person off, a role left out stays as it is."""

    sales: Named | None = None
    support: Named | None = None
    marketing: Named | None = None


class PlanChangesIn(Body):
    """What may be changed without moving a date; a field left out stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"staff": {"support": "sue@agency.example"}, "notes": "Prefers to be called."}
            ]
        }
    )

    staff: PlanPeopleIn = Field(
        default_factory=absent,
        description="E-mail addresses or ids of active staff. Their role's open tasks follow.",
    )
    notes: Note | None = Field(None, description="Replaces the notes; null clears them.")


@plans.get("", operation_id="plans_list")
@allow(*READ)
async def plans_list(
    session: SessionDep,
    asked: PageDep,
    state: Annotated[PlanState | None, Query(description="Only in this state.")] = None,
    client_ref: Annotated[Ref | None, Query(description="Only of this client.")] = None,
    agreement_ref: Annotated[Ref | None, Query(description="Only of this agreement.")] = None,
    live_from: Annotated[Day | None, Query(description="Live on this day or later.")] = None,
    live_to: Annotated[Day | None, Query(description="Live on this day or earlier.")] = None,
) -> Page[PlanSummaryOut]:
    """List plans.

    Newest first, without their tasks and adjustments; `GET /v1/plans/{plan_id}` has those.
    """
    wanted = queries.plans_listed(
        queries.PlanFilter(
            state=state,
            client_ref=client_ref,
            agreement_ref=agreement_ref,
            live_from=live_from,
            live_to=live_to,
        )
    )
    found = await page(session, wanted, queries.NEWEST, asked.limit, asked.cursor)
    return found.page(lambda row: PlanSummaryOut.model_validate(queries.summary_of(row)))


@plans.post(
    "",
    operation_id="plans_create",
    status_code=201,
    responses={200: {"model": PlanOut, "description": "The agreement has its plan already."}},
)
@allow(*MAKE_PLANS)
async def plans_create(
    body: SignedAgreementIn,
    session: SessionDep,
    wired: WiredDep,
    actor: ActorDep,
    now: NowDep,
    response: Response,
) -> PlanOut:
    """Make a plan by hand.

    Takes the document of `POST /webhooks/agreement`, and refuses at once what an event would be
    quarantined or asked back for: a live date that is no Monday to come, an unknown package. A
    second call for the same agreement answers 200 with the plan that it has.
    """
    with pointing_into_agreement():
        made = await make_plan(
            session,
            read_signed(body.document()),
            office=wired.office,
            actor=actor,
            now=now,
            date_must_hold=True,
        )
    response.status_code = 201 if made.created else 200
    response.headers["Location"] = f"/v1/plans/{made.plan.id}"
    return await _whole(session, wired.office, made.plan.id, response)


@plans.get("/{plan_id}", operation_id="plans_get")
@allow(*READ)
async def plans_get(
    plan_id: Id, session: SessionDep, wired: WiredDep, response: Response
) -> PlanOut:
    """Get a plan whole.

    With its tasks, its adjustments and what still blocks it from going live.
    """
    return await _whole(session, wired.office, plan_id, response)


@plans.patch("/{plan_id}", operation_id="plans_update")
@allow(*STEER_PLANS)
async def plans_update(
    plan_id: Id,
    body: PlanChangesIn,
    call: ActingDep,
) -> PlanOut:
    """Change who works on a plan, or its notes.

    The open tasks of a role go over to its new person, here and on the board.
    """
    await hold_plan_row(call.session, plan_id, call.expected)
    who: dict[str, Any] = {"office": call.office, "actor": call.actor, "now": call.now}
    if "staff" in body.model_fields_set and body.staff.model_fields_set:
        people = body.staff.model_dump(include=body.staff.model_fields_set)
        await give_plan_to(call.session, plan_id, people, **who)
    if "notes" in body.model_fields_set:
        await note_on_plan(call.session, plan_id, body.notes, **who)
    return await plan_answer(call, plan_id)


@plans.get("/{plan_id}/readiness", operation_id="plans_readiness")
@allow(*READ)
async def plans_readiness(plan_id: Id, session: SessionDep) -> ReadinessOut:
    """Ask what still blocks a plan.

    Open tasks that block, adjustments neither confirmed nor voided, the Complete e-mail.
    """
    return ReadinessOut.model_validate(await readiness_of_plan(session, plan_id))


@plans.get("/{plan_id}/timeline", operation_id="plans_timeline")
@allow(*READ)
async def plans_timeline(
    plan_id: Id, session: SessionDep, wired: WiredDep, now: NowDep
) -> TimelineOut:
    """Tell a plan's story.

    Everything that happened, oldest first, then everything that will happen, and by whom.
    """
    book = wired.office.playbook
    return TimelineOut.of(await timeline_of(session, plan_id, book=book, now=now))


async def plan_answer(call: Acting, plan_id: Id) -> PlanOut:
    """The plan as it is now after an action, with its version as the answer's ETag."""
    return await _whole(call.session, call.office, plan_id, call.response)


async def _whole(session: SessionDep, office: Office, plan_id: Id, response: Response) -> PlanOut:
    whole = await queries.plan_whole(session, plan_id, office.catalog.movement)
    response.headers["ETag"] = etag(whole.version)
    return PlanOut.model_validate(whole)
