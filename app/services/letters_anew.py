"""Client e-mails that have not left are written anew when what they are addressed to changes."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db import plans
from app.db.models import Plan
from app.domain.actor import Actor
from app.domain.delivery import DeliveryKind
from app.domain.errors import Conflict
from app.domain.plan import PlanState
from app.domain.playbook.model import Moment, Sender
from app.domain.task import TaskKind
from app.services.client_mail import resend_begun_email, send_complete_email
from app.services.effects import announce
from app.services.new_tasks import NewTask, add_task, due_now
from app.services.office import Office
from app.services.withdrawals import (
    COMPLETE_AGAIN,
    is_open_mail,
    unsent_client_emails,
    withdraw_client_emails,
)


async def write_letters_anew(
    session: AsyncSession, plan: Plan, *, office: Office, actor: Actor, now: datetime
) -> bool:
    """Take back the e-mails that have not left, and write them as the client's record is now.

    What was sent stays sent. A Complete e-mail that the helpdesk may hold is not written again
    before it is certain that it does not leave (I6): a person asks for it then.

    Returns:
        Whether there was any; then the caller ends with `touch`.
    """
    if plan.state not in (PlanState.SCHEDULED, PlanState.IN_WINDOW):
        return False
    unsent = await unsent_client_emails(session, plan)
    if not unsent:
        return False
    await withdraw_client_emails(session, plan, office=office, now=now, kinds=unsent)
    await session.flush()
    if DeliveryKind.EMAIL_BEGUN in unsent:
        await resend_begun_email(session, plan, office=office, now=now)
    if DeliveryKind.EMAIL_COMPLETE in unsent:
        await _complete_again(session, plan, office=office, actor=actor, now=now)
    return True


async def _complete_again(
    session: AsyncSession, plan: Plan, *, office: Office, actor: Actor, now: datetime
) -> None:
    if office.playbook.complete_email.sent_by is Sender.SERVICE:
        return  # the next sweep finds that it is missing
    try:
        await send_complete_email(session, plan.id, office=office, actor=actor, now=now)
    except Conflict as not_yet:
        why = (
            "It was taken back before it was sent, because the client's name, address or language "
            f"changed. Why it was not written anew at once: {not_yet.detail}"
        )
        await _ask_for_complete_again(session, plan, why, office=office, now=now)


async def _ask_for_complete_again(
    session: AsyncSession, plan: Plan, why: str, *, office: Office, now: datetime
) -> None:
    title = office.playbook.complete_email.title
    task = NewTask(
        key=f"{COMPLETE_AGAIN}{plan.version}",
        kind=TaskKind.FOLLOW_UP,
        title=f"Ask for the {title} e-mail again",
        instructions=why,
        role="support",
        due_on=due_now(plan, now=now),
    )
    await add_task(session, plan, task, now=now)


async def hold_letters(session: AsyncSession, plan: Plan, *, office: Office, now: datetime) -> None:
    """Take back the e-mails of a plan that is held; a task asks for the Complete e-mail again.

    Where the service sends that by itself, it does so once the plan goes on.

    Source: docs/upgrade.md, "Hold".
    """
    unsent = await unsent_client_emails(session, plan)
    await withdraw_client_emails(session, plan, office=office, now=now)
    by_a_person = office.playbook.complete_email.sent_by is Sender.PERSON
    if by_a_person and DeliveryKind.EMAIL_COMPLETE in unsent:
        why = "It was taken back when the plan was held: ask for it once the plan goes on."
        await _ask_for_complete_again(session, plan, why, office=office, now=now)


async def letters_go_on(
    session: AsyncSession, plan: Plan, *, office: Office, now: datetime
) -> None:
    """Write the Begun e-mail of a resumed plan anew, and have people ask for the Complete one."""
    await resend_begun_email(session, plan, office=office, now=now)
    if any(is_open_mail(task, COMPLETE_AGAIN) for task in await plans.tasks_of(session, plan)):
        moment = Moment.COMPLETE_EMAIL_WANTED
        await announce(session, plan, moment, office=office, now=now)
