"""The task board on monday.com: one board a plan, duplicated from a template board."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from uuid import uuid4

from app.adapters.answers import must_be
from app.adapters.http import VendorHttp
from app.adapters.monday import operations as ops
from app.adapters.monday.client import VENDOR, MondayApi
from app.adapters.monday.failures import is_gone
from app.adapters.monday.reading import (
    Group,
    Item,
    day,
    mapping,
    objects,
    text,
    told_success,
)
from app.adapters.monday.reading_boards import BoardReader
from app.adapters.monday.values import FitColumns, column_values
from app.ports.board import BoardItem, BoardRef, BoardSnapshot, ItemFit
from app.ports.errors import OutcomeUnknown, Refused, Transient

LONGEST_ITEM_NAME = 255


class MondayBoard:
    """Implements `TaskBoard` on monday.com.

    Args:
        http: The way out.
        url: GraphQL endpoint.
        token: API token.
        template_board_id: The board that every plan's board is a copy of.
        people_column: Id of the column for the assignee; None takes the first people column.
        date_column: Id of the column for the due day; None takes the first date column.
        status_column: Id of the column for the state; None takes the first status column.
        done_label: Status label that means done.
        monotonic: Seconds of a clock that never goes back, for the age of what is kept.
    """

    def __init__(  # noqa: PLR0913 - one argument a setting
        self,
        http: VendorHttp,
        *,
        url: str,
        token: str,
        template_board_id: str,
        people_column: str | None = None,
        date_column: str | None = None,
        status_column: str | None = None,
        done_label: str = "Done",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = MondayApi(http, url=url, token=token)
        self._boards = BoardReader(self._api, template_board_id, monotonic=monotonic)
        self._template_id = template_board_id
        self._columns = FitColumns(people_column, date_column, status_column, done_label)

    async def create(self, name: str, *, key: str) -> BoardRef:
        """Duplicate the template with its items; monday may still be filling the copy."""
        data = await self._api.run(
            ops.DUPLICATE_BOARD, {"templateBoardId": self._template_id, "name": name}, key=key
        )
        try:
            made = mapping(mapping(data["duplicate_board"]).get("board"))
            ref = BoardRef(text(made, "id"), text(made, "url", otherwise=""))
        except Transient as error:
            raise _made_but_unnamed("board") from error
        must_be(VENDOR, "board", made.get("name"), name, effect=True)
        if ref.ref == self._template_id:
            must_be(VENDOR, "board", "the template", "a copy", effect=True)
        return ref

    async def find(self, marker: str) -> BoardRef | None:
        """Search the newest boards for a copy of the template that carries the marker."""
        async for listed in self._boards.named(marker):
            if listed.copy_of == self._template_id:
                return listed.board
        return None

    async def named(self, ref: str) -> Sequence[BoardRef]:
        """Search the newest boards for the ref; what monday says of their origin is not asked.

        An automation may duplicate a board, make one from a template or install one, and monday
        does not say for which of these it names the original.
        """
        return [listed.board async for listed in self._boards.named(ref)]

    async def snapshot(self, board_ref: str) -> BoardSnapshot:
        """Read the board; it is whole with every group of the template and as many items.

        More than the template holds is whole too: people may add to a board at any time.
        """
        if board_ref == self._template_id:
            raise Refused("It is the template, which stays as it is.", code="template_board")
        template = await self._boards.template()
        held, items = await self._boards.whole(board_ref)
        titles = [group.title for group in held.groups]
        expected = [group.title for group in template.groups]
        missing = any(titles.count(title) < expected.count(title) for title in expected)
        fewest = min(held.items_count or 0, len(items))
        columns = self._columns.on(held.columns)
        return BoardSnapshot(
            ref=held.ref,
            url=held.url,
            groups=tuple(titles),
            items=tuple(_shown(item, columns) for item in items),
            whole=not missing and fewest >= (template.items_count or 0),
        )

    async def item(self, board_ref: str, item_ref: str) -> BoardItem | None:
        """Read the item by its id; one that was archived, or moved to another board, is gone."""
        found = await self._boards.item(board_ref, item_ref)
        if found is None:
            return None
        holder, read = found
        return _shown(read, self._columns.on(holder.columns))

    async def watch(self, board_ref: str, url: str, *, key: str) -> str:
        """Make a webhook for changed columns, unless this app has one on the board already.

        monday does not say which address a webhook has, so any of ours counts. A second one would
        only tell everything twice: so each attempt has a key of its own, lest the answer to a
        challenge that failed is given again for half an hour.
        """
        data = await self._api.run(ops.BOARD_WATCHES, {"boardId": board_ref})
        for made in objects(data, "webhooks"):
            if made.get("event") == ops.WATCHED_EVENT:
                return text(made, "id")
        data = await self._api.run(
            ops.WATCH_BOARD, {"boardId": board_ref, "url": url}, key=f"{key}\n{uuid4()}"
        )
        ref = _made_ref(data["create_webhook"], "webhook")
        told = mapping(data["create_webhook"]).get("board_id")
        must_be(VENDOR, "board", told, board_ref, effect=True)
        return ref

    async def archive_group(self, board_ref: str, group: str, *, key: str) -> None:
        """Archive every group with this title: group ids of the template may not hold on a copy."""
        layout = await self._boards.layout(board_ref)
        for held in _titled(layout.groups, group):
            try:
                data = await self._api.run(
                    ops.ARCHIVE_GROUP,
                    {"boardId": board_ref, "groupId": held.ref},
                    key=f"{key}\n{held.ref}",
                )
                told = mapping(data["archive_group"]).get("id")
                must_be(VENDOR, "group", told, held.ref, effect=True)
            except Refused as refusal:
                if not is_gone(refusal):
                    raise

    async def add_item(self, board_ref: str, group: str, title: str, *, key: str) -> str:
        """Create the item at the end of the group; the title is cut to monday's 255 characters."""
        layout = await self._boards.layout(board_ref)
        held = next(_titled(layout.groups, group), None)
        group_ref = held.ref if held else await self._create_group(board_ref, group)
        data = await self._api.run(
            ops.CREATE_ITEM,
            {"boardId": board_ref, "groupId": group_ref, "name": title[:LONGEST_ITEM_NAME]},
            key=key,
        )
        ref = _made_ref(data["create_item"], "item")
        holder = mapping(data["create_item"]).get("board")
        told = holder.get("id") if isinstance(holder, dict) else None
        must_be(VENDOR, "board", told, board_ref, effect=True)
        return ref

    async def find_item(self, board_ref: str, group: str, title: str) -> str | None:
        """Look through all items of the board for this title in a group of that title."""
        name = title[:LONGEST_ITEM_NAME]
        _, items = await self._boards.whole(board_ref)
        for item in items:
            if _same(item.group, group) and _same(item.name, name):
                return item.ref
        return None

    async def fit_items(self, board_ref: str, fits: Sequence[ItemFit], *, key: str) -> None:
        """Set the items' columns, at most 25 items a call; monday counts an aliased call as one.

        The key of each call covers the values too: a repeat with other values must not be
        answered from monday's cache of the first.
        """
        columns, wanted = await self._against_board(board_ref, fits)
        written = [
            (fit.item_ref, values)
            for fit in wanted
            if (values := column_values(fit, columns)) is not None
        ]
        for number, batch in enumerate(_batches(written, ops.FITS_AN_OPERATION)):
            variables: dict[str, object] = {"boardId": board_ref}
            for n, (item_ref, values) in enumerate(batch):
                variables |= {f"item{n}": item_ref, f"values{n}": values}
            seal = hashlib.sha256(repr(batch).encode()).hexdigest()
            data = await self._api.run(
                ops.fit_items(len(batch)), variables, key=f"{key}\n{number}\n{seal}"
            )
            for n, (item_ref, _) in enumerate(batch):
                told = mapping(data[f"a{n}"]).get("id")
                must_be(VENDOR, "item", told, item_ref, effect=True)

    async def rename(self, board_ref: str, name: str, *, key: str) -> None:
        """Set the board's name; the key covers it, as with the values of items."""
        data = await self._api.run(
            ops.RENAME_BOARD, {"boardId": board_ref, "name": name}, key=f"{key}\n{name}"
        )
        if not told_success(data["update_board"]):
            raise Refused("monday.com did not take the board's name.", code="update_refused")

    async def person_ref(self, email: str) -> str | None:
        """Find the active person with this address; the invited and deactivated do not count."""
        data = await self._api.run(ops.PEOPLE_BY_EMAIL, {"emails": [email]})
        for person in objects(data, "users"):
            if (
                _same(text(person, "email", otherwise=""), email)
                and person.get("status") == "ACTIVE"
                and not person.get("is_deleted")
            ):
                return text(person, "id")
        return None

    async def probe(self) -> str:
        """Read who the token belongs to."""
        me = mapping((await self._api.run(ops.ME))["me"])
        account = mapping(me.get("account"))
        name, organisation = text(me, "name", otherwise="?"), text(account, "name", otherwise="?")
        return f"{VENDOR} answers: signed in as {name} of {organisation}."

    async def _against_board(
        self, board_ref: str, fits: Sequence[ItemFit]
    ) -> tuple[FitColumns, Sequence[ItemFit]]:
        """Find the columns, and leave the status of items alone that are open as they should be.

        "Not done" has many labels on a board (Working on it, Stuck); only an item that shows the
        done label is opened again.
        """
        if not any(fit.done is False for fit in fits):
            return self._columns.on((await self._boards.layout(board_ref)).columns), fits
        held, items = await self._boards.whole(board_ref)
        columns = self._columns.on(held.columns)
        status = columns.status or ""
        done = {item.ref for item in items if item.texts.get(status) == columns.done_label}
        wanted = [
            replace(fit, done=None) if fit.done is False and fit.item_ref not in done else fit
            for fit in fits
        ]
        return columns, wanted

    async def _create_group(self, board_ref: str, title: str) -> str:
        """Make a group once, also for several items that need it at the same moment.

        The key is the group's own, not the item's: monday answers all of them with one group.
        """
        data = await self._api.run(
            ops.CREATE_GROUP,
            {"boardId": board_ref, "title": title},
            key=f"group\n{board_ref}\n{title}",
        )
        return _made_ref(data["create_group"], "group")


def _shown(read: Item, columns: FitColumns) -> BoardItem:
    """An item as the port has it: done by its status label, due by its date column."""
    done = read.texts.get(columns.status or "") == columns.done_label
    return BoardItem(
        read.ref, read.group, read.name, done, day(read.texts.get(columns.date or "", ""))
    )


def _made_ref(raw: object, what: str) -> str:
    """The id of what a mutation made; without one it is made, and must be found again."""
    try:
        return text(mapping(raw), "id")
    except Transient as error:
        raise _made_but_unnamed(what) from error


def _made_but_unnamed(what: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"monday.com made the {what} but did not say which.", code="unexpected_json"
    )


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _titled(groups: Sequence[Group], title: str) -> Iterator[Group]:
    return (group for group in groups if _same(group.title, title))


def _batches(values: Sequence[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    remaining = iter(values)
    while batch := list(islice(remaining, size)):
        yield batch
