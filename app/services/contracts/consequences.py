"""What follows a change of a contract, or a notice of its renewal, as the playbook says: once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import new_id
from app.db.models import Client, ContractChange, ContractRecord, Task
from app.domain.actor import Actor
from app.domain.calendar import spoken
from app.domain.contract.change import DECIDE_THE_END, ChangeKind
from app.domain.contract.playbook import (
    ChangeMoment,
    Following,
    change_occasion,
    contract_ref,
)
from app.domain.delivery import DeliveryKind, System
from app.domain.task import TaskKind, TaskState
from app.services.hooks import Event, publish
from app.services.office import Office
from app.services.once import OnceOnly, intend_once
from app.services.people import active_names, hold_turns, next_in_turns

RENEWAL_TASKS = "renewal/"
"""What the keys of the tasks begin with that prepare a contract's end."""
_CLOCK = Actor.service("clock").name


@dataclass(frozen=True, slots=True)
class Occurred:
    """What has happened to a contract.

    Attributes:
        contract_id: Which.
        occasion: Facts that tell it from all else that happens to the contract.
        on: The day that it is about: tasks count from it.
        kind: In one word, as messages say it.
        details: Sentences.
        change_id: The change that it is about, if it is about one.
        data: What the event says beyond the contract and the client.
    """

    contract_id: UUID
    occasion: str
    on: date
    kind: str
    details: Sequence[str] = ()
    change_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


async def follow_change(
    session: AsyncSession,
    change: ContractChange,
    moment: ChangeMoment,
    *,
    office: Office,
    now: datetime,
    is_settled: bool = False,
) -> None:
    """Do what the playbook hangs on a moment of a change: messages, an event, tasks.

    An upgrade of packages has its plan, and a change of users its flow, which tell and ask people
    themselves: only the event leaves.

    Args:
        session: The caller holds the contract, and commits.
        change: As it is after the moment.
        moment: What has befallen it.
        office: The installation.
        now: The present instant.
        is_settled: Whether another flow has done what is to be done.

    Source: docs/domain/contracts.md, "What follows".
    """
    kind = ChangeKind(change.kind)
    found = office.catalog.contract_playbook.on_change(kind, moment)
    if change.plan_id is not None or is_settled:
        found = Following(event=found.event)
    by_itself = kind is ChangeKind.RENEWAL and change.entered_by == _CLOCK
    what = change_occasion(kind, change.id, change.effective_on, by_itself=by_itself)
    # A change that is stopped and retried goes through its moments again: another day, or reason.
    again = f"/{change.version}" if moment is ChangeMoment.STOPPED else ""
    occurred = Occurred(
        change.contract_id,
        f"{what}/{change.effective_on}/{moment}{again}",
        change.effective_on,
        change.kind,
        _told(change, moment),
        change.id,
        {"change": _change_facts(change), "moment": str(moment)},
    )
    await _settle_tasks(session, change, moment, now=now)
    await _follow(session, found, occurred, office=office, now=now)


async def follow_notice(
    session: AsyncSession, found: Following, occurred: Occurred, *, office: Office, now: datetime
) -> None:
    """Do what the playbook hangs on a notice of a contract's renewal.

    Args:
        session: The caller commits.
        found: What the playbook says.
        occurred: The notice.
        office: The installation.
        now: The present instant.
    """
    await _follow(session, found, occurred, office=office, now=now)


def _told(change: ContractChange, moment: ChangeMoment) -> list[str]:
    before, after = change.draft["before"], change.draft["after"]
    said = [f"{change.kind.capitalize()} from {spoken(change.effective_on)}"]
    said += [f"Before: {', '.join(before)}"] if before else []
    said += [f"After: {', '.join(after)}"] if after else []
    said += [f"Stops: {each}" for each in change.draft["stops"]]
    if change.order_ref:
        said.append(f"By {change.order_ref}")
    if change.reason and moment is not ChangeMoment.SCHEDULED:
        said.append(change.reason)
    return said


def _change_facts(change: ContractChange) -> dict[str, Any]:
    return {
        "id": str(change.id),
        "kind": change.kind,
        "state": change.state,
        "signed_on": str(change.signed_on),
        "effective_on": str(change.effective_on),
        "billing_from": str(change.billing_from),
        "order_ref": change.order_ref,
        "plan_id": str(change.plan_id) if change.plan_id else None,
        "before": change.draft["before"],
        "after": change.draft["after"],
        "net": change.draft["net"],
        "successor_id": str(change.successor_id) if change.successor_id else None,
        "reason": change.reason,
    }


async def _follow(
    session: AsyncSession,
    found: Following,
    occurred: Occurred,
    *,
    office: Office,
    now: datetime,
) -> None:
    if found.event is None and not found.chats and not found.tasks:
        return
    contract = await session.get_one(ContractRecord, occurred.contract_id)
    client = await session.get_one(Client, contract.client_id)
    ref = contract_ref(contract.id)
    if found.event is not None:
        data = {
            "contract": {
                "id": str(contract.id),
                "ref": ref,
                "order_ref": contract.order_ref,
                "ends_on": str(contract.ends_on),
            },
            "client": {"id": str(client.id), "ref": client.ref, "name": client.name},
            "on": str(occurred.on),
            **occurred.data,
        }
        event = Event(found.event, occurred.occasion, data)
        await publish(session, (contract.id, ref), event, now=now)
    tasks = [
        NewContractTask(
            f"{occurred.occasion}/{task.key}",
            TaskKind.SETUP,
            f"{client.name}: {task.title}",
            task.role,
            task.due_on(occurred.on),
            "\n".join([*([task.instructions] if task.instructions else []), *occurred.details]),
        )
        for task in found.tasks
    ]
    tasks += await _chats(session, found, occurred, client, ref, office=office, now=now)
    await _add_tasks(session, occurred, tasks, office=office, now=now)


async def _chats(
    session: AsyncSession,
    found: Following,
    occurred: Occurred,
    client: Client,
    ref: str,
    *,
    office: Office,
    now: datetime,
) -> list["NewContractTask"]:
    """Tell the rooms; where no chat is connected, a person's task each tells what to say."""
    names = await active_names(session, {chat.room for chat in found.chats})
    effects: list[OnceOnly] = []
    by_hand: list[NewContractTask] = []
    for chat in found.chats:
        context = {
            "client": client.name,
            "plan_ref": ref,
            "people": names[chat.room],
            "details": list(occurred.details),
            "link": f"{office.public_url}/v1/contracts/{occurred.contract_id}/timeline",
        }
        text = office.catalog.templates.chat(chat.template, context)
        subject = f"Tell {chat.room}: {occurred.kind}, {spoken(occurred.on)}"
        occasion = f"{occurred.occasion}/{chat.room}"
        if System.CHAT in office.connected:
            payload = {"room": chat.room, "text": text, "thread": ref}
            effects.append(OnceOnly(DeliveryKind.CHAT_POST, occasion, subject, payload))
        else:
            key = f"effect:{DeliveryKind.CHAT_POST}:{occasion}"
            by_hand.append(
                NewContractTask(
                    key, TaskKind.EFFECT, f"{client.name}: {subject}", chat.room, occurred.on, text
                )
            )
    await intend_once(session, (occurred.contract_id, ref), effects, now=now)
    return by_hand


# Tasks ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewContractTask:
    """A task of a contract as it is added; its key is made of facts."""

    key: str
    kind: TaskKind
    title: str
    role: str
    due_on: date
    instructions: str


async def _add_tasks(
    session: AsyncSession,
    occurred: Occurred,
    tasks: Sequence[NewContractTask],
    *,
    office: Office,
    now: datetime,
) -> None:
    if not tasks:
        return
    roles = {task.role for task in tasks}
    # All that the file names, at once: several moments of one transaction keep everybody's order.
    await hold_turns(session, roles | set(office.catalog.contract_playbook.roles))
    people = await next_in_turns(session, roles, now=now)
    await session.execute(
        insert(Task)
        .values(
            [
                {
                    "id": new_id(),
                    "contract_id": occurred.contract_id,
                    "change_id": occurred.change_id,
                    "version": 1,
                    "key": task.key,
                    "kind": str(task.kind),
                    "position": position,
                    "title": task.title,
                    "board_group": "",
                    "role": task.role,
                    "assignee_id": people[task.role].id if task.role in people else None,
                    "due_on": task.due_on,
                    "state": str(TaskState.OPEN),
                    "blocks_ready": False,
                    "checklist": [],
                    "instructions": task.instructions,
                }
                for position, task in enumerate(tasks, start=1)
            ]
        )
        .on_conflict_do_nothing()
    )


async def _settle_tasks(
    session: AsyncSession, change: ContractChange, moment: ChangeMoment, *, now: datetime
) -> None:
    """What was to be done for a change that is taken back is not done; of a stopped one it waits.

    A signed renewal, recast or termination decides what renewal tasks prepare.
    """
    of_change = update(Task).where(Task.change_id == change.id)
    open_, blocked = str(TaskState.OPEN), str(TaskState.BLOCKED)
    if moment in {ChangeMoment.WITHDRAWN, ChangeMoment.REINSTATED}:
        why = f"The {change.kind} was taken back: {change.reason}"
        await session.execute(
            of_change.where(Task.state.in_([open_, blocked])).values(
                state=str(TaskState.SKIPPED), reason=why, version=Task.version + 1, blocked_at=None
            )
        )
    elif moment is ChangeMoment.STOPPED:
        await session.execute(
            of_change.where(Task.state == open_).values(
                state=blocked,
                reason=f"{_HELD_UP}{change.reason}",
                version=Task.version + 1,
                blocked_at=now,
            )
        )
    elif moment in {ChangeMoment.SCHEDULED, ChangeMoment.IN_FORCE}:
        await session.execute(
            of_change.where(Task.state == blocked, Task.reason.startswith(_HELD_UP)).values(
                state=open_, reason=None, version=Task.version + 1, blocked_at=None
            )
        )
        if ChangeKind(change.kind) in DECIDE_THE_END:
            await _renewal_decided(session, change)


_HELD_UP = "The change was stopped: "


async def _renewal_decided(session: AsyncSession, change: ContractChange) -> None:
    await session.execute(
        update(Task)
        .where(
            Task.contract_id == change.contract_id,
            Task.key.startswith(RENEWAL_TASKS),
            Task.change_id.is_(None),
            Task.state.in_([str(TaskState.OPEN), str(TaskState.BLOCKED)]),
        )
        .values(
            state=str(TaskState.SKIPPED),
            reason=f"A {change.kind} from {spoken(change.effective_on)} decides it.",
            version=Task.version + 1,
            blocked_at=None,
        )
    )
