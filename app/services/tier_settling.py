"""What follows when an outside effect of a change of users has settled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import tier_quotes
from app.db.models import Attempt, Delivery, TierQuote
from app.domain.delivery import DeliveryKind, DeliveryState
from app.domain.tiers.flow import ApplyState, ChargeState, LetterState, QuoteState
from app.services.office import Office
from app.services.tier_effects import LETTERS, TIERS, alert
from app.services.tier_rows import kept
from app.services.tier_steps import applied, paid, told


async def quote_effect_settled(
    session: AsyncSession, delivery: Delivery, *, office: Office, now: datetime
) -> None:
    """Carry a quote on after one of its effects has settled, in the transaction that settles it."""
    assert delivery.quote_id is not None
    row = await tier_quotes.lock(session, delivery.quote_id)
    state, kind = DeliveryState(delivery.state), DeliveryKind(delivery.kind)
    if kind is DeliveryKind.CHAT_POST:
        return
    if state is DeliveryState.DELIVERED:
        await effect_done(session, row, kind, delivery.result or {}, office=office, now=now)
    elif state is not DeliveryState.CANCELLED:
        why = delivery.reason or "It could not be done."
        await _effect_failed(session, row, delivery, why, office=office, now=now)
    await kept(session, row)


async def effect_done(
    session: AsyncSession,
    row: TierQuote,
    kind: DeliveryKind,
    result: Mapping[str, Any],
    *,
    office: Office,
    now: datetime,
) -> None:
    """What follows from an effect that happened; one that was known before changes nothing."""
    if kind in LETTERS:
        await told(session, row, LETTERS[kind], LetterState.SENT, actor=TIERS, now=now)
    elif kind is DeliveryKind.CHARGE_CREATE:
        await paid(session, row, result, office=office, actor=TIERS, now=now)
    elif kind is DeliveryKind.SITE_APPLY:
        await applied(session, row, result, office=office, actor=TIERS, now=now)


async def _effect_failed(
    session: AsyncSession,
    row: TierQuote,
    delivery: Delivery,
    why: str,
    *,
    office: Office,
    now: datetime,
) -> None:
    kind = DeliveryKind(delivery.kind)
    if kind in LETTERS:
        letter = LETTERS[kind]
        row.letters = {**row.letters, letter: {"state": LetterState.FAILED, "why": why}}
    elif kind is DeliveryKind.CHARGE_CREATE and row.state == QuoteState.ACCEPTED:
        last = await session.scalar(
            select(Attempt.outcome)
            .where(Attempt.delivery_id == delivery.id)
            .order_by(Attempt.number.desc())
            .limit(1)
        )
        state = ChargeState.UNCERTAIN if last != "refused" else ChargeState.FAILED
        row.charge = {**(row.charge or {}), "state": state, "why": why}
    elif kind is DeliveryKind.SITE_APPLY and row.state == QuoteState.CHARGED:
        row.application = {**(row.application or {}), "state": ApplyState.FAILED, "why": why}
    else:
        return
    await alert(session, row, f"{delivery.subject}: {why}", office=office, now=now)
