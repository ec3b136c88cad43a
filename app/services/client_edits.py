"""Changes of a client's record, and what of the open plans follows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.public_holidays import as_kept
from app.db import plans
from app.db.models import Client, Plan
from app.domain.actor import Actor
from app.domain.calendar import zone_of
from app.domain.errors import ClientNotFound
from app.domain.task import SETTLED, TaskState
from app.services.audit import record
from app.services.billing_changes import renamed_in
from app.services.boards import fit_board
from app.services.letters_anew import write_letters_anew
from app.services.office import Office
from app.services.standing import touch
from app.services.zones import Move, lock_plans_of, move_zone, moves_to

_IN_LETTERS = frozenset({"name", "email", "language"})
"""What the client's e-mails are addressed to or written in."""


async def hold_client(session: AsyncSession, client_id: UUID) -> tuple[Client, Sequence[Plan]]:
    """Hold a client, and before it its plans that are not over: the order of all locks.

    Raises:
        ClientNotFound: there is no such client.
    """
    held = await lock_plans_of(session, client_id)
    client = await session.get(Client, client_id, populate_existing=True, with_for_update=True)
    if client is None:
        raise ClientNotFound("There is no client with this id.")
    return client, held


async def amend_client(
    session: AsyncSession,
    client_id: UUID,
    changes: Mapping[str, Any],
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Client:
    """Change a client's record; the client's open plans follow in the same transaction.

    With another zone the plans keep their days and take the zone's hours. With another name,
    address or language the e-mails that have not left are taken back and written anew.

    Args:
        session: The caller commits.
        client_id: Which client.
        changes: New values of `name`, `email`, `timezone`, `country`, `region`, `language`.
        office: The installation.
        actor: Who changes it.
        now: The present instant.

    Raises:
        ClientNotFound: there is no such client.
        ZoneUnknown: the zone is none.
        LiveDateBegunThere: a plan cannot follow into the zone; it is named.

    Source: docs/domain/upgrade.md, "Holidays and zones".
    """
    client, held = await hold_client(session, client_id)
    wanted = _wanted(client, changes)
    before = {name: getattr(client, name) for name in wanted}
    moves: list[Move] = []
    zone = zone_of(changes.get("timezone", client.timezone))
    if "timezone" in changes:
        # Also where it is the same again: then a plan follows that could not before.
        moves = await moves_to(session, held, zone, office=office, now=now)
    if wanted:
        await _write(session, client, before, wanted, actor=actor, now=now)
    for move in moves:
        await move_zone(session, move, zone, office=office, actor=actor, now=now)
    moved = {move.plan.id for move in moves}
    for plan in held:
        renamed = "name" in wanted and await _rename(session, plan, before["name"], client.name)
        anew = not _IN_LETTERS.isdisjoint(wanted) and await write_letters_anew(
            session, plan, office=office, actor=actor, now=now
        )
        if "name" in wanted:
            await fit_board(session, plan, office=office, now=now)
        if plan.id in moved or renamed or anew:
            await touch(session, plan, office=office, actor=actor, now=now)
    return client


async def _write(
    session: AsyncSession,
    client: Client,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    for name, value in after.items():
        setattr(client, name, value)
    client.version += 1
    record(
        session,
        actor=actor,
        action="client.updated",
        subject=("client", client.id),
        now=now,
        before=before,
        after=after,
    )
    await session.flush()


def _wanted(client: Client, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from what the record has."""
    given = dict(changes)
    if "email" in given:
        given["email"] = given["email"].lower()
    if "country" in given or "region" in given:
        place = (given.get("country", client.country), given.get("region", client.region))
        given["country"], given["region"] = as_kept(*place)
    return {name: value for name, value in given.items() if value != getattr(client, name)}


async def _rename(session: AsyncSession, plan: Plan, before: str, after: str) -> bool:
    """Where a client's name is to be typed, it is the new one; whether there was such a task."""
    renamed = False
    for task in await plans.tasks_of(session, plan):
        words = renamed_in(task.instructions, before, after)
        if TaskState(task.state) not in SETTLED and words != task.instructions:
            task.instructions, renamed = words, True
            task.version += 1
    return renamed
