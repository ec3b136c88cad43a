"""Boards that a Zap makes: what is asked of monday, and what of the service."""

from datetime import timedelta

from tests.wired_vendors import ask_monday
from tests.world import World

NAME = "Harbour Dental (PROP-1042)"
SMS = "Import the client's SMS contacts"
AUDIENCE = "Import the e-mail audience"
RENAME = """mutation ($board: ID!, $to: String!) {
    update_board(board_id: $board, board_attribute: name, new_value: $to) }"""
ADD = """mutation ($board: ID!, $name: String!) {
    create_item(board_id: $board, item_name: $name) { id } }"""
TICK = """mutation ($board: ID!, $item: ID!, $values: JSON!) { change_multiple_column_values(
    board_id: $board, item_id: $item, column_values: $values) { id } }"""
ARCHIVE = """mutation ($board: ID!, $group: String!) {
    archive_group(board_id: $board, group_id: $group) { id } }"""
PARTS = """query ($board: ID!) { boards(ids: [$board]) {
    groups { id name: title } items_page(limit: 100) { items { id name } } } }"""


async def id_of(world: World, board: str, name: str) -> str:
    """The id of the group or item of this name on a board."""
    (shown,) = (await ask_monday(world.http, PARTS, board=board))["boards"]
    parts = [*shown["groups"], *shown["items_page"]["items"]]
    return next(str(part["id"]) for part in parts if part["name"] == name)


def needs_its_board(world: World) -> list[str]:
    """What Support was told about boards, whole."""
    posts = world.effects("google_chat")
    return [post["text"] for post in posts if "*Needs its board" in post["text"]]


async def board_standing(world: World) -> tuple[str, str | None]:
    plan = await world.plan()
    return plan.board_state, plan.board_ref


def written_to_boards(world: World) -> list[str]:
    """What the service did on boards; making one is the Zap's."""
    return [one for one in world.operations("monday") if one != "create_board"]


async def open_requests(world: World) -> list[str]:
    """The open tasks that ask a person to see to the board."""
    return [
        task.title
        for task in await world.tasks()
        if task.key.startswith("follow_up:board_") and task.state == "open"
    ]


async def wait(world: World, time: timedelta) -> None:
    """Let time pass, and the board be looked for once more."""
    await world.at(world.now + time)
    await world.look_for_boards()
