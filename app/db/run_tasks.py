"""Tasks that runs give to people, written by one statement however many they are."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Date, Text, Uuid, column, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Task
from app.domain.task import TaskKind, TaskState


class TaskOfRun(NamedTuple):
    """A task of a run that stands for an effect; its key tells it from the run's others."""

    id: UUID
    run_id: UUID
    key: str
    title: str
    role: str
    assignee_id: UUID | None
    due_on: date
    instructions: str


_TYPES: tuple[Any, ...] = (
    *(Uuid(), Uuid(), Text(), Text()),
    *(Text(), Uuid(), Date(), Text()),
)
_SAME_FOR_ALL = {
    "kind": str(TaskKind.EFFECT),
    "state": str(TaskState.OPEN),
    "position": 0,
    "board_group": "",
    "blocks_ready": False,
}


async def add_tasks(session: AsyncSession, tasks: Sequence[TaskOfRun]) -> None:
    """Write tasks down, but those whose runs have one of the same key.

    They go to the database as a list for each column: a statement that names ten thousand values
    takes longer to be put together than to be carried out.

    Args:
        session: The caller commits.
        tasks: At least one.
    """
    lists: list[Any] = [
        literal(list(values), ARRAY(kind))
        for values, kind in zip(zip(*tasks, strict=True), _TYPES, strict=True)
    ]
    names = TaskOfRun._fields
    columns: list[Any] = [column(name, kind) for name, kind in zip(names, _TYPES, strict=True)]
    given = func.unnest(*lists).table_valued(*columns, name="given").render_derived()
    chosen = select(*given.c, *(literal(value) for value in _SAME_FOR_ALL.values()))
    # On the connection: what is written so is not looked for among the session's objects.
    connection = await session.connection()
    await connection.execute(
        insert(Task).from_select([*names, *_SAME_FOR_ALL], chosen).on_conflict_do_nothing()
    )
