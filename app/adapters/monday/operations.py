"""Every GraphQL operation that is sent to monday.com, written out; values travel as variables."""

from dataclasses import dataclass

API_VERSION = "2026-10"
ITEMS_A_PAGE = 500
BOARDS_A_PAGE = 100
FITS_AN_OPERATION = 25


@dataclass(frozen=True, slots=True)
class Operation:
    """One GraphQL document; `roots` are the fields of the answer that may not be null."""

    name: str
    document: str
    roots: tuple[str, ...]
    effect: bool = False


ME = Operation(
    "Me",
    "query Me { me { id name account { id name } } }",
    ("me",),
)

PEOPLE_BY_EMAIL = Operation(
    "PeopleByEmail",
    """query PeopleByEmail($emails: [String!]) {
  users(emails: $emails, limit: 10) { id email status is_deleted }
}""",
    ("users",),
)

TEMPLATE_FACTS = Operation(
    "TemplateFacts",
    """query TemplateFacts($ids: [ID!]) {
  boards(ids: $ids, hierarchy_types: [classic, multi_level]) {
    id
    items_count
    groups { id title }
  }
}""",
    ("boards",),
)

BOARDS_NEWEST_FIRST = Operation(
    "BoardsNewestFirst",
    """query BoardsNewestFirst($limit: Int, $page: Int) {
  boards(
    limit: $limit
    page: $page
    order_by: created_at
    hierarchy_types: [classic, multi_level]
  ) { id name url type created_from_board_id }
}""",
    ("boards",),
)

BOARD_LAYOUT = Operation(
    "BoardLayout",
    """query BoardLayout($ids: [ID!]) {
  boards(ids: $ids, hierarchy_types: [classic, multi_level]) {
    id
    groups { id title archived deleted }
    columns { id type }
  }
}""",
    ("boards",),
)

BOARD_WHOLE = Operation(
    "BoardWhole",
    """query BoardWhole($ids: [ID!], $limit: Int!) {
  boards(ids: $ids, hierarchy_types: [classic, multi_level]) {
    id
    url
    items_count
    groups { id title archived deleted }
    columns { id type }
    items_page(limit: $limit) {
      cursor
      items { id name group { id title } column_values { id type text } }
    }
  }
}""",
    ("boards",),
)

NEXT_ITEMS = Operation(
    "NextItems",
    """query NextItems($cursor: String!, $limit: Int!) {
  next_items_page(cursor: $cursor, limit: $limit) {
    cursor
    items { id name group { id title } column_values { id type text } }
  }
}""",
    ("next_items_page",),
)

ITEM_AGAIN = Operation(
    "ItemAgain",
    """query ItemAgain($ids: [ID!]) {
  items(ids: $ids) {
    id
    name
    state
    board { id columns { id type } }
    group { id title }
    column_values { id type text }
  }
}""",
    ("items",),
)

BOARD_WATCHES = Operation(
    "BoardWatches",
    """query BoardWatches($boardId: ID!) {
  webhooks(board_id: $boardId, app_webhooks_only: true) { id event }
}""",
    ("webhooks",),
)

# One event covers the status and the date; `change_status_column_value` would cover one of them.
WATCHED_EVENT = "change_column_value"

WATCH_BOARD = Operation(
    "WatchBoard",
    """mutation WatchBoard($boardId: ID!, $url: String!) {
  create_webhook(board_id: $boardId, url: $url, event: change_column_value) { id board_id }
}""",
    ("create_webhook",),
    effect=True,
)

DUPLICATE_BOARD = Operation(
    "DuplicateBoard",
    """mutation DuplicateBoard($templateBoardId: ID!, $name: String) {
  duplicate_board(
    board_id: $templateBoardId
    duplicate_type: duplicate_board_with_pulses
    board_name: $name
  ) { board { id name url } is_async }
}""",
    ("duplicate_board",),
    effect=True,
)

RENAME_BOARD = Operation(
    "RenameBoard",
    """mutation RenameBoard($boardId: ID!, $name: String!) {
  update_board(board_id: $boardId, board_attribute: name, new_value: $name)
}""",
    ("update_board",),
    effect=True,
)

ARCHIVE_GROUP = Operation(
    "ArchiveGroup",
    """mutation ArchiveGroup($boardId: ID!, $groupId: String!) {
  archive_group(board_id: $boardId, group_id: $groupId) { id archived }
}""",
    ("archive_group",),
    effect=True,
)

CREATE_GROUP = Operation(
    "CreateGroup",
    """mutation CreateGroup($boardId: ID!, $title: String!) {
  create_group(board_id: $boardId, group_name: $title) { id }
}""",
    ("create_group",),
    effect=True,
)

CREATE_ITEM = Operation(
    "CreateItem",
    """mutation CreateItem($boardId: ID!, $groupId: String!, $name: String!) {
  create_item(board_id: $boardId, group_id: $groupId, item_name: $name) { id board { id } }
}""",
    ("create_item",),
    effect=True,
)


def fit_items(count: int) -> Operation:
    """Set the columns of `count` items (1 to 25) in one call, one aliased mutation an item.

    Variables: `boardId`, and `item<n>` with `values<n>` (a JSON string) for every n below count.
    """
    numbers = range(count)
    declared = "".join(f", $item{n}: ID!, $values{n}: JSON!" for n in numbers)
    fields = "\n".join(
        f"  a{n}: change_multiple_column_values("
        f"board_id: $boardId, item_id: $item{n}, column_values: $values{n}) {{ id }}"
        for n in numbers
    )
    return Operation(
        "FitItems",
        f"mutation FitItems($boardId: ID!{declared}) {{\n{fields}\n}}",
        tuple(f"a{n}" for n in numbers),
        effect=True,
    )


FIXED = (
    ME,
    PEOPLE_BY_EMAIL,
    TEMPLATE_FACTS,
    BOARDS_NEWEST_FIRST,
    BOARD_LAYOUT,
    BOARD_WHOLE,
    NEXT_ITEMS,
    ITEM_AGAIN,
    BOARD_WATCHES,
    WATCH_BOARD,
    DUPLICATE_BOARD,
    RENAME_BOARD,
    ARCHIVE_GROUP,
    CREATE_GROUP,
    CREATE_ITEM,
)
