"""The shape of `contract-playbook.yaml`, and what follows changes of contracts made of it."""

from collections.abc import Collection
from typing import Annotated, Final

from pydantic import Field

from app.catalog.faults import Fault
from app.catalog.reading import Document, Path
from app.catalog.shapes import Key, Line, Shape, Text, Whole
from app.domain.contract.change import ChangeKind
from app.domain.contract.playbook import (
    EVENT_PREFIX,
    NOTHING,
    ChangeMoment,
    ContractChat,
    ContractPlaybook,
    ContractTask,
    Following,
)

FILE: Final = "contract-playbook.yaml"
NAMES: Final = frozenset({"client", "details", "link", "people", "plan_ref"})
"""What messages about contracts may name; `plan_ref` is the contract's short name."""
ROOMS: Final = ("lead", "marketing", "sales", "support")


class ChatShape(Shape):
    """A message to a room."""

    room: Key
    template: Key


class TaskShape(Shape):
    """What a person is to do, due so many days after the change's day."""

    key: Key
    title: Line
    role: Key
    days: Annotated[Whole, Field(ge=-366, le=366)] = 0
    instructions: Text | None = None


class FollowingShape(Shape):
    """All that one moment sets off."""

    chats: tuple[ChatShape, ...] = ()
    event: Line | None = None
    tasks: tuple[TaskShape, ...] = ()


class MomentsShape(Shape):
    """What follows one kind of change, moment by moment."""

    awaiting_approval: FollowingShape | None = None
    scheduled: FollowingShape | None = None
    in_force: FollowingShape | None = None
    stopped: FollowingShape | None = None
    withdrawn: FollowingShape | None = None
    reinstated: FollowingShape | None = None


class KindsShape(Shape):
    """What follows each kind of change."""

    upgrade: MomentsShape
    downgrade: MomentsShape
    renewal: MomentsShape
    recast: MomentsShape
    termination: MomentsShape


class AheadShape(FollowingShape):
    """What follows an announcement, so many days before a contract's end."""

    days_before: Annotated[Whole, Field(ge=1, le=3660)]


class RenewalsShape(Shape):
    """What follows the announcements of renewals."""

    ahead: tuple[AheadShape, ...]
    not_renewed: FollowingShape | None = None


class ContractPlaybookShape(Shape):
    """`contract-playbook.yaml`."""

    changes: KindsShape
    renewals: RenewalsShape


def contract_playbook_of(
    shape: ContractPlaybookShape,
    document: Document,
    faults: list[Fault],
    *,
    templates: Collection[str],
    announced: Collection[int] | None,
) -> ContractPlaybook:
    """What follows changes of contracts; what it names must be there.

    Args:
        shape: The file as fitted.
        document: The file as read.
        faults: Where to add what is wrong.
        templates: The chat messages that use no other names than `NAMES`.
        announced: Days before an end on which renewals are announced; None where not known.
    """
    check = _Check(document, faults, templates)
    changes = {
        kind: {
            moment: check.following(found, ("changes", str(kind), str(moment)))
            for moment in ChangeMoment
            if (found := getattr(getattr(shape.changes, kind), moment)) is not None
        }
        for kind in ChangeKind
    }
    ahead: dict[int, Following] = {}
    for index, each in enumerate(shape.renewals.ahead):
        path = ("renewals", "ahead", index)
        if each.days_before in ahead:
            check.refuse((*path, "days_before"), f"{each.days_before} stands here twice")
        if announced is not None and each.days_before not in announced:
            check.refuse(
                (*path, "days_before"),
                f"contracts.yaml announces nothing then; expected one of {_listed(announced)}",
            )
        ahead[each.days_before] = check.following(each, path)
    if missing := set(announced or ()) - ahead.keys():
        message = f"nothing is said of {_listed(missing)} days before, which contracts.yaml has"
        check.refuse(("renewals", "ahead"), message)
    late = shape.renewals.not_renewed
    not_renewed = check.following(late, ("renewals", "not_renewed")) if late else NOTHING
    return ContractPlaybook(changes, ahead, not_renewed)


def _listed(days: Collection[int]) -> str:
    return ", ".join(str(each) for each in sorted(days))


class _Check:
    """Makes values of shapes, and notes what in them cannot be."""

    def __init__(self, document: Document, faults: list[Fault], templates: Collection[str]) -> None:
        self._document = document
        self._faults = faults
        self._templates = templates

    def refuse(self, path: Path, message: str) -> None:
        self._faults.append(self._document.fault(path, message))

    def following(self, shape: FollowingShape, path: Path) -> Following:
        for index, chat in enumerate(shape.chats):
            at = (*path, "chats", index)
            if chat.room not in ROOMS:
                message = f"expected one of {', '.join(ROOMS)}; found {chat.room!r}"
                self.refuse((*at, "room"), message)
            if chat.template not in self._templates:
                names = ", ".join(sorted(NAMES))
                message = f"expected a chat template that names only {names}; found"
                message = f"{message} {chat.template!r}"
                self.refuse((*at, "template"), message)
        if shape.event is not None and not shape.event.startswith(EVENT_PREFIX):
            self.refuse((*path, "event"), f"expected {EVENT_PREFIX}...; found {shape.event!r}")
        keys = [task.key for task in shape.tasks]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                self.refuse((*path, "tasks", index, "key"), f"{key!r} stands here twice")
        return Following(
            tuple(ContractChat(chat.room, chat.template) for chat in shape.chats),
            shape.event,
            tuple(
                ContractTask(task.key, task.title, task.role, task.days, task.instructions or "")
                for task in shape.tasks
            ),
        )
