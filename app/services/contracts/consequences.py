"""What follows a change of a contract, or a notice of its renewal, as the playbook says: once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Client, ContractChange, ContractRecord
from app.domain.actor import Actor
from app.domain.calendar import spoken
from app.domain.contract.change import ChangeKind
from app.domain.contract.playbook import (
    ChangeMoment,
    Following,
    change_occasion,
    contract_ref,
)
from app.domain.delivery import DeliveryKind, System
from app.domain.task import MESSAGE_BY_HAND, TaskKind
from app.services.contracts.tasks import (
    NewContractTask,
    TasksOwner,
    add_contract_tasks,
    settle_tasks,
)
from app.services.hooks import Event, publish
from app.services.office import Office
from app.services.once import OnceOnly, intend_once
from app.services.people import active_names

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
    await settle_tasks(session, change, moment, now=now)
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
    owner = TasksOwner(occurred.contract_id, occurred.change_id)
    await add_contract_tasks(session, owner, tasks, office=office, now=now)


async def _chats(
    session: AsyncSession,
    found: Following,
    occurred: Occurred,
    client: Client,
    ref: str,
    *,
    office: Office,
    now: datetime,
) -> list[NewContractTask]:
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
            key = f"{MESSAGE_BY_HAND}{occasion}"
            by_hand.append(
                NewContractTask(
                    key, TaskKind.EFFECT, f"{client.name}: {subject}", chat.room, occurred.on, text
                )
            )
    await intend_once(session, (occurred.contract_id, ref), effects, now=now)
    return by_hand
