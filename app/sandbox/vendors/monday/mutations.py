"""The root fields that change something."""

import json
from typing import Any

from .boards import Board, Boards, Group
from .columns import Raw, read_column_values
from .errors import FieldRefused, argument_invalid
from .nodes import GroupNode, Info, ItemNode, Nodes
from .webhooks import Webhooks

MAX_NAME = 255
Changed = tuple[Any, bool]


class Mutations:
    """One method a root field; each answers with its node and whether anything changed."""

    def __init__(self, boards: Boards, nodes: Nodes, webhooks: Webhooks) -> None:
        self._boards = boards
        self._webhooks = webhooks
        self._nodes = nodes

    def duplicate_board(
        self,
        _info: Info,
        board_id: str,
        duplicate_type: str,
        board_name: str | None = None,
        workspace_id: str | None = None,
        folder_id: str | None = None,
        keep_subscribers: bool | None = None,
    ) -> Changed:
        """Copy a board: the copy exists at once and is still empty."""
        template = self._boards.board(board_id)
        name = f"Duplicate of {template.name}" if board_name is None else board_name
        _check_name(name, "InvalidArgumentException")
        with_items = duplicate_type != "duplicate_board_with_structure"
        board = self._boards.copy(template, name, with_items=with_items)
        board.workspace_id = workspace_id
        board.folder_id = folder_id
        return {"board": self._nodes.board(board), "is_async": True, "id": board.id}, True

    def create_board(
        self,
        _info: Info,
        board_name: str,
        board_kind: str,
        template_id: str | None = None,
        workspace_id: str | None = None,
        folder_id: str | None = None,
        description: str | None = None,
        empty: bool | None = None,
    ) -> Changed:
        """Make a board, as an automation does: from a template, or with one group and no item.

        monday does not say whether a board made so names its template in `created_from_board_id`;
        here it does not, so that nothing comes to lean on it.
        """
        _check_name(board_name, "InvalidArgumentException")
        template = self._boards.boards.get(template_id) if template_id else None
        if template_id and (template is None or not template.is_template):
            raise FieldRefused("CreateBoardException", "Board template not found")
        usual = next(one for one in self._boards.boards.values() if one.is_template)
        board = self._boards.make(template or usual, board_name)
        board.kind, board.description = board_kind, description
        board.workspace_id, board.folder_id = workspace_id, folder_id
        if template is not None:
            self._boards.fill(board, template, with_items=True)
        elif not empty:
            now = self._boards.clock.real_now()
            board.groups.append(Group(self._boards.new_group_id(), "Group Title", "#579bfc", now))
        return self._nodes.board(board), True

    def update_board(
        self, _info: Info, board_id: str, board_attribute: str, new_value: str
    ) -> Changed:
        """Change a board's name or description."""
        board = self._boards.board(board_id)
        if board_attribute == "name":
            _check_name(new_value, "InvalidArgumentException")
            changed, board.name = board.name != new_value, new_value
        elif board_attribute == "description":
            changed, board.description = board.description != new_value, new_value
        else:
            raise argument_invalid("the stand-in changes only name and description")
        undo = {"success": True, "undo_data": {"undo_record_id": "", "action_type": "modify"}}
        return json.dumps(undo), changed

    def create_group(
        self,
        _info: Info,
        board_id: str,
        group_name: str,
        group_color: str | None = None,
        relative_to: str | None = None,
        position_relative_method: str | None = None,
    ) -> Changed:
        """Add a group, on top where no place is named."""
        board = self._boards.board(board_id)
        _check_name(group_name, "InvalidArgumentException")
        place = 0
        if relative_to is not None:
            place = board.groups.index(self._boards.group(board, relative_to))
            place += position_relative_method == "after_at"
        now = self._boards.clock.real_now()
        color = group_color or "#579bfc"
        group = Group(self._boards.new_group_id(), group_name, color, now)
        board.groups.insert(place, group)
        return GroupNode(self._nodes, board, group), True

    def update_group(
        self,
        _info: Info,
        board_id: str,
        group_id: str,
        group_attribute: str,
        new_value: str,
    ) -> Changed:
        """Change a group's title or color."""
        board = self._boards.board(board_id)
        group = self._boards.group(board, group_id)
        if group_attribute == "title":
            _check_name(new_value, "InvalidArgumentException")
            changed, group.title = group.title != new_value, new_value
        elif group_attribute == "color":
            changed, group.color = group.color != new_value, new_value
        else:
            raise argument_invalid("the stand-in changes only title and color")
        return GroupNode(self._nodes, board, group), changed

    def archive_group(self, _info: Info, board_id: str, group_id: str) -> Changed:
        """Archive a group with its items."""
        board, group = self._group_to_remove(board_id, group_id)
        group.archived = True
        _end_items(board, group, "archived")
        return GroupNode(self._nodes, board, group), True

    def delete_group(self, _info: Info, board_id: str, group_id: str) -> Changed:
        """Delete a group with its items."""
        board, group = self._group_to_remove(board_id, group_id)
        group.deleted = True
        _end_items(board, group, "deleted")
        return GroupNode(self._nodes, board, group), True

    def create_item(
        self,
        _info: Info,
        board_id: str,
        item_name: str,
        group_id: str | None = None,
        column_values: str | None = None,
        create_labels_if_missing: bool | None = None,
    ) -> Changed:
        """Add an item to a group, the first one where none is named."""
        board = self._boards.board(board_id)
        _check_name(item_name, "ItemNameTooLongException")
        if group_id is None:
            groups = board.seen_groups(self._boards.clock.real_now())
            group_id = groups[0].id if groups else ""
        group = self._boards.group(board, group_id)
        create_labels = bool(create_labels_if_missing)
        values = {}
        if column_values is not None:
            values = self._read(board, column_values, create_labels=create_labels)
        item = self._boards.add_item(board, group, item_name)
        item.values = {column_id: raw for column_id, raw in values.items() if raw}
        return ItemNode(self._nodes, board, item), True

    def change_column_value(
        self,
        _info: Info,
        board_id: str,
        column_id: str,
        value: str,
        item_id: str | None = None,
        create_labels_if_missing: bool | None = None,
    ) -> Changed:
        """Set one value of an item."""
        text = json.dumps({column_id: json.loads(value)})
        return self._fit(board_id, item_id, text, bool(create_labels_if_missing))

    def change_multiple_column_values(
        self,
        _info: Info,
        board_id: str,
        column_values: str,
        item_id: str | None = None,
        create_labels_if_missing: bool | None = None,
    ) -> Changed:
        """Set several values of an item, all or none; values are absolute."""
        return self._fit(board_id, item_id, column_values, bool(create_labels_if_missing))

    def move_item_to_group(self, _info: Info, group_id: str, item_id: str | None = None) -> Changed:
        """Put an item into another group of its board."""
        board, item = self._boards.item(item_id)
        group = self._boards.group(board, group_id)
        changed, item.group_id = item.group_id != group.id, group.id
        return ItemNode(self._nodes, board, item), changed

    def archive_item(self, _info: Info, item_id: str | None = None) -> Changed:
        """Archive an item."""
        board, item = self._boards.item(item_id)
        item.state = "archived"
        return ItemNode(self._nodes, board, item), True

    def delete_item(self, _info: Info, item_id: str | None = None) -> Changed:
        """Delete an item."""
        board, item = self._boards.item(item_id)
        item.state = "deleted"
        return ItemNode(self._nodes, board, item), True

    async def create_webhook(
        self, _info: Info, board_id: str, url: str, event: str, config: str | None = None
    ) -> Changed:
        """Make a webhook, once its address has given a challenge back."""
        board = self._boards.board(board_id)
        return await self._webhooks.create(board, url, event, config), True

    def delete_webhook(self, _info: Info, id: str) -> Changed:  # noqa: A002 - monday's name
        """Delete a webhook."""
        return self._webhooks.delete(id), True

    def _fit(self, board_id: str, item_id: str | None, text: str, create_labels: bool) -> Changed:
        board = self._boards.board(board_id)
        holder, item = self._boards.item(item_id)
        if holder is not board:
            raise argument_invalid("the item is not on this board")
        values = self._read(board, text, create_labels=create_labels)
        changed = self._boards.set_values(board, item, values)
        return ItemNode(self._nodes, board, item), changed

    def _read(self, board: Board, text: str, *, create_labels: bool) -> dict[str, Raw]:
        return read_column_values(board, text, self._boards.users, create_labels=create_labels)

    def _group_to_remove(self, board_id: str, group_id: str) -> tuple[Board, Group]:
        board = self._boards.board(board_id)
        group = self._boards.group(board, group_id)
        if sum(not (one.archived or one.deleted) for one in board.groups) == 1:
            raise FieldRefused(
                "DeleteLastGroupException",
                "Cannot delete last group",
                status_code=409,
                http_status=409,
            )
        return board, group


def _check_name(name: str, code: str) -> None:
    if not name.strip() or len(name) > MAX_NAME:
        message = f"The name must have between 1 and {MAX_NAME} characters"
        raise FieldRefused(code, message, status_code=400)


def _end_items(board: Board, group: Group, state: str) -> None:
    for item in board.items.values():
        if item.group_id == group.id and item.state == "active":
            item.state = state
