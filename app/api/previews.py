"""Previews: what a signed agreement would make, shown whole and taken back."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.api.agreement_body import SignedAgreementIn
from app.api.permissions import MAKE_PLANS
from app.api.plan_shapes import PlanOut
from app.api.pointers import pointing_into_agreement
from app.api.preview_shapes import (
    BillingOut,
    BoardItemOut,
    BoardPreviewOut,
    EmailPreviewOut,
    LocalTimesOut,
    MessagePreviewOut,
    PlanDatesOut,
    PreviewOut,
    ServiceBesideOut,
    ServiceCutOverOut,
    ThreeBillsOut,
)
from app.api.timeline_shapes import TimelineEntryOut
from app.db.rehearsal import rehearsal
from app.domain.actor import Actor
from app.domain.agreement import SignedAgreement, read_signed
from app.domain.calendar import zone_of
from app.queries.coming import Coming, what_comes
from app.queries.plan_views import PlanView
from app.queries.plans import plan_whole
from app.services.foreseen import NOTHING_NEW, BoardForeseen
from app.services.intents import noting
from app.services.office import Office
from app.services.plans import make_plan
from app.services.previews import foresee
from app.web.routing import ActorDep, NowDep, SessionDep, WiredDep, make_router
from app.web.security import allow

previews = make_router(tags=["plans"], prefix="/v1/plans/preview")


@previews.post("", operation_id="plans_preview")
@allow(*MAKE_PLANS)
async def plans_preview(
    body: SignedAgreementIn, session: SessionDep, wired: WiredDep, actor: ActorDep, now: NowDep
) -> PreviewOut:
    """Show everything that a plan made by hand would be, and store nothing.

    Takes what `POST /v1/plans` takes, refuses what it refuses, and answers with the dates, the
    tasks, the board, the e-mails and messages as they would read, every change of the bill, three
    bills, and what would come. The plan is made by the same code and taken back, so the two cannot
    differ.
    """
    with pointing_into_agreement():
        return await _rehearsed(
            session, read_signed(body.document()), office=wired.office, actor=actor, now=now
        )


async def _rehearsed(
    session: AsyncSession, signed: SignedAgreement, *, office: Office, actor: Actor, now: datetime
) -> PreviewOut:
    async with rehearsal(session):
        with noting(session) as intended:
            made = await make_plan(
                session, signed, office=office, actor=actor, now=now, date_must_hold=True
            )
        whole = await plan_whole(session, made.plan.id, office.catalog.movement)
        seen = NOTHING_NEW
        if made.created:
            blockers = whole.readiness.blocking
            seen = await foresee(session, made.plan, intended, blockers, office=office, now=now)
        coming = await what_comes(
            session, Coming.of(whole), whole.tasks, book=office.playbook, now=now
        )
    return PreviewOut(
        created=made.created,
        plan=PlanOut.model_validate(whole),
        dates=_dates(whole, office),
        board=_board(seen.board, whole) if seen.board else None,
        emails=[EmailPreviewOut.model_validate(mail) for mail in seen.mails],
        messages=[MessagePreviewOut.model_validate(chat) for chat in seen.chats],
        cut_over=[ServiceCutOverOut.of(one) for one in seen.cut_over],
        stays=[
            ServiceBesideOut(service=one.service, billing=BillingOut.of(one)) for one in seen.beside
        ],
        bills=ThreeBillsOut.of(seen.bills) if seen.bills else None,
        timeline=[TimelineEntryOut.model_validate(entry) for entry in coming],
    )


def _board(seen: BoardForeseen, plan: PlanView) -> BoardPreviewOut:
    """The board with the plan's tasks as its items; other work has groups of its own."""
    groups: dict[str, list[BoardItemOut]] = {title: [] for title in seen.groups}
    for task in plan.tasks:
        person = task.assignee.name if task.assignee else None
        item = BoardItemOut(title=task.title, assignee=person, due_on=task.due_on)
        groups.setdefault(task.group, []).append(item)
    return BoardPreviewOut.model_validate(
        {
            "state": plan.board.state,
            "name": seen.name,
            "groups": [{"title": title, "items": items} for title, items in groups.items()],
            "removed_groups": list(seen.removed_groups),
        }
    )


def _dates(plan: PlanView, office: Office) -> PlanDatesOut:
    zone = zone_of(plan.client.timezone)

    def clocks(at: datetime | None) -> LocalTimesOut | None:
        return LocalTimesOut.of(at, zone, office.timezone) if at else None

    return PlanDatesOut(
        timezone=zone.key,
        organisation_timezone=office.timezone.key,
        live_on=plan.live_on,
        live_at=clocks(plan.live_at),
        window_opens_at=clocks(plan.window_opens_at),
    )
