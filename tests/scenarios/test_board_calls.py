"""Calls of the board that change no task: closed plans, strange items, bad signatures, repeats."""

from typing import Any

import httpx
import pytest

from app.services.endings import Because, cancel_plan
from tests.boarded import ADDRESS, Boarded
from tests.wired_vendors import BASE, SETTINGS


async def test_a_cancelled_plans_board_is_a_persons(boarded: Boarded) -> None:
    # Given a cancelled plan, whose board still tells of what is done on it
    world = boarded.world
    await world.do(cancel_plan, Because((await world.plan()).id, "Signed by mistake."))
    await boarded.settle()
    written = world.operations("monday")

    # When somebody works on it all the same
    await boarded.hand(done="true")
    await boarded.settle()

    # Then it is theirs: nothing is taken over, set back, or said
    assert (await boarded.task()).state == "skipped"
    assert await boarded.on_board() == (True, "2026-11-26")
    assert world.operations("monday") == written
    assert await boarded.told() == []
    assert ("ignored", "No plan has this board.") in await boarded.events()


async def test_a_closed_plans_board_is_set_back(boarded: Boarded) -> None:
    await boarded.world.change(
        "UPDATE plans SET state = 'completed', went_live_at = live_at, completed_at = live_at"
    )

    await boarded.hand(done="true")
    await boarded.settle()

    assert (await boarded.task()).state == "skipped"  # a run that is over leaves nothing open
    assert (await boarded.on_board())[0] is False
    (said,) = await boarded.told()
    assert "its tasks are closed" in said


@pytest.mark.parametrize(
    ("document", "status", "reason"),
    [
        ({"board": {"ref": "1"}, "item": {"ref": "2"}}, "ignored", "No plan has this board."),
        ({"item": {"ref": "2"}}, "quarantined", "not_understood: board.ref is required."),
    ],
)
async def test_an_event_of_no_board_of_ours_is_kept_and_does_nothing(
    boarded: Boarded, document: dict[str, Any], status: str, reason: str
) -> None:
    event_id = await boarded.world.store_event({"event": "board.item_changed", **document})
    await boarded.settle()

    event = await boarded.world.event(event_id)
    assert (event.status, event.reason) == (status, reason)


async def test_an_item_without_a_task_is_left_alone(boarded: Boarded) -> None:
    plan = await boarded.world.plan()
    document = {"board": {"ref": plan.board_ref}, "item": {"ref": "1", "done": True}}

    event_id = await boarded.world.store_event({"event": "board.item_changed", **document})
    await boarded.settle()

    assert (await boarded.world.event(event_id)).reason == "No task of the plan has this item."


async def test_an_item_that_left_the_board_changes_nothing(boarded: Boarded) -> None:
    task, world = await boarded.task(), boarded.world
    await boarded.hand(done="true")
    query = "mutation ($id: ID!) { archive_item(item_id: $id) { id } }"
    await world.http.post(
        f"{BASE}/monday/v2",
        json={"query": query, "variables": {"id": task.board_item_ref}},
        headers={"Authorization": SETTINGS.monday_token, "API-Version": "2026-10"},
    )
    await boarded.settle()

    assert (await boarded.task()).state == "open"


async def test_an_unsigned_call_is_refused_and_changes_nothing(boarded: Boarded) -> None:
    task, plan = await boarded.task(), await boarded.world.plan()
    event = {
        "boardId": int(plan.board_ref or 0),
        "pulseId": int(task.board_item_ref or 0),
        "columnType": "color",
        "value": {"label": {"text": "Done"}},
        "type": "update_column_value",
        "triggerUuid": "0f8c1d2e",
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(boarded.door.app)) as client:
        answer = await client.post(ADDRESS, json={"event": event})

    assert answer.status_code == 401
    await boarded.settle()
    assert (await boarded.task()).state == "open"


async def test_a_challenge_is_given_back_and_not_kept(boarded: Boarded) -> None:
    before = await boarded.world.rows("SELECT count(*) FROM inbound_events")

    async with httpx.AsyncClient(transport=httpx.ASGITransport(boarded.door.app)) as client:
        answer = await client.post(ADDRESS, json={"challenge": "3eZbrw1aBm2rZgRNFdxV2595"})

    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1aBm2rZgRNFdxV2595"})
    assert await boarded.world.rows("SELECT count(*) FROM inbound_events") == before


async def test_a_repeat_of_a_call_is_known_by_its_trigger(boarded: Boarded) -> None:
    await boarded.hand(done="true")
    calls = list(boarded.world.vendors._webhooks._calls)
    await boarded.settle()

    boarded.world.vendors._webhooks._calls.extend(calls)
    await boarded.settle()

    assert await boarded.changes() == [("task.completed", "monday")]
    rows = await boarded.world.rows("SELECT count(*) FROM inbound_events WHERE repeats = 1")
    assert rows[0][0] == 1
