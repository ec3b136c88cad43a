"""I8: whatever the vendors do, each outside effect happens once; counted in their ledger."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.endings import acknowledge_plan
from tests.lending import Lender
from tests.stories import few, in_a_world
from tests.world import World, local

FAULTS = ("429", "500", "timeout", "drop_after_effect", "garbage")
OPERATIONS = (
    ("monday", "duplicate_board"),
    ("monday", "boards"),
    ("monday", "users"),
    ("monday", "archive_group"),
    ("monday", "create_group"),
    ("monday", "create_item"),
    ("monday", "change_multiple_column_values"),
    ("helpscout", "oauth2.token"),
    ("helpscout", "conversations.create"),
    ("helpscout", "threads.list"),
    ("helpscout", "threads.schedule"),
    ("google_chat", "messages.create"),
)
Script = Sequence[tuple[tuple[str, str], str, int]]

EXPECTED = {
    "duplicate_board": 1,
    "archive_group": 1,
    "create_group": 1,
    "create_item": 9,
    "conversations.create": 2,
    "threads.schedule": 2,
    "email.sent": 2,
}
SAID = [
    ("SUPPORT", "Upgrade signed"),
    ("SUPPORT", "Pre-live window open"),
    ("MARKETING", "Live"),
    ("SUPPORT", "Live"),
    ("SUPPORT", "Completed"),
]


async def whole_way(world: World, script: Script, *, at_once: bool = False) -> None:
    """Go from signature to completed while the vendors do what the script says; then count."""
    world.at_once = at_once
    for (system, operation), kind, times in script:
        world.fault(system, operation, kind, times)
    await world.receive()
    await world.set_up()
    await world.at(local("2026-12-01 10:00"))
    await world.confirm()
    await world.send_complete()
    await world.do(acknowledge_plan, (await world.plan()).id)
    await world.at(local("2026-12-07 00:00"))
    await each_effect_happened_once(world)


async def each_effect_happened_once(world: World) -> None:
    """Count what the vendors' ledgers hold against what the plan was to bring about."""
    plan = await world.plan()
    stuck = [one for one in await world.deliveries() if one.state != "delivered"]
    assert [(one.kind, one.state, one.reason) for one in stuck] == []
    assert plan.state == "completed"
    happened = Counter(world.operations("monday") + world.operations("helpscout"))
    assert {name: happened[name] for name in EXPECTED} == EXPECTED
    subjects = [mail["subject"].split(":")[0] for mail in world.mails()]
    assert subjects == ["Upgrade Begun", "Upgrade Complete"]
    said = [
        (post["space"], post["text"].split("*")[1].split(":")[0])
        for post in world.effects("google_chat")
    ]
    assert sorted(said) == sorted(SAID)
    board = await world.board()
    assert Counter(item.title for item in board.items).most_common(1)[0][1] == 1
    assert {item.status for item in board.items} == {"Done"}
    assert {item.person for item in board.items} == {"Sue Sample"}


@pytest.mark.parametrize("kind", FAULTS)
async def test_every_effect_happens_once_though_every_operation_fails_so(
    world: World, kind: str
) -> None:
    await whole_way(world, [(operation, kind, 1) for operation in OPERATIONS])


async def test_every_effect_happens_once_when_jobs_run_side_by_side(world: World) -> None:
    script = [(operation, "drop_after_effect", 2) for operation in OPERATIONS]
    await whole_way(world, script, at_once=True)


@few(2)
@given(
    script=st.lists(
        st.tuples(st.sampled_from(OPERATIONS), st.sampled_from(FAULTS), st.integers(1, 2)),
        max_size=5,  # ten faults at most: eleven tries do not give a delivery up
    ),
    at_once=st.booleans(),
)
def test_every_effect_happens_once_whatever_fails(
    lender: Lender, script: Script, at_once: bool
) -> None:
    async def tell(world: World) -> None:
        await whole_way(world, script, at_once=at_once)

    in_a_world(lender, tell, connected=True)
