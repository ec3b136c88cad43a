"""Board effects: made once by key and marker, fitted by absolute values."""

from datetime import date
from typing import Any

from app.delivery.sending import Delivered, Sending
from app.delivery.systems import Systems
from app.ports.board import BoardRef, ItemFit, TaskBoard


async def create_board(sending: Sending, systems: Systems) -> Delivered:
    """Copy the template board; one that an attempt may have made is looked for first, by marker."""
    board = systems.the_board()
    name = str(sending.payload["name"])
    made: BoardRef | None = None
    if sending.unsure:
        made = await board.find(name.rsplit(" ", 1)[-1])
    if made is None:
        made = await board.create(name, key=sending.key)
    return Delivered({"ref": made.ref, "url": made.url})


async def archive_group(sending: Sending, systems: Systems) -> Delivered:
    """Archive a group; a repeat finds it gone, which counts as done."""
    payload = sending.payload
    board = systems.the_board()
    await board.archive_group(payload["board_ref"], payload["group"], key=sending.key)
    return Delivered({})


async def add_item(sending: Sending, systems: Systems) -> Delivered:
    """Add an item; where an attempt may have added it, look for it by group and title first."""
    board, payload = systems.the_board(), sending.payload
    place = (payload["board_ref"], payload["group"], payload["title"])
    item_ref = await board.find_item(*place) if sending.unsure else None
    if item_ref is None:
        item_ref = await board.add_item(*place, key=sending.key)
    return Delivered({"item_ref": item_ref})


async def fit_items(sending: Sending, systems: Systems) -> Delivered:
    """Set people, dates and done marks, and the board's name; absolute, so a repeat is harmless."""
    board, payload = systems.the_board(), sending.payload
    if "name" in payload:
        await board.rename(payload["board_ref"], payload["name"], key=f"{sending.key}/name")
    people = await _people(board, payload["fits"])
    fits = [
        ItemFit(
            item_ref=fit["item_ref"],
            assignee_ref=fit["assignee_ref"] or people.get(fit["assignee_email"]),
            due_on=date.fromisoformat(fit["due_on"]) if fit["due_on"] else None,
            done=fit["done"],
        )
        for fit in payload["fits"]
    ]
    await board.fit_items(payload["board_ref"], fits, key=sending.key)
    return Delivered({"items": len(fits)})


async def watch_board(sending: Sending, systems: Systems) -> Delivered:
    """Have the board tell us of changes; one that does so already stays as it is."""
    payload = sending.payload
    board = systems.the_board()
    ref = await board.watch(payload["board_ref"], payload["url"], key=sending.key)
    return Delivered({"watch_ref": ref})


async def _people(board: TaskBoard, fits: list[dict[str, Any]]) -> dict[str, str | None]:
    """The board's ids of people who are known by e-mail only."""
    emails = {fit["assignee_email"] for fit in fits if not fit["assignee_ref"]} - {None}
    return {email: await board.person_ref(email) for email in sorted(emails)}
