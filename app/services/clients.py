"""Finding the client that an agreement names, or making its record."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.public_holidays import as_kept
from app.db.ids import new_id
from app.db.models import Client, Plan
from app.domain.actor import Actor
from app.domain.agreement import ClientFacts
from app.domain.calendar import zone_of
from app.domain.errors import Conflict, Invalid
from app.services.audit import record
from app.services.office import Office
from app.services.zones import follow_zone, lock_plans_of


class ClientUnnamed(Invalid):
    """A client not yet known needs a name and an e-mail address."""

    code = "client_unnamed"


class ClientAmbiguous(Conflict):
    """Several clients have this address, and the event gives no ref."""

    code = "client_ambiguous"


async def client_for(
    session: AsyncSession,
    facts: ClientFacts,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
) -> Client:
    """Find the client by ref, else by e-mail; make the record of one that is new.

    The row is locked, so two agreements of one client come one after the other. A known client
    keeps what it has: an event fills what is missing and overwrites nothing but the zone, which
    the agreement states for its own dates. The client's open plans follow that zone.

    Raises:
        ClientUnnamed: it is new, and the event has no name or no address.
        ClientAmbiguous: the address fits several clients.
    """
    await session.execute(
        text(
            "SELECT pg_advisory_xact_lock(hashtextextended('client:' || identity, 0))"
            " FROM unnest(CAST(:identities AS text[])) identity"
        ),
        {"identities": sorted(filter(None, (facts.ref, facts.email)))},
    )
    held = await _plans_to_follow(session, facts)
    client = await _find(session, facts, lock=True)
    if client is None:
        return await _make(session, facts, office=office, actor=actor, now=now)
    moves = facts.timezone is not None and facts.timezone != client.timezone
    await _fill_in(session, client, facts, actor=actor, now=now)
    if moves:
        # Somebody else may have changed the zone between the look and the lock.
        held = held or await lock_plans_of(session, client.id)
        zone = zone_of(client.timezone)
        await follow_zone(session, held, zone, office=office, actor=actor, now=now)
    return client


async def give_package(
    session: AsyncSession, client_id: UUID, package: str, *, actor: Actor, now: datetime
) -> None:
    """Write down which package a client has from now on; its row is locked.

    Source: docs/domain/upgrade.md, "What happens" 7, and I9.
    """
    client = await session.get_one(Client, client_id, with_for_update=True)
    before, client.package = client.package, package
    client.version += 1
    record(
        session,
        actor=actor,
        action="client.updated",
        subject=("client", client.id),
        now=now,
        before={"package": before},
        after={"package": package},
    )
    await session.flush()


async def _plans_to_follow(session: AsyncSession, facts: ClientFacts) -> Sequence[Plan]:
    """The plans of a client to whom the event gives another zone, held before the client is."""
    if facts.timezone is None:
        return ()
    client = await _find(session, facts, lock=False)
    if client is None or client.timezone == facts.timezone:
        return ()
    return await lock_plans_of(session, client.id)


async def _find(session: AsyncSession, facts: ClientFacts, *, lock: bool) -> Client | None:
    """The client with this ref, else the one with this address; another ref is another client."""
    has_address = func.lower(Client.email) == facts.email
    named = has_address
    if facts.ref is not None:
        # Another ref with the same address is another client of the same owner.
        named = (Client.ref == facts.ref) | (has_address & Client.ref.is_(None))
    wanted = select(Client).where(named).order_by(Client.ref.nulls_last(), Client.id).limit(3)
    wanted = wanted.execution_options(populate_existing=True)
    found = list(await session.scalars(wanted.with_for_update() if lock else wanted))
    if found and facts.ref is not None and found[0].ref == facts.ref:
        return found[0]
    if len(found) > 1:
        raise ClientAmbiguous(
            "Several clients have this e-mail address; the event must give client.ref.",
            pointer="/client/ref",
        )
    return found[0] if found else None


async def _make(
    session: AsyncSession, facts: ClientFacts, *, office: Office, actor: Actor, now: datetime
) -> Client:
    if facts.name is None or facts.email is None:
        missing = "name" if facts.name is None else "email"
        raise ClientUnnamed(
            f"The client is not known yet, so the event must give client.{missing}.",
            pointer=f"/client/{missing}",
        )
    country, region = as_kept(facts.country, facts.region)
    client = Client(
        id=new_id(),
        ref=facts.ref,
        name=facts.name,
        email=facts.email,
        timezone=facts.timezone or office.timezone.key,
        country=country,
        region=region,
        language=facts.language or "en",
        package=None,
    )
    session.add(client)
    record(
        session,
        actor=actor,
        action="client.created",
        subject=("client", client.id),
        now=now,
        after={"ref": client.ref, "name": client.name, "timezone": client.timezone},
    )
    await session.flush()
    return client


async def _fill_in(
    session: AsyncSession, client: Client, facts: ClientFacts, *, actor: Actor, now: datetime
) -> None:
    country, region = as_kept(facts.country or client.country, facts.region)
    wanted = {
        "ref": client.ref or facts.ref,
        "timezone": facts.timezone or client.timezone,
        "country": client.country or country,
        # A region says nothing of another country than its own.
        "region": client.region or (region if client.country in (None, country) else None),
    }
    before = {name: getattr(client, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if value != before[name]}
    if not changed:
        return
    for name, value in changed.items():
        setattr(client, name, value)
    client.version += 1
    record(
        session,
        actor=actor,
        action="client.updated",
        subject=("client", client.id),
        now=now,
        before={name: before[name] for name in changed},
        after=changed,
    )
    await session.flush()
