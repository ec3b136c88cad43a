"""Client e-mails: drafted, then scheduled, so that a repeat mails nobody twice (I5, I6, I8)."""

from app.delivery.sending import Delivered, Expired, Sending
from app.delivery.systems import Systems
from app.domain.delivery import TooLate, sending_time
from app.ports.errors import Refused
from app.ports.mail import ClientMail, ClientMessage, DraftRef, MailState


async def send_mail(sending: Sending, systems: Systems) -> Delivered | Expired:
    """Draft the e-mail once, then have the helpdesk send it, if it still leaves in time.

    The draft's ids are kept before it is scheduled: an attempt that follows a crash schedules the
    same draft, which overrides instead of mailing twice. The instant of sending is checked
    against the live instant right before it is set (I5).
    """
    mail = systems.the_mail()
    early = sending_time(await sending.now(), not_after=sending.not_after)
    if isinstance(early, TooLate) and not sending.progress:
        # After a restored backup it may have left in time, unknown here.
        left = await mail.find(sending.payload["marker"]) if sending.unsure else None
        if left is None:
            return Expired(early.detail)
        await sending.remember(_ids(left))
        draft = left
    else:
        draft = await _the_draft(sending, mail)
    if await mail.state(draft) in (MailState.SCHEDULED, MailState.PUBLISHED):
        return Delivered(_ids(draft))
    at = sending_time(await sending.now(), not_after=sending.not_after)
    if isinstance(at, TooLate):
        return Expired(at.detail)
    await mail.schedule(draft, at)
    return Delivered({**_ids(draft), "scheduled_for": at.isoformat()})


async def _the_draft(sending: Sending, mail: ClientMail) -> DraftRef:
    if sending.progress:
        return draft_of(dict(sending.progress))
    draft = None
    if sending.unsure:
        within = sending.payload.get("conversation_ref")
        draft = await mail.find(sending.payload["marker"], conversation_ref=within)
    if draft is None:
        draft = await mail.draft(_message(sending))
    await sending.remember(_ids(draft))
    return draft


def _message(sending: Sending) -> ClientMessage:
    payload = sending.payload
    return ClientMessage(
        to_email=payload["to_email"],
        to_name=payload["to_name"],
        cc=tuple(payload["cc"]),
        subject=payload["subject"],
        text=payload["text"],
        html=payload["html"],
        marker=payload["marker"],
        conversation_ref=payload.get("conversation_ref"),
    )


async def withdraw_mail(sending: Sending, systems: Systems) -> Delivered:
    """Take back an e-mail that the helpdesk has scheduled.

    Raises:
        Refused: it was sent before, so a person writes to the client.
    """
    mail = systems.the_mail()
    draft = draft_of(dict(sending.payload))
    if await mail.state(draft) is MailState.PUBLISHED:
        raise Refused("The e-mail had been sent before it could be taken back.", code="sent")
    await mail.unschedule(draft)
    return Delivered({})


def _ids(draft: DraftRef) -> dict[str, str | None]:
    return {
        "conversation_ref": draft.conversation_ref,
        "thread_ref": draft.thread_ref,
        "url": draft.url,
    }


def draft_of(ids: dict[str, str | None]) -> DraftRef:
    """A draft from the ids that a delivery keeps of it."""
    return DraftRef(str(ids["conversation_ref"]), str(ids["thread_ref"]), ids.get("url"))
