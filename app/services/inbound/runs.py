"""Events that start runs of playbooks: a signed agreement, a deal that is won."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Client, Plan
from app.domain.actor import Actor
from app.domain.calendar import day_of, zone_of
from app.domain.errors import DomainError
from app.domain.playbook.model import Playbook
from app.domain.playbook.upgrade import UpgradePlaybook
from app.domain.run.errors import NotTriggered
from app.domain.run.inbound import (
    Told,
    is_first_agreement,
    read_first,
    told_by_agreement,
    told_by_deal,
)
from app.services.clients import client_for
from app.services.inbound import agreements
from app.services.inbound.events import Brought, Understood
from app.services.office import Office
from app.services.playbooks.in_force import all_in_force
from app.services.runs.starting import StartRun, start_run


async def signed(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """A signed agreement does what it does, and starts the runs that wait for it.

    One of the kind `new` is a client's first: it makes the client and its runs, and no plan. A run
    that cannot begin does not hold the agreement up; the event says why.
    """
    books = await triggered(session, office, brought)
    if not is_first_agreement(brought.document):
        understood = await agreements.signed(session, brought, office=office, actor=actor, now=now)
        client_id = await _client_of(session, understood.plan) if books else None
        if client_id is None:
            return understood
    else:
        facts = read_first(brought.document)
        client_id = (await client_for(session, facts, office=office, actor=actor, now=now)).id
        understood = Understood("processed")
    client = await session.get_one(Client, client_id)
    told = told_by_agreement(
        brought.document,
        day_of(_signed_at(brought, now), zone_of(client.timezone)).isoformat(),
        {"name": client.name, "email": client.email, "ref": client.ref},
    )
    said: list[str] = [understood.reason] if understood.reason else []
    for book in books:
        try:
            said += await _start(
                session, book, brought, told, client_id, office=office, actor=actor, now=now
            )
        except DomainError as refusal:
            said.append(f"No run of {book.key} began: {refusal.detail}")
    return Understood(understood.status, " ".join(said) or None, understood.plan)


def _signed_at(brought: Brought, now: datetime) -> datetime:
    return told_by_agreement(brought.document, "", {}).occurred_at or now


async def _client_of(session: AsyncSession, plan: Plan | None) -> UUID | None:
    """The client of a plan; a change of a contract starts no run."""
    return plan.client_id if plan is not None else None


async def deal_told(
    session: AsyncSession, brought: Brought, *, office: Office, actor: Actor, now: datetime
) -> Understood:
    """A deal moved: the runs that wait for that begin; one that cannot quarantines the event."""
    told = told_by_deal(brought.document)
    books = await triggered(session, office, brought)
    email = str(told.figures.get("customer_email") or "").lower()
    clients = (
        list(await session.scalars(select(Client.id).where(Client.email == email))) if email else []
    )
    client_id = clients[0] if len(clients) == 1 else None
    said: list[str] = []
    for book in books:
        said += await _start(
            session, book, brought, told, client_id, office=office, actor=actor, now=now
        )
    if not said:
        return Understood("ignored", "No playbook waits for this event.")
    return Understood("processed", " ".join(said))


async def triggered(session: AsyncSession, office: Office, brought: Brought) -> Sequence[Playbook]:
    """The playbooks whose runs an event starts; the upgrade's are plans, made by themselves."""
    return [
        each.playbook
        for each in (await all_in_force(session, office)).values()
        if str(brought.kind) in each.playbook.trigger.events
        and not isinstance(each.playbook, UpgradePlaybook)
    ]


async def _start(
    session: AsyncSession,
    book: Playbook,
    brought: Brought,
    told: Told,
    client_id: UUID | None,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Start one run with what the event tells of its form; say what became of that."""
    wanted = {field.key for field in book.inputs}
    command = StartRun(
        playbook=book.key,
        subject_ref=told.subject_ref,
        inputs={key: value for key, value in told.figures.items() if key in wanted},
        trigger=str(brought.kind),
        cause=f"{brought.kind}/{told.subject_ref}",
        occurred_at=told.occurred_at,
        client_id=client_id,
    )
    try:
        made = await start_run(session, command, office=office, actor=actor, now=now)
    except NotTriggered:
        return []
    return [f"Run {made.row.id} of {book.key}{'' if made.created else ' was there already'}."]
