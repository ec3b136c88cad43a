"""Subscriptions to events, and events written down for everybody who subscribes to them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.ids import new_id
from app.db.models import Delivery, Hook
from app.domain.actor import Actor
from app.domain.delivery import WAITING, DeliveryKind, DeliveryState
from app.domain.hook import HookNotFound, checked_events, names_for
from app.domain.run.events import EVENTS_OF_PLAYBOOKS, EVENTS_OF_RUNS, own_events
from app.services.audit import record
from app.services.office import Office
from app.services.once import OnceOnly, intend_once


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as subscribers are told.

    Attributes:
        name: Its type, as `contract.renewed`.
        occasion: Facts that tell it from all other events of its subject.
        data: What it says, JSON-ready.
    """

    name: str
    occasion: str
    data: Mapping[str, Any]


def events_sent(office: Office) -> frozenset[str]:
    """The types of events that this installation sends."""
    book = office.catalog.contract_playbook
    of_contracts = {each.event for each in book.every if each.event is not None}
    playbooks = office.catalog.playbooks.values()
    own = {name for each in playbooks for name in own_events(each)}
    return EVENTS_OF_RUNS | EVENTS_OF_PLAYBOOKS | of_contracts | own


async def publish(
    session: AsyncSession, owner: tuple[UUID, str], event: Event, *, now: datetime
) -> int:
    """Write an event of a contract down for each subscriber, in the caller's transaction.

    Args:
        session: The session of what happened.
        owner: The contract, and what its keys begin with.
        event: What happened.
        now: The present instant.

    Returns:
        How many are told.
    """
    hooks = await subscribers(session, {event.name})
    return await intend_once(session, owner, told(hooks, owner[0], event, now=now), now=now)


async def subscribers(session: AsyncSession, events: Collection[str]) -> Sequence[Hook]:
    """The subscriptions to any of these types of events, in their order."""
    names = sorted({name for event in events for name in names_for(event)})
    found = await session.scalars(
        select(Hook)
        .where(Hook.ended_at.is_(None), Hook.events.has_any(array(names)))
        .order_by(Hook.id)
        .with_for_update(read=True, key_share=True)  # one that is just ending is waited for
    )
    return list(found)


def told(hooks: Iterable[Hook], owner_id: UUID, event: Event, *, now: datetime) -> list[OnceOnly]:
    """An event for each of the subscriptions that ask for it.

    Args:
        hooks: Subscriptions, of whatever events.
        owner_id: What it befell; the event's id is made of it.
        event: What happened.
        now: The present instant.
    """
    body = {
        "id": str(uuid5(owner_id, f"{event.name}/{event.occasion}")),
        "type": event.name,
        "timestamp": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "data": dict(event.data),
    }
    return [
        OnceOnly(
            DeliveryKind.HOOK_POST,
            f"{event.name}/{event.occasion}/{hook.id}",
            event.name,
            {"hook_id": str(hook.id), "target_url": hook.target_url, "body": body},
            hook.id,
        )
        for hook in hooks
        if not {*names_for(event.name)}.isdisjoint(hook.events)
    ]


async def subscribe(
    session: AsyncSession,
    target_url: str,
    events: Sequence[str],
    *,
    known: Collection[str],
    actor: Actor,
    now: datetime,
) -> Hook:
    """Have an address told of events from now on.

    Raises:
        EventUnknown: There is no such event.
    """
    hook = Hook(
        id=new_id(),
        target_url=target_url,
        events=checked_events(events, known),
        created_at=now,
        created_by=actor.name,
    )
    session.add(hook)
    _note(session, hook, "hook.subscribed", actor=actor, now=now)
    return hook


async def unsubscribe(
    session: AsyncSession, hook_id: UUID, why: str, *, actor: Actor, now: datetime
) -> None:
    """End a subscription; what has not left yet does not leave.

    Raises:
        HookNotFound: There is none, or it has ended.
    """
    hook = await session.get(Hook, hook_id, with_for_update=True)
    if hook is None or hook.ended_at is not None:
        raise HookNotFound("There is no subscription with this id.")
    hook.ended_at, hook.ended_because = now, why
    await session.execute(
        update(Delivery)
        .where(
            Delivery.hook_id == hook.id,
            Delivery.state.in_([str(state) for state in WAITING]),
        )
        .values(
            state=str(DeliveryState.CANCELLED),
            reason=f"The subscription has ended: {why}",
            settled_at=now,
            next_attempt_at=None,
            held_at=None,
            version=Delivery.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    _note(session, hook, "hook.unsubscribed", actor=actor, now=now, reason=why)


def _note(
    session: AsyncSession,
    hook: Hook,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject=("hook", hook.id),
        now=now,
        after={"events": hook.events},
        reason=reason,
    )
