"""What people do with a plan: date it, hold it, cancel it, acknowledge it, mail its client."""

from app.api.acting import ActingDep
from app.api.locking import hold_plan_row
from app.api.permissions import ACKNOWLEDGE, BILL, FORCE, MAIL_CLIENTS, READ, STEER_PLANS
from app.api.plan_action_shapes import (
    CancelPlanOut,
    CancelStepOut,
    ChangeOut,
    CompleteEmailOut,
    DryRunIn,
    EmailOut,
    GoLiveIn,
    LiveDateIn,
    ReleaseIn,
    RescheduledOut,
)
from app.api.plan_shapes import PlanOut
from app.api.plans import plan_answer
from app.api.pointers import pointing
from app.api.shapes import BlockerOut, MaybeWhyIn, WarningOut, WhyIn
from app.domain.calendar import parse_day, zone_of
from app.domain.errors import Invalid
from app.queries.plans import warnings_of_date, zone_name_of
from app.queries.readiness import blocking_the_complete_email
from app.services.client_mail import preview_complete_email, send_complete_email
from app.services.differences import new_work
from app.services.endings import (
    Because,
    acknowledge_plan,
    cancel_plan,
    hold_plan,
    preview_cancelling,
    resume_plan,
)
from app.services.forcing import force_live
from app.services.live_dates import SetLiveDate, preview_live_date, set_live_date
from app.services.releases import Release, release_plan
from app.web.routing import make_router
from app.web.scalars import Id
from app.web.security import allow

plan_actions = make_router(tags=["plans"], prefix="/v1/plans/{plan_id}")

NO_REASON = "No reason was given."


class ForceNeeded(Invalid):
    """Only the clock lets a plan go live; a person may force one that it missed."""

    code = "force_needed"


@plan_actions.post("/live-date", operation_id="plans_reschedule")
@allow(*STEER_PLANS)
async def plans_reschedule(
    plan_id: Id,
    body: LiveDateIn,
    call: ActingDep,
) -> RescheduledOut:
    """Set or move the live date.

    Due dates, adjustments, reminders, e-mails not yet sent and the board follow in the same
    transaction; the answer lists what moved. A dry run lists the same and changes nothing.
    """
    await hold_plan_row(call.session, plan_id, call.expected)
    with pointing({}, by_code={"day_not_understood": "/live_on"}):
        live_on = parse_day(body.live_on, zone_of(await zone_name_of(call.session, plan_id)))
    command = SetLiveDate(plan_id, live_on, body.reason)
    warnings = await warnings_of_date(call.session, plan_id, live_on)
    if body.dry_run:
        moved = await preview_live_date(
            call.session, command, office=call.office, actor=call.actor, now=call.now
        )
    else:
        _, moved = await set_live_date(
            call.session, command, office=call.office, actor=call.actor, now=call.now
        )
    return RescheduledOut(
        plan=await plan_answer(call, plan_id),
        changes=[ChangeOut.model_validate(each) for each in moved],
        work=new_work(moved),
        warnings=[WarningOut.model_validate(each) for each in warnings],
        dry_run=body.dry_run,
    )


@plan_actions.post("/hold", operation_id="plans_hold")
@allow(*STEER_PLANS)
async def plans_hold(
    plan_id: Id,
    call: ActingDep,
    body: MaybeWhyIn | None = None,
) -> PlanOut:
    """Put a plan on hold.

    Nothing is sent to the client and nothing falls due until it is resumed.
    """
    await hold_plan_row(call.session, plan_id, call.expected)
    because = Because(plan_id, (body.reason if body else None) or NO_REASON)
    await hold_plan(call.session, because, office=call.office, actor=call.actor, now=call.now)
    return await plan_answer(call, plan_id)


@plan_actions.post("/resume", operation_id="plans_resume")
@allow(*STEER_PLANS)
async def plans_resume(
    plan_id: Id,
    call: ActingDep,
    body: MaybeWhyIn | None = None,
) -> PlanOut:
    """Let a held plan go on.

    It is scheduled again; where its live date has passed meanwhile it waits for a new one.
    """
    await hold_plan_row(call.session, plan_id, call.expected)
    reason = body.reason if body else None
    await resume_plan(
        call.session, plan_id, office=call.office, actor=call.actor, now=call.now, reason=reason
    )
    return await plan_answer(call, plan_id)


@plan_actions.post("/cancel", operation_id="plans_cancel")
@allow(*STEER_PLANS)
async def plans_cancel(
    plan_id: Id,
    body: WhyIn,
    call: ActingDep,
) -> PlanOut:
    """Cancel a plan.

    What was not done is dropped, what the service can take back it takes back, and the rest
    becomes tasks for people; `cancel-plan` lists it beforehand.
    """
    await hold_plan_row(call.session, plan_id, call.expected)
    because = Because(plan_id, body.reason)
    await cancel_plan(call.session, because, office=call.office, actor=call.actor, now=call.now)
    return await plan_answer(call, plan_id)


@plan_actions.get("/cancel-plan", operation_id="plans_cancel_plan")
@allow(*READ)
async def plans_cancel_plan(plan_id: Id, call: ActingDep) -> CancelPlanOut:
    """Say what cancelling a plan would undo, and what it can not.

    Nothing is changed; a plan that cannot be cancelled is refused as cancelling it would be.
    """
    steps = await preview_cancelling(call.session, plan_id, office=call.office)
    return CancelPlanOut(steps=[CancelStepOut.model_validate(step) for step in steps])


@plan_actions.post("/acknowledge", operation_id="plans_acknowledge")
@allow(*ACKNOWLEDGE)
async def plans_acknowledge(
    plan_id: Id,
    call: ActingDep,
) -> PlanOut:
    """Acknowledge a plan for Marketing.

    Marketing takes the services over from the live date; the reminders stop.
    """
    await hold_plan_row(call.session, plan_id, call.expected)
    await acknowledge_plan(
        call.session, plan_id, office=call.office, actor=call.actor, now=call.now
    )
    return await plan_answer(call, plan_id)


@plan_actions.post("/go-live", operation_id="plans_force_live")
@allow(*FORCE)
async def plans_force_live(
    plan_id: Id,
    body: GoLiveIn,
    call: ActingDep,
) -> PlanOut:
    """Force a missed plan live.

    A plan that nothing blocks goes live by itself; this is for one that missed its instant. It
    keeps its live date, and what it lacked is written down.
    """
    await hold_plan_row(call.session, plan_id, call.expected)
    if not body.force:
        raise ForceNeeded(
            "A plan goes live by itself; a missed one goes live with `force` and a reason.",
            pointer="/force",
        )
    because = Because(plan_id, body.reason)
    await force_live(call.session, because, office=call.office, actor=call.actor, now=call.now)
    return await plan_answer(call, plan_id)


@plan_actions.post("/release", operation_id="plans_release")
@allow(*BILL)
async def plans_release(
    plan_id: Id,
    body: ReleaseIn,
    call: ActingDep,
) -> PlanOut:
    """Release a plan's billing changes to the automation.

    In `hook` billing mode, once, also before the window opens: each change is then submitted on
    its first safe day. Moving the plan's date or terms withdraws the release.
    """
    await hold_plan_row(call.session, plan_id, call.expected)
    release = Release(plan_id, body.typed)
    await release_plan(call.session, release, office=call.office, actor=call.actor, now=call.now)
    return await plan_answer(call, plan_id)


@plan_actions.post("/complete-email", operation_id="plans_complete_email")
@allow(*MAIL_CLIENTS)
async def plans_complete_email(
    plan_id: Id,
    call: ActingDep,
    body: DryRunIn | None = None,
) -> CompleteEmailOut:
    """Send the Complete e-mail.

    It leaves once, when nothing is in its way, before the live instant, and with the CC. A dry
    run shows exactly what would be sent and what is in its way.
    """
    await hold_plan_row(call.session, plan_id, call.expected)
    dry_run = body is not None and body.dry_run
    blocking = await blocking_the_complete_email(call.session, plan_id)
    if dry_run:
        _, mail = await preview_complete_email(call.session, plan_id, office=call.office)
    else:
        _, mail = await send_complete_email(
            call.session, plan_id, office=call.office, actor=call.actor, now=call.now
        )
    email = EmailOut(
        to=mail.to,
        cc=list(mail.cc),
        subject=mail.letter.subject,
        text=mail.letter.text,
        html=mail.letter.html,
    )
    return CompleteEmailOut(
        plan=await plan_answer(call, plan_id),
        email=email,
        blocking=[BlockerOut.model_validate(each) for each in blocking],
        dry_run=dry_run,
    )
