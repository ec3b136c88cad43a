"""What time does to many plans at once: a batch of plain ones is moved by one statement.

A plan is plain where nothing about it has to be decided one by one: no agreement waits behind it,
no task is open as it goes live, no reminder is late. The others are left to `sweeps`, which moves
them plan by plan to the same rows. See docs/decisions/0011-waves-in-sql.md.
"""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, TextClause, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.db import waves
from app.db.models import Plan, Staff
from app.domain.delivery import DeliveryKind, DeliveryState, System
from app.domain.plan import Trigger
from app.domain.playbook.moment import Moment
from app.domain.playbook.reminding import PUNCTUAL
from app.services.effects import LEAD_IS_NAMED
from app.services.epochs import RESTORED, is_in_epoch
from app.services.intents import DELIVERIES_A_JOB
from app.services.missed import missing_of, tellings_of_missing
from app.services.office import Office
from app.services.people import PLAN_ROLES
from app.services.releases import RELEASE_WANTED, release_is_a_persons
from app.services.sweeps import CLOCK, due

BATCH = 2000
"""Plans of one transaction: it holds them for less than a second."""


@dataclass(frozen=True, slots=True)
class Place:
    """A plan's place in the order in which plans come due."""

    at: datetime
    plan_id: UUID


@dataclass(frozen=True, slots=True)
class Swept:
    """What one batch came to.

    Attributes:
        moved: How many plans were moved.
        last: The last plan that was looked at; None where no more are due.
    """

    moved: int
    last: Place | None


NOTHING_DUE = Swept(0, None)


async def open_windows(
    session: AsyncSession,
    *,
    office: Office,
    now: datetime,
    limit: int = BATCH,
    after: Place | None = None,
    skip: int = 0,
) -> Swept:
    """Open the windows of a batch: as `sweeps.open_windows`, for plain plans.

    Args:
        session: The session of the sweep; the caller commits.
        office: The installation.
        now: The present instant.
        limit: Most plans looked at.
        after: Where the batch before ended.
        skip: How many of the first to leave alone.

    Source: docs/domain/upgrade.md, "What happens" 4.
    """
    effects = await _effects(session, office, {Moment.WINDOW_OPENED: None})
    if effects is None:
        return NOTHING_DUE
    ids, last = await _hold(
        session, Trigger.OPEN_WINDOW, now=now, limit=limit, after=after, skip=skip
    )
    told = [RELEASE_WANTED] if release_is_a_persons(office) else []
    given = {
        "ids": ids,
        "unreleased": json.dumps(told),
        "late_before": now - PUNCTUAL,
        "occasions": [one["subject"] for one in effects],
    }
    moved = await _move(session, waves.OPEN_WINDOWS, given, effects, office=office, now=now)
    return Swept(moved, last)


async def go_live(
    session: AsyncSession,
    *,
    office: Office,
    now: datetime,
    limit: int = BATCH,
    after: Place | None = None,
    skip: int = 0,
) -> Swept:
    """Let a batch go live: as `sweeps.go_live`, for plain plans; arguments as `open_windows`.

    Source: docs/domain/upgrade.md, "What happens" 7 and 8.
    """
    moments = {Moment.LIVE: None, Moment.COMPLETED: "completed"}
    effects = await _effects(session, office, moments)
    if effects is None:
        return NOTHING_DUE
    ids, last = await _hold(session, Trigger.GO_LIVE, now=now, limit=limit, after=after, skip=skip)
    moved = await _move(session, waves.GO_LIVE, {"ids": ids}, effects, office=office, now=now)
    return Swept(moved, last)


async def miss(
    session: AsyncSession,
    *,
    office: Office,
    now: datetime,
    limit: int = BATCH,
    after: Place | None = None,
    skip: int = 0,
) -> Swept:
    """Mark a batch as missed: as `sweeps.miss`, for plain plans; arguments as `open_windows`.

    Source: docs/domain/upgrade.md, "What happens" 7.
    """
    effects = await _effects(session, office, {Moment.MISSED: None})
    if effects is None:
        return NOTHING_DUE
    ids, last = await _hold(session, Trigger.MISS, now=now, limit=limit, after=after, skip=skip)
    asked = {
        "ids": ids,
        "packages": list(office.catalog.packages),
        "late_before": now - PUNCTUAL,
        "occasions": [one["subject"] for one in effects],
    }
    plain = (await session.execute(waves.PLAIN_TO_MISS, asked)).all()
    given = {
        "ids": [row.id for row in plain],
        "missing": [json.dumps(each) for each in await missing_of(session, plain)],
        "waits_since": now.isoformat(),
        "reminders": json.dumps(tellings_of_missing(plain, office, now)),
    }
    moved = await _move(session, waves.MISS, given, effects, office=office, now=now)
    return Swept(moved, last)


def next_due(trigger: Trigger, now: datetime, after: Place | None) -> Select[UUID, datetime | None]:
    """The plans that a trigger of the clock moves at this instant, in their order, after a place.

    By the place's key, not by an offset: what a sweep has moved or passed is not looked at again.
    """
    instant = Plan.window_opens_at if trigger is Trigger.OPEN_WINDOW else Plan.live_at
    wanted = select(Plan.id, instant).where(due(trigger, now)).order_by(instant, Plan.id)
    if after is None:
        return wanted
    return wanted.where(tuple_(instant, Plan.id) > tuple_(after.at, after.plan_id))


async def _hold(
    session: AsyncSession,
    trigger: Trigger,
    *,
    now: datetime,
    limit: int,
    after: Place | None,
    skip: int,
) -> tuple[list[UUID], Place | None]:
    """Hold the next plans that are due, without waiting for those that somebody has in hand.

    What makes them plain is asked after that, when it cannot change any more. A sweep goes through
    the plans once, in their order, and looks at none twice.
    """
    wanted = next_due(trigger, now, after).offset(skip).limit(limit)
    rows = (await session.execute(wanted.with_for_update(skip_locked=True))).all()
    places = [Place(at, plan_id) for plan_id, at in rows if at is not None]
    return [place.plan_id for place in places], places[-1] if places else None


async def _move(
    session: AsyncSession,
    wave: TextClause,
    given: Mapping[str, Any],
    effects: Sequence[Mapping[str, Any]],
    *,
    office: Office,
    now: datetime,
) -> int:
    """Move the plain ones of the plans held, and enqueue what they set off."""
    if not given["ids"]:
        return 0
    # After a backup was restored, what is said now may have been said in the time that was lost.
    doubted = await is_in_epoch(session)
    common = {
        "delivery_state": str(DeliveryState.UNCERTAIN if doubted else DeliveryState.PENDING),
        "delivery_reason": RESTORED if doubted else None,
        "packages": list(office.catalog.packages),
        "effects": json.dumps(effects),
        "plan_link": office.plan_link(""),
        "deliveries_a_job": DELIVERIES_A_JOB,
        "seed": secrets.randbits(63),
        "now": now,
        "actor_kind": str(CLOCK.kind),
        "actor_id": CLOCK.id,
        "actor_name": CLOCK.name,
    }
    moved: int = (await session.execute(wave, {**common, **given})).scalar_one()
    return moved


async def _effects(
    session: AsyncSession, office: Office, moments: Mapping[Moment, str | None]
) -> Sequence[Mapping[str, Any]] | None:
    """The chat messages of moments, each with the plan's state that it needs, and who is named.

    Returns:
        None where more than chat messages hang on them, or the chat is not connected, so that each
        is somebody's task: then every plan is moved by itself.
    """
    book = office.playbook
    effects: list[Mapping[str, Any]] = []
    for moment, only_in in moments.items():
        chats = book.chats_on(moment)
        lead = (book.lead_role,) if moment in LEAD_IS_NAMED else ()
        more = book.mails_on(moment) or book.boards_on(moment) or {*lead} & {*PLAN_ROLES}
        if more or (chats and System.CHAT not in office.connected):
            return None
        for chat in chats:
            roles = [role for role in dict.fromkeys((chat.room, *lead)) if role not in PLAN_ROLES]
            effects.append(
                {
                    "place": len(effects) + 1,
                    "kind": str(DeliveryKind.CHAT_POST),
                    "system": str(DeliveryKind.CHAT_POST.system),
                    "subject": f"{moment}/{chat.room}",
                    "room": chat.room,
                    "template": chat.template,
                    "others": await _names_of(session, roles),
                    "only_in": only_in,
                }
            )
    return effects


async def _names_of(session: AsyncSession, roles: Collection[str]) -> list[str]:
    """The active people of roles that no plan has a person of its own for."""
    if not roles:
        return []
    rows = await session.execute(
        select(Staff.role, Staff.name)
        .where(Staff.role.in_(roles), Staff.active)
        .order_by(Staff.name)
    )
    found = rows.all()
    return [name for role in roles for of, name in found if of == role]
