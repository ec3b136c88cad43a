"""Renewals: announced ahead, and carried out at the end where a contract renews by itself."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, Text, cast, exists, literal, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contracts import lock_contract
from app.db.models import Client, ContractChange, ContractNotice, ContractRecord
from app.domain.actor import Actor
from app.domain.calendar import day_of, spoken, zone_of
from app.domain.contract.change import DECIDE_THE_END, OPEN, ChangeKind, ChangeOrder, Rights
from app.domain.contract.model import RenewalTerms
from app.domain.contract.playbook import Following
from app.domain.errors import DomainError
from app.services.contracts.carrying_out import WIDEST_ZONE
from app.services.contracts.changing import EnterChange, enter_change
from app.services.contracts.consequences import Occurred, follow_notice
from app.services.contracts.notices import Notice, tell
from app.services.contracts.tasks import RENEWAL_TASKS
from app.services.office import Office

_DAY = timedelta(days=1)
_SIGNED_FOR_THE_END = exists().where(
    ContractChange.contract_id == ContractRecord.id,
    ContractChange.kind.in_([str(kind) for kind in DECIDE_THE_END]),
    ContractChange.state.in_([str(state) for state in OPEN]),
)
"""Somebody has signed what happens then: nothing renews by itself, and nobody is reminded."""

_GOES_ON = (
    ContractRecord.successor_id.is_(None),
    ~ContractRecord.is_terminated,
    ContractRecord.ends_on == ContractRecord.term_ends_on,
    ~_SIGNED_FOR_THE_END,
)


_Ahead = Select[UUID, date, str, str, str]


async def renewals_ahead(
    session: AsyncSession, *, office: Office, now: datetime, limit: int = 200
) -> Sequence[UUID]:
    """The contracts that end soon, so many days ahead as the policy says, and nobody was told.

    Args:
        session: Reads only.
        office: The installation; its day counts.
        now: The present instant.
        limit: Most contracts at a time.

    Source: docs/domain/contracts.md, "Renewals".
    """
    found = await session.execute(
        _ahead(office, now).order_by(ContractRecord.ends_on, ContractRecord.id).limit(limit)
    )
    return [row.id for row in found]


async def announce_renewal(
    session: AsyncSession, contract_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> bool:
    """Tell people of a contract that ends soon; return whether they did not know.

    Args:
        session: The caller commits.
        contract_id: One of those ahead; somebody may have signed for its end meanwhile.
        office: The installation; its day counts.
        actor: The clock.
        now: The present instant.

    Source: docs/domain/contracts.md, "Renewals".
    """
    asked = _ahead(office, now).where(ContractRecord.id == contract_id)
    found = (await session.execute(asked)).one_or_none()
    if found is None:
        return False
    _, ends_on, renewal, name, occasion = found
    left = (ends_on - day_of(now, office.timezone)).days
    notice = Notice(
        "renewal_ahead",
        occasion,
        office.catalog.contracts.renewal_role,
        _said(name, ends_on, RenewalTerms(renewal), left),
        ends_on - _DAY,
    )
    if not await tell(session, contract_id, notice, actor=actor, now=now):
        return False
    days_before = int(occasion.rsplit("/", 1)[1])
    follows = office.catalog.contract_playbook.days_ahead(days_before)
    await _follow(session, contract_id, notice, follows, office=office, now=now)
    return True


def _ahead(office: Office, now: datetime) -> _Ahead:
    """Contracts to announce, each with the occasion: its end, and the nearest days before it."""
    today = day_of(now, office.timezone)
    days_before = sorted(office.catalog.contracts.announce_days_before)
    nearest = sql_case(
        *((ContractRecord.ends_on <= today + timedelta(days=each), each) for each in days_before)
    )
    occasion = cast(ContractRecord.ends_on, Text) + literal("/") + cast(nearest, Text)
    told = exists().where(
        ContractNotice.contract_id == ContractRecord.id,
        ContractNotice.kind == "renewal_ahead",
        ContractNotice.occasion == occasion,
    )
    return (
        select(
            ContractRecord.id, ContractRecord.ends_on, ContractRecord.renewal, Client.name, occasion
        )
        .join(Client, Client.id == ContractRecord.client_id)
        .where(
            *_GOES_ON,
            ContractRecord.ends_on > today,
            ContractRecord.ends_on <= today + timedelta(days=days_before[-1]),
            ContractRecord.renewal != str(RenewalTerms.NONE),
            ~told,
        )
    )


async def _follow(
    session: AsyncSession,
    contract_id: UUID,
    notice: Notice,
    found: Following,
    *,
    office: Office,
    now: datetime,
) -> None:
    """Rooms, subscribers and people's tasks hear of a notice too, as the playbook says."""
    last = notice.due_on
    occurred = Occurred(
        contract_id,
        f"{RENEWAL_TASKS}{notice.occasion}/{notice.kind}",
        last,
        "renewal",
        [notice.said],
        data={"said": notice.said, "notice": notice.kind},
    )
    await follow_notice(session, found, occurred, office=office, now=now)


def _said(name: str, ends_on: date, renewal: RenewalTerms, left: int) -> str:
    last = spoken(ends_on - _DAY)
    if renewal is RenewalTerms.AUTOMATIC:
        return (
            f"The contract of {name} renews by itself in {left} days, after {last}: as it stands "
            "then, without what was bought once and without one-time discounts. Sign a renewal, "
            "a recast or a termination before, if it is to be otherwise."
        )
    return f"The contract of {name} ends in {left} days, with {last}: nothing renews it by itself."


async def renewals_due(session: AsyncSession, *, now: datetime, limit: int = 200) -> Sequence[UUID]:
    """The contracts that renew by themselves, and whose last day is over where the client is."""
    stopped = exists().where(
        ContractNotice.contract_id == ContractRecord.id,
        ContractNotice.kind == "renewal_stopped",
        ContractNotice.occasion == cast(ContractRecord.ends_on, Text),
    )
    rows = await session.execute(
        select(ContractRecord.id, ContractRecord.ends_on, Client.timezone)
        .join(Client, Client.id == ContractRecord.client_id)
        .where(
            *_GOES_ON,
            ContractRecord.renewal == str(RenewalTerms.AUTOMATIC),
            ContractRecord.ends_on <= (now + WIDEST_ZONE).date(),
            ~stopped,
        )
        .order_by(ContractRecord.ends_on, ContractRecord.id)
        .limit(limit)
    )
    return [row.id for row in rows if row.ends_on <= day_of(now, zone_of(row.timezone))]


async def renew(
    session: AsyncSession, contract_id: UUID, *, office: Office, actor: Actor, now: datetime
) -> bool:
    """Renew a contract that ends today, as it stands; what prevents it is told to a person.

    Returns:
        Whether it was renewed.

    Args:
        session: The caller commits.
        contract_id: Automatic, and at its end.
        office: The installation.
        actor: The clock.
        now: The present instant.

    Source: docs/domain/contracts.md, "Kinds of change".
    """
    one = await lock_contract(session, contract_id)
    if one.successor_id is not None or one.is_terminated:
        return False  # somebody was quicker
    role, ends_on = office.catalog.contracts.renewal_role, one.ends_on
    order = ChangeOrder(ChangeKind.RENEWAL, ends_on, ends_on)
    command = EnterChange(contract_id, order, Rights(), entered_on=ends_on)
    try:
        async with session.begin_nested():
            change = await enter_change(session, command, office=office, actor=actor, now=now)
    except DomainError as why:
        said = f"The contract did not renew by itself on {spoken(ends_on)}: {why.detail}"
        notice = Notice("renewal_stopped", str(ends_on), role, said, ends_on)
        if await tell(session, contract_id, notice, actor=actor, now=now):
            book = office.catalog.contract_playbook
            await _follow(session, contract_id, notice, book.not_renewed, office=office, now=now)
        return False
    said = f"The contract renewed by itself on {spoken(ends_on)}: {_listed(change)}."
    notice = Notice("renewed", str(ends_on), role, said, ends_on, change.id)
    await tell(session, contract_id, notice, actor=actor, now=now)
    return True


def _listed(change: ContractChange) -> str:
    return ", ".join(change.draft["after"]) or "no lines"
