"""The outside effects of a change of users: e-mails to the client, and alerts to the team."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import String, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.jobs import Job, enqueue
from app.db.models import Delivery, TierQuote
from app.domain.actor import Actor
from app.domain.delivery import DeliveryKind, DeliveryState, System
from app.domain.effect_key import Effect, family_of
from app.domain.tiers.flow import LetterState
from app.services.audit import record
from app.services.epochs import RESTORED, in_epoch
from app.services.office import Office
from app.services.tier_letters import letter_of, reference_of, stuck_message
from app.services.tier_rows import COSTS, RECAP

TIERS = Actor.service("tiers")
ROOM = "support"
"""The room that everybody watches; the people of Billing have none of their own."""

LETTERS = {DeliveryKind.EMAIL_QUOTE: COSTS, DeliveryKind.EMAIL_RECAP: RECAP}
KINDS = {letter: kind for kind, letter in LETTERS.items()}


async def intend_of_quote(
    session: AsyncSession,
    row: TierQuote,
    kind: DeliveryKind,
    payload: Mapping[str, Any],
    *,
    subject: str,
    now: datetime,
) -> Delivery:
    """Write down one outside effect of a quote and its job, in the caller's transaction.

    Its key is made of facts, as a plan's effects have theirs: the same effect has the same, also
    after a backup was restored, when it is looked up before it is sent.
    """
    delivery_id = new_id()
    effect = Effect(reference_of(row), kind, subject, recipient=str(payload.get("to_email", "")))
    known = func.coalesce(func.array_agg(Delivery.key), array([], type_=String))
    found = await session.execute(
        select(known, in_epoch()).where(
            Delivery.quote_id == row.id, Delivery.kind == kind, Delivery.subject == subject
        )
    )
    keys, doubted = found.one()
    nth = 1 + sum(family_of(key) == effect.family for key in keys)
    delivery = Delivery(
        id=delivery_id,
        quote_id=row.id,
        kind=str(kind),
        system=str(kind.system),
        subject=subject,
        key=effect.key(nth),
        state=str(DeliveryState.UNCERTAIN if doubted else DeliveryState.PENDING),
        reason=RESTORED if doubted else None,
        payload=dict(payload),
        created_at=now,
    )
    session.add(delivery)
    await enqueue(session, Job.DELIVER, {"delivery_id": str(delivery_id)})
    return delivery


async def tell_client(
    session: AsyncSession, row: TierQuote, letter: str, *, office: Office, now: datetime
) -> None:
    """E-mail the client, or leave it to a person where no helpdesk or no address is known.

    A request that came by a conversation is answered in the same one.
    """
    email = row.contact.get("email")
    if System.MAIL not in office.connected or not email:
        row.letters = {**row.letters, letter: {"state": LetterState.BY_HAND}}
        return
    text = letter_of(row, letter, office)
    payload = {
        "to_email": email,
        "to_name": row.contact.get("contact_name") or row.contact.get("name") or email,
        "cc": [],
        "subject": text.subject,
        "text": text.text,
        "html": text.html,
        "marker": f"{reference_of(row)}-{letter}".lower(),
        "conversation_ref": row.conversation_ref,
    }
    row.letters = {**row.letters, letter: {"state": LetterState.PENDING}}
    await intend_of_quote(session, row, KINDS[letter], payload, subject=text.subject, now=now)


async def alert(
    session: AsyncSession, row: TierQuote, detail: str, *, office: Office, now: datetime
) -> None:
    """Tell the team of a quote that needs a person: the trail always, the room where there is one.

    It stays in the list of what waits, whatever becomes of the message.
    """
    row.alerted_at = now
    record(
        session,
        actor=TIERS,
        action="tier_quote.stuck",
        subject=("tier_quote", row.id),
        now=now,
        after={"state": row.state},
        reason=detail,
    )
    if System.CHAT in office.connected:
        text = stuck_message(row, [detail], office)
        payload = {"room": ROOM, "text": text, "thread": reference_of(row)}
        subject = f"Tell {ROOM}: a change of users needs a person"
        await intend_of_quote(
            session, row, DeliveryKind.CHAT_POST, payload, subject=subject, now=now
        )
