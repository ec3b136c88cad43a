"""Outside systems in an operator's hands: stopped for a reason, and let go again."""

from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.clock import real_now
from app.db.models import OutsideSystem
from app.domain.actor import Actor
from app.domain.delivery import System
from app.domain.errors import Conflict
from app.services.audit import record

_SYSTEMS = UUID("5f0f7a52-7d0e-5c2b-9c5e-73797374656d")


class NotStopped(Conflict):
    """The system is neither paused nor taken for down; there is nothing to resume."""

    code = "system_not_paused"


def subject_of(system: System) -> tuple[str, UUID]:
    """The system as the audit trail names it; its id is derived from its name."""
    return "system", uuid5(_SYSTEMS, system)


async def pause_system(
    session: AsyncSession, system: System, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Send and read nothing at a system until it is resumed; what is under way comes to its end.

    A system that is paused already keeps the time since when, and gets the new reason.
    """
    await session.execute(insert(OutsideSystem).values(system=system).on_conflict_do_nothing())
    row = await _locked(session, system)
    assert row is not None
    row.paused_at = row.paused_at or await real_now(session)
    row.paused_by, row.paused_because = actor.name, reason
    record(
        session,
        actor=actor,
        action="system.paused",
        subject=subject_of(system),
        now=now,
        after={"system": str(system)},
        reason=reason,
    )


async def resume_system(
    session: AsyncSession, system: System, *, reason: str | None, actor: Actor, now: datetime
) -> None:
    """Let a paused system be asked again, and one that is taken for down be tried at once.

    Raises:
        NotStopped: it is neither.
    """
    row = await _locked(session, system)
    if row is None or (row.paused_at is None and row.opened_at is None):
        raise NotStopped(f"{system} is not paused, and nothing says that it is down.")
    row.paused_at = row.paused_by = row.paused_because = None
    if row.opened_at is not None:
        row.probe_at = await real_now(session)
    record(
        session,
        actor=actor,
        action="system.resumed",
        subject=subject_of(system),
        now=now,
        after={"system": str(system)},
        reason=reason,
    )


async def _locked(session: AsyncSession, system: System) -> OutsideSystem | None:
    row: OutsideSystem | None = await session.scalar(
        select(OutsideSystem)
        .where(OutsideSystem.system == system)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return row
