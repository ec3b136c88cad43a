"""Entering a change of a contract: decided, asked for, scheduled, or in force at once."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.contract_orders import order_json, policy_json
from app.db.contract_saving import add_credit, save_draft
from app.db.contracts import Loaded, lately, line_ids, load, lock_change, lock_contract
from app.db.ids import new_id
from app.db.models import ContractChange
from app.domain.actor import Actor
from app.domain.approval import ApprovalSubject
from app.domain.calendar import day_of, spoken, zone_of
from app.domain.contract.change import (
    ChangeKind,
    ChangeOrder,
    ChangePolicy,
    ChangeState,
    ChangeTrigger,
    Draft,
    Rights,
    moved,
)
from app.domain.contract.errors import ChangeNotFound
from app.domain.contract.model import Standing
from app.domain.contract.playbook import ChangeMoment
from app.domain.contract.preview import Asked, Decided, decided
from app.domain.contract.succession import Accounts, left_on
from app.services.approvals import Question, ask, void_approvals
from app.services.audit import record
from app.services.contracts.conflicts import stop_conflicting
from app.services.contracts.consequences import follow_change
from app.services.contracts.notices import close_notices
from app.services.contracts.stored import draft_json, move, refuse_plans
from app.services.office import Office


@dataclass(frozen=True, slots=True)
class EnterChange:
    """A change to be made.

    Attributes:
        contract_id: Of which contract.
        order: What is asked for.
        rights: What the one who asks may do.
        order_ref: The agreement that it comes from.
        supersedes_id: A change not yet in force, in whose place it comes.
        entered_on: The day that counts as today; None is today in the client's zone. The clock
            renews a contract on its last midnight, however late it comes to it.
    """

    contract_id: UUID
    order: ChangeOrder
    rights: Rights
    order_ref: str | None = None
    supersedes_id: UUID | None = None
    entered_on: date | None = None


def policy_for(office: Office, kind: ChangeKind) -> ChangePolicy:
    """The installation's policy for a kind of change."""
    return office.catalog.contracts.changes[kind]


def asked_of(
    office: Office, order: ChangeOrder, rights: Rights, today: date, change_id: UUID
) -> Asked:
    """An order as the rules decide on it."""
    policy = policy_for(office, order.kind)
    return Asked(change_id, order, policy, today, rights, line_ids(change_id))


async def enter_change(
    session: AsyncSession, command: EnterChange, *, office: Office, actor: Actor, now: datetime
) -> ContractChange:
    """Make a change: it waits for an approval, for its day, or is in force at once.

    Args:
        session: The caller commits.
        command: The change.
        office: The installation.
        actor: Who enters it.
        now: The present instant.

    Raises:
        ContractNotFound: There is no such contract.
        DomainError: The rules refuse it; see `drafted`.

    Source: docs/domain/contracts.md, C2 to C7.
    """
    await lock_contract(session, command.contract_id)
    if command.supersedes_id is not None:
        await _supersede(session, command, office=office, actor=actor, now=now)
    since = lately(command.order.effective_on, now)
    loaded = await load(session, command.contract_id, since=since)
    change_id = new_id()
    today = command.entered_on or day_of(now, zone_of(loaded.timezone))
    asked = asked_of(office, command.order, command.rights, today, change_id)
    choice = decided(loaded.known, asked, office.catalog.contracts.bands)
    change = _stored(change_id, command, asked, choice, loaded, actor=actor, now=now)
    session.add(change)
    await session.flush()
    loaded.record.version += 1
    if choice.approver is not None:
        move(change, ChangeTrigger.ASK)
        await ask(session, question_of(change, choice), actor=actor, now=now)
    else:
        move(change, ChangeTrigger.SCHEDULE)
    record(
        session,
        actor=actor,
        action="contract.change_entered",
        subject=("contract", change.contract_id),
        now=now,
        after=_facts(change),
    )
    if choice.approver is None and change.effective_on <= today:
        await put_in_force(
            session, loaded, change, choice.draft, office=office, actor=actor, now=now
        )
        return change
    moment = ChangeMoment.AWAITING_APPROVAL if choice.approver else ChangeMoment.SCHEDULED
    await session.flush()
    await follow_change(session, change, moment, office=office, now=now)
    if command.supersedes_id is not None:
        await stop_conflicting(session, change, office=office, actor=actor, now=now)
    return change


async def put_in_force(
    session: AsyncSession,
    loaded: Loaded,
    change: ContractChange,
    draft: Draft,
    *,
    office: Office,
    actor: Actor,
    now: datetime,
    is_settled: bool = False,
) -> None:
    """Carry a scheduled change out: the tables follow, and what it takes the base from is stopped.

    Args:
        session: The caller holds the contract, and commits.
        loaded: The contract without this change.
        change: Scheduled.
        draft: What it comes to now.
        office: The installation.
        actor: Who, or the clock.
        now: The present instant.
        is_settled: Whether another flow has told and asked people of it.
    """
    before = loaded.known.standing
    lines = {line.id: line for line in before.lines}
    ended = [lines[end.line_id] for end in draft.ends if end.line_id in lines]
    after = await save_draft(session, loaded, change, draft, by=actor.name, now=now)
    change.draft = draft_json(draft, ended, before.contract.currency)
    change.successor_id = draft.successor.contract.id if draft.successor else None
    move(change, ChangeTrigger.CARRY_OUT)
    change.in_force_at = now
    if draft.kind is ChangeKind.TERMINATION:
        _leave_on_account(session, loaded, after, change, draft, now=now)
    record(
        session,
        actor=actor,
        action=f"contract.{change.kind}_in_force",
        subject=("contract", change.contract_id),
        now=now,
        after=_facts(change),
    )
    await session.flush()
    await follow_change(
        session, change, ChangeMoment.IN_FORCE, office=office, now=now, is_settled=is_settled
    )
    await stop_conflicting(session, change, office=office, actor=actor, now=now)


def _leave_on_account(
    session: AsyncSession,
    loaded: Loaded,
    after: Standing,
    change: ContractChange,
    draft: Draft,
    *,
    now: datetime,
) -> None:
    """What a terminated contract leaves stays on the client's account; nobody pays it out."""
    accounts = loaded.known.accounts
    rows = (*accounts.rows, *draft.rows)
    the_day_after = date.fromordinal(change.effective_on.toordinal() + 1)
    left = left_on(after, Accounts(rows, accounts.credits), the_day_after)
    if left.minor > 0:
        add_credit(
            session, after.contract, left, change.id, change.effective_on, now=now, is_waiting=True
        )


def _stored(
    change_id: UUID,
    command: EnterChange,
    asked: Asked,
    choice: Decided,
    loaded: Loaded,
    *,
    actor: Actor,
    now: datetime,
) -> ContractChange:
    draft, signed = choice.draft, choice.signed
    return ContractChange(
        id=change_id,
        version=0,
        contract_id=command.contract_id,
        kind=str(draft.kind),
        state=str(ChangeState.DRAFT),
        signed_on=command.order.signed_on,
        effective_on=draft.effective_on,
        billing_from=draft.billing_from,
        entered_on=asked.today,
        order=order_json(signed.order),
        policy=policy_json(asked.policy, asked.rights),
        base={key: str(line) if line else None for key, line in draft.base.items()},
        draft=draft_json(draft, choice.before, loaded.record.currency),
        order_ref=command.order_ref,
        entered_by=actor.name,
        supersedes_id=command.supersedes_id,
        successor_id=draft.successor.contract.id if draft.successor else None,
        created_at=now,
    )


def question_of(change: ContractChange, choice: Decided) -> Question:
    """What the one who approves is asked about a change's discount."""
    share = choice.draft.deepest_discount
    assert choice.approver is not None
    assert share is not None
    percent = f"{float(share * 100):.4f}".rstrip("0").rstrip(".")
    said = (
        f"A discount of {percent} % in the {change.kind} of {spoken(change.effective_on)}: "
        f"{', '.join(change.draft['after'])}."
    )
    facts = {
        "contract_id": str(change.contract_id),
        "change_id": str(change.id),
        "discount_percent": percent,
    }
    return Question((ApprovalSubject.CONTRACT_CHANGE, change.id), choice.approver, said, facts)


async def superseded(
    session: AsyncSession, contract_id: UUID, supersedes_id: UUID
) -> ContractChange:
    """The change that another is to take the place of, if it can.

    Raises:
        ChangeNotFound: The contract has no such change.
        ChangeByPlan: An upgrade plan carries it out.
        ChangeNotPending: It is in force, or was taken back.
    """
    _, old = await lock_change(session, supersedes_id)
    if old.contract_id != contract_id:
        raise ChangeNotFound("The contract has no such change.", pointer="/supersedes")
    refuse_plans(old)
    moved(ChangeState(old.state), ChangeTrigger.SUPERSEDE)
    return old


async def _supersede(
    session: AsyncSession, command: EnterChange, *, office: Office, actor: Actor, now: datetime
) -> None:
    assert command.supersedes_id is not None
    old = await superseded(session, command.contract_id, command.supersedes_id)
    move(old, ChangeTrigger.SUPERSEDE, "A later change has taken its place.")
    await void_approvals(session, old.id, now=now)
    await close_notices(session, old.id, actor=actor, now=now)
    record(
        session,
        actor=actor,
        action="contract.change_superseded",
        subject=("contract", old.contract_id),
        now=now,
        before={"change_id": str(old.id)},
    )
    await session.flush()
    await follow_change(session, old, ChangeMoment.WITHDRAWN, office=office, now=now)


def _facts(change: ContractChange) -> dict[str, object]:
    return {
        "change_id": str(change.id),
        "kind": change.kind,
        "state": change.state,
        "effective_on": str(change.effective_on),
        "order_ref": change.order_ref,
        "before": change.draft["before"],
        "after": change.draft["after"],
    }
