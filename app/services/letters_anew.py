"""Client e-mails that have not left are written anew when what they are addressed to changes."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Plan
from app.domain.actor import Actor
from app.domain.calendar import day_of, zone_of
from app.domain.delivery import DeliveryKind
from app.domain.errors import Conflict
from app.domain.plan import PlanState
from app.domain.playbook.model import Sender
from app.domain.task import TaskKind
from app.services.client_mail import resend_begun_email, send_complete_email
from app.services.new_tasks import NewTask, add_task
from app.services.office import Office
from app.services.withdrawals import unsent_client_emails, withdraw_client_emails


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
        title = office.playbook.complete_email.title
        task = NewTask(
            key=f"follow_up:complete_again:{plan.version}",
            kind=TaskKind.FOLLOW_UP,
            title=f"Ask for the {title} e-mail again",
            instructions="It was taken back before it was sent, because the client's name, "
            f"address or language changed. Why it was not written anew at once: {not_yet.detail}",
            role="support",
            due_on=day_of(now, zone_of(plan.timezone)),
        )
        await add_task(session, plan, task, now=now)
