"""E-mails to the client: asked for, previewed, and never sent twice (I5, I6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.templates import RenderedMail
from app.db import plans
from app.db.models import Delivery, Plan
from app.domain.actor import Actor
from app.domain.calendar import spoken
from app.domain.delivery import DeliveryKind, DeliveryState, System
from app.domain.errors import Conflict
from app.domain.plan import PlanState, in_words
from app.domain.playbook.moment import Moment
from app.domain.readiness import EMAIL_SETTLED, CompleteEmailState
from app.domain.task import TaskKind, TaskState
from app.services.audit import record
from app.services.boards import fit_board
from app.services.effects import intend_begun_email
from app.services.intents import Intent, intend
from app.services.letters import complete_letter
from app.services.new_tasks import NewTask, add_task, due_now, put_state
from app.services.office import Office
from app.services.standing import blockers_of, touch
from app.services.withdrawals import end_asking_again, is_being_taken_back, is_open_mail

BEGUN_BY_HAND = "effect:email.begun"
COMPLETE_BY_HAND = "effect:email.complete"
"""Begin the keys of tasks that stand for the e-mails where no helpdesk is connected."""

NEW_LIVE_DATE = "follow_up:new_live_date:"
"""Begins the key of the task to tell a client what its Begun e-mail has wrong by now."""


class CompleteEmailBlocked(Conflict):
    """Tasks or adjustments are still open; the e-mail says that all is done."""

    code = "complete_email_blocked"


class CompleteEmailSentBefore(Conflict):
    """The Complete e-mail leaves at most once."""

    code = "complete_email_sent_before"


class CompleteEmailTooLate(Conflict):
    """No client e-mail leaves at or after the live instant, nor before a live date is set."""

    code = "complete_email_too_late"


@dataclass(frozen=True, slots=True)
class CompletePreview:
    """The Complete e-mail exactly as it would be sent."""

    to: str
    cc: tuple[str, ...]
    letter: RenderedMail


async def preview_complete_email(
    session: AsyncSession, plan_id: UUID, *, office: Office
) -> tuple[Plan, CompletePreview]:
    """Render the Complete e-mail as it would be sent now, whether or not it may be.

    Raises:
        PlanNotFound: there is no such plan.
        PlanUndated: the plan has no live date.
    """
    plan = await plans.lock(session, plan_id)
    return plan, await complete_email_of(session, plan, office)


async def complete_email_of(session: AsyncSession, plan: Plan, office: Office) -> CompletePreview:
    """The Complete e-mail of the plan as it is.

    Raises:
        PlanUndated: the plan has no live date.
    """
    plans.live_day(plan)  # which the e-mail names
    client = await plans.client_of(session, plan)
    letter = await complete_letter(session, plan, office)
    return CompletePreview(client.email, office.complete_email_cc, letter)


async def send_complete_email(
    session: AsyncSession, plan_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> tuple[Plan, CompletePreview]:
    """Send the Complete e-mail: once, with nothing in its way, with the CC, in time.

    Raises:
        PlanNotFound: there is no such plan.
        CompleteEmailTooLate: I5.
        CompleteEmailSentBefore, CompleteEmailBlocked: I6.

    Source: docs/domain/upgrade.md, "What happens" 5, I5 and I6.
    """
    plan = await plans.lock(session, plan_id)
    await _refuse_unless_due(session, plan, now=now)
    preview = await complete_email_of(session, plan, office)
    title = office.playbook.complete_email.title
    if System.MAIL in office.connected:
        plan.complete_email = CompleteEmailState.REQUESTED
        await _intend_complete(session, plan, preview, office=office, now=now)
    else:
        await _ask_for_it_by_hand(session, plan, preview, title, now=now)
    for task in await end_asking_again(
        session, plan, TaskState.DONE, "It was asked for again.", actor=actor, now=now
    ):
        await fit_board(session, plan, office=office, now=now, only=task)
    record(
        session,
        actor=actor,
        action="complete_email.requested",
        subject=("plan", plan.id),
        plan_id=plan.id,
        now=now,
        after={"to": preview.to, "cc": list(preview.cc), "subject": preview.letter.subject},
    )
    await touch(session, plan, office=office, actor=actor, now=now)
    return plan, preview


async def _refuse_unless_due(session: AsyncSession, plan: Plan, *, now: datetime) -> None:
    states = (PlanState.SCHEDULED, PlanState.IN_WINDOW)
    if plan.state not in states or plan.live_at is None or now >= plan.live_at:
        raise CompleteEmailTooLate(
            f"The plan {in_words(PlanState(plan.state))}; the Complete e-mail is sent before the "
            "live instant, while it is scheduled or in its window.",
            facts={"state": plan.state, "allowed_states": [str(state) for state in states]},
        )
    if await is_being_taken_back(session, plan):
        raise CompleteEmailSentBefore(
            "The Complete e-mail that was asked for before is being taken back. Ask again once "
            "that is done, within minutes: it leaves at most once."
        )
    if plan.complete_email in {*EMAIL_SETTLED, CompleteEmailState.REQUESTED}:
        raise CompleteEmailSentBefore(
            f"The Complete e-mail is {plan.complete_email.replace('_', ' ')} already; "
            "it leaves at most once."
        )
    blockers = await blockers_of(session, plan, without_email=True)
    if blockers:
        raise CompleteEmailBlocked(
            _in_its_way([blocker.detail for blocker in blockers]),
            facts={"blocking": [blocker.code for blocker in blockers]},
        )


_NAMED = 5


def _in_its_way(details: Sequence[str]) -> str:
    things = "1 thing is" if len(details) == 1 else f"{len(details)} things are"
    more = [f"And {len(details) - _NAMED} more."] if len(details) > _NAMED else []
    return f"{things} in its way: {' '.join([*details[:_NAMED], *more])}"


async def _intend_complete(
    session: AsyncSession, plan: Plan, preview: CompletePreview, *, office: Office, now: datetime
) -> None:
    client = await plans.client_of(session, plan)
    payload = {
        "to_email": client.email,
        "to_name": client.name,
        "cc": list(preview.cc),
        "subject": preview.letter.subject,
        "text": preview.letter.text,
        "html": preview.letter.html,
    }
    title = office.playbook.complete_email.title
    intent = Intent(DeliveryKind.EMAIL_COMPLETE, title, payload, not_after=plan.live_at)
    await intend(session, plan, intent, office=office, now=now)


async def _ask_for_it_by_hand(
    session: AsyncSession, plan: Plan, preview: CompletePreview, title: str, *, now: datetime
) -> None:
    tasks = await plans.tasks_of(session, plan)
    if any(is_open_mail(task, COMPLETE_BY_HAND) for task in tasks):
        raise CompleteEmailSentBefore("A task to send it by hand is open already.")
    task = NewTask(
        key=f"{COMPLETE_BY_HAND}:{plan.version}",
        kind=TaskKind.EFFECT,
        title=f"Send the {title} e-mail",
        instructions=f"To: {preview.to}\nCC: {', '.join(preview.cc)}\n"
        f"Subject: {preview.letter.subject}\n\n{preview.letter.text}",
        role="support",
        due_on=plans.live_day(plan) - timedelta(days=1),
    )
    await add_task(session, plan, task, now=now)


def sent_by_hand(plan: Plan, *, now: datetime) -> None:
    """A person sent the Complete e-mail: that counts, unless it was too late as well (I5).

    Raises:
        CompleteEmailTooLate: the live instant has passed.
    """
    if plan.live_at is None or now >= plan.live_at:
        raise CompleteEmailTooLate(
            "The services are live; a Complete e-mail sent now comes too late. Skip the task."
        )
    plan.complete_email = CompleteEmailState.DONE_BY_HAND


def not_sent_by_hand(plan: Plan) -> None:
    """A person takes back that they sent the Complete e-mail: it is in the way again."""
    if plan.complete_email == CompleteEmailState.DONE_BY_HAND:
        plan.complete_email = CompleteEmailState.NOT_SENT


async def renew_begun_email(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> None:
    """After a move: write the Begun e-mail anew, or have a person tell the client of the date."""
    if await resend_begun_email(session, plan, office=office, now=now):
        return
    live_on = plans.live_day(plan)
    for earlier in await plans.tasks_of(session, plan):
        if is_open_mail(earlier, NEW_LIVE_DATE):
            put_state(earlier, TaskState.SKIPPED, "The live date moved again.")
    task = NewTask(
        key=f"{NEW_LIVE_DATE}{plan.version}",
        kind=TaskKind.FOLLOW_UP,
        title=f"Tell the client of the new live date, {spoken(live_on)}",
        instructions="The Upgrade Begun e-mail that the client has names the earlier date.",
        role="support",
        due_on=due_now(plan, now=now),
    )
    await add_task(session, plan, task, now=now)


async def resend_begun_email(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> bool:
    """Intend the Begun e-mail again unless the client has it; True where it was intended."""
    await session.flush()
    sent = await session.scalar(
        select(Delivery.id).where(
            Delivery.plan_id == plan.id,
            Delivery.kind == DeliveryKind.EMAIL_BEGUN,
            Delivery.state.in_([DeliveryState.DELIVERED, DeliveryState.DONE_BY_HAND]),
        )
    )
    if sent is not None:
        return False
    for task in await plans.tasks_of(session, plan):
        if task.key.startswith(BEGUN_BY_HAND) and task.state == TaskState.DONE:
            return False
    for mail in office.playbook.mails_on(Moment.BEGUN):
        await intend_begun_email(session, plan, mail, office=office, now=now)
    return True
