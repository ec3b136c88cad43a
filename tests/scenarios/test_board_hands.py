"""What people do on the board is done in the plan, over the stand-in's real webhooks."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import URL

from app.adapters.monday.inbound import MondayEvents
from app.db.models import Task
from app.sandbox.vendors.monday.webhooks import NotReached
from app.services.tasks import Amend, amend_task, complete_task, reopen_task
from app.services.tasks import Complete as Tick
from tests.builders import make_service, signed_document, stored_staff
from tests.builders import office as make_office
from tests.wired_vendors import BASE, SETTINGS
from tests.world import World, day, local, world_on

ADDRESS = "https://changeover.example/webhooks/monday"
SENDER = MondayEvents(signing_secret=SETTINGS.monday_signing_secret, address=ADDRESS)
IMPORT = "Import the client's SMS contacts"
BILLING = "Start Priority Support of the new package"


class Door:
    """The service's door for webhooks; it may be closed."""

    def __init__(self) -> None:
        self.app: Any = None
        self.open = True

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if not self.open:
            raise NotReached
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
            answer = await client.post(url, content=body, headers=dict(headers))
        return answer.status_code, answer.content


@dataclass
class Boarded:
    """A world whose board tells the service of changes, with hands to work on it."""

    world: World
    door: Door

    async def settle(self) -> None:
        """Let everything happen, until the board has nothing more to tell."""
        await self.world.run_until_idle()
        while await self.world.vendors.call_webhooks():
            await self.world.run_until_idle()

    async def task(self, title: str = IMPORT) -> Task:
        (task,) = [task for task in await self.world.tasks() if task.title == title]
        return task

    async def hand(self, title: str = IMPORT, **form: str) -> None:
        """Change an item by the stand-in's page, as a person does; nothing follows yet."""
        task = await self.task(title)
        answer = await self.world.http.post(f"{BASE}/hands/items/{task.board_item_ref}", data=form)
        assert answer.status_code == 303

    async def on_board(self, title: str = IMPORT) -> tuple[bool, str]:
        """Whether the item is ticked, and its date."""
        (item,) = [item for item in (await self.world.board()).items if item.title == title]
        return item.status == "Done", item.due_on

    async def told(self) -> list[str]:
        """What the rooms heard of changes that were not taken over."""
        said = self.world.effects("google_chat")
        return [post["text"] for post in said if "Not taken over" in post["text"]]

    async def fits(self) -> int:
        return len(await self.world.deliveries("board.fit_items"))

    async def changes(self) -> list[tuple[str, str]]:
        """Actions upon tasks, with who did them."""
        return [
            (entry.action, entry.actor_name)
            for entry in await self.world.audit()
            if entry.subject_kind == "task"
        ]

    async def events(self) -> set[tuple[str, str | None]]:
        """What became of everything that monday told."""
        rows = await self.world.rows(
            "SELECT status, reason FROM inbound_events WHERE source = 'monday'"
        )
        return {(status, reason) for status, reason in rows}

    def reads(self) -> int:
        """How often an item was read again."""
        return len(self.world.vendors.stage.ledger.lines(system="monday", operation="items"))


@pytest.fixture
async def boarded(database_url: URL) -> AsyncIterator[Boarded]:
    """A signed plan with its board, watched, on Friday 20 November 2026."""
    door = Door()
    office = replace(make_office(), board_events_url=ADDRESS)
    async with world_on(database_url, office=office, post=door.post) as world:
        door.app = make_service(
            world.sessions, world.clock, at=world.office, senders={"monday": SENDER}
        )
        await stored_staff(world.sessions)
        boarded = Boarded(world, door)
        await world.receive()
        await boarded.settle()
        yield boarded


async def test_a_filled_board_is_watched_once_and_our_own_writes_change_nothing(
    boarded: Boarded,
) -> None:
    (watch,) = await boarded.world.deliveries("board.watch")

    assert (watch.state, boarded.world.operations("monday").count("create_webhook")) == (
        "delivered",
        1,
    )
    # Every item was dated and assigned by us: the echo of it is known without a look.
    assert await boarded.events() == {
        ("ignored", "The task holds what the item is said to show."),
        ("ignored", "Nobody here listens to this event."),
    }
    assert boarded.reads() == 0
    assert await boarded.changes() == []


async def test_a_board_that_cannot_reach_us_at_first_is_watched_later(database_url: URL) -> None:
    door = Door()
    door.open = False
    office = replace(make_office(), board_events_url=ADDRESS)
    async with world_on(database_url, office=office, post=door.post) as world:
        door.app = make_service(
            world.sessions, world.clock, at=world.office, senders={"monday": SENDER}
        )
        await world.store_event(signed_document())
        for _ in range(6):
            await world.run_jobs()
        assert "create_webhook" not in world.operations("monday")

        door.open = True
        await world.run_until_idle()

        assert world.operations("monday").count("create_webhook") == 1


async def test_ticking_an_item_ticks_the_task_with_its_checklist(boarded: Boarded) -> None:
    fits = await boarded.fits()

    await boarded.hand(done="true")
    await boarded.settle()

    task = await boarded.task()
    assert (task.state, task.done_by) == ("done", "monday")
    assert task.checklist
    assert all(item["done"] for item in task.checklist)
    assert await boarded.changes() == [("task.completed", "monday")]
    # It is on the board already: nothing is written there, nobody is told.
    assert await boarded.fits() == fits
    assert await boarded.told() == []


async def test_ticking_the_task_ticks_the_item_and_comes_back_as_nothing(boarded: Boarded) -> None:
    task = await boarded.task()

    await boarded.world.do(complete_task, Tick(task.id))
    await boarded.settle()

    assert await boarded.on_board() == (True, "2026-11-26")
    assert await boarded.changes() == [("task.completed", "Tester")]
    assert boarded.reads() == 0


async def test_opening_an_item_again_opens_the_task(boarded: Boarded) -> None:
    await boarded.hand(done="true")
    await boarded.settle()

    await boarded.hand(done="false")
    await boarded.settle()

    assert (await boarded.task()).state == "open"
    assert await boarded.changes() == [("task.completed", "monday"), ("task.reopened", "monday")]


async def test_opening_the_task_again_takes_the_mark_off_the_board(boarded: Boarded) -> None:
    await boarded.hand(done="true")
    await boarded.settle()

    await boarded.world.do(reopen_task, (await boarded.task()).id)
    await boarded.settle()

    assert (await boarded.on_board())[0] is False
    assert (await boarded.task()).state == "open"


async def test_a_date_given_on_the_board_is_the_tasks(boarded: Boarded) -> None:
    await boarded.hand(due_on="2026-12-03")
    await boarded.settle()

    assert (await boarded.task()).due_on == day("2026-12-03")
    assert await boarded.on_board() == (False, "2026-12-03")
    assert await boarded.changes() == [("task.amended", "monday")]


async def test_a_date_taken_off_the_board_moves_nothing(boarded: Boarded) -> None:
    await boarded.hand(due_on="")
    await boarded.settle()

    assert (await boarded.task()).due_on == day("2026-11-26")
    assert await boarded.told() == []


async def test_a_date_past_the_live_date_is_set_back_and_told_once(boarded: Boarded) -> None:
    await boarded.hand(due_on="2026-12-08")
    await boarded.settle()

    assert (await boarded.task()).due_on == day("2026-11-26")
    assert await boarded.on_board() == (False, "2026-11-26")
    (said,) = await boarded.told()
    assert IMPORT in said
    assert "was given another date on the board" in said
    assert "cannot be due after it" in said
    assert f"/console/plans/{(await boarded.world.plan()).id}" in said
    assert await boarded.changes() == []


async def test_a_tick_and_a_date_in_one_go_are_taken_each_for_itself(boarded: Boarded) -> None:
    await boarded.hand(done="true", due_on="2026-12-08")
    await boarded.settle()

    task = await boarded.task()
    assert (task.state, task.due_on) == ("done", day("2026-11-26"))
    assert await boarded.on_board() == (True, "2026-11-26")
    assert len(await boarded.told()) == 1


async def test_billing_is_not_changed_by_a_tick(boarded: Boarded) -> None:
    await boarded.world.at(local("2026-12-01 09:00"))
    await boarded.settle()

    await boarded.hand(BILLING, done="true")
    await boarded.settle()

    assert (await boarded.task(BILLING)).state == "open"
    assert (await boarded.on_board(BILLING))[0] is False
    (said,) = await boarded.told()
    assert BILLING in said
    assert "The board shows again what the plan holds." in said


async def test_what_was_billed_is_not_opened_again_from_the_board(boarded: Boarded) -> None:
    await boarded.world.at(local("2026-12-01 09:00"))
    await boarded.world.confirm(("start_service", "priority_support"))
    await boarded.settle()
    assert (await boarded.on_board(BILLING))[0] is True

    await boarded.hand(BILLING, done="false")
    await boarded.settle()

    assert (await boarded.task(BILLING)).state == "done"
    assert (await boarded.on_board(BILLING))[0] is True
    (said,) = await boarded.told()
    assert "was opened again on the board" in said


async def test_a_tick_survives_a_write_of_ours_that_is_on_its_way(boarded: Boarded) -> None:
    task = await boarded.task()
    await boarded.world.only(amend_task, Amend(task.id, date(2026, 12, 2), None))

    await boarded.hand(done="true")
    await boarded.world.vendors.call_webhooks()
    await boarded.settle()

    task = await boarded.task()
    assert (task.state, task.due_on) == ("done", day("2026-12-02"))
    assert await boarded.on_board() == (True, "2026-12-02")
    assert await boarded.told() == []


async def test_while_a_write_of_ours_is_unsettled_nothing_is_taken_over(boarded: Boarded) -> None:
    task, world = await boarded.task(), boarded.world
    await world.only(complete_task, Tick(task.id))
    assert task.board_item_ref is not None

    await world.work.reader.read_item(task.plan_id, task.board_item_ref, 0)

    # The item still shows the task open; that is our own delay, and nobody's wish.
    assert (await boarded.task()).state == "done"
    assert boarded.reads() == 0
    await boarded.settle()
    assert await boarded.on_board() == (True, "2026-11-26")
    assert await boarded.changes() == [("task.completed", "Tester")]


async def test_where_our_last_write_failed_only_a_tick_is_somebodys(boarded: Boarded) -> None:
    task, world = await boarded.task(), boarded.world
    await world.only(amend_task, Amend(task.id, date(2026, 12, 2), None))
    await world.rows(
        "UPDATE deliveries SET state = 'failed', settled_at = now() "
        "WHERE state = 'pending' RETURNING id"
    )

    await boarded.hand(done="true")
    await boarded.settle()

    task = await boarded.task()
    assert (task.state, task.due_on) == ("done", day("2026-12-02"))


async def test_an_item_that_cannot_be_read_is_read_again(boarded: Boarded) -> None:
    boarded.world.fault("monday", "ItemAgain", "500", 3)

    await boarded.hand(done="true")
    await boarded.settle()

    assert (await boarded.task()).state == "done"


async def test_an_item_that_can_never_be_read_is_told(boarded: Boarded) -> None:
    boarded.world.fault("monday", "ItemAgain", "500", 40)

    await boarded.hand(done="true")
    await boarded.settle()

    assert (await boarded.task()).state == "open"
    (said,) = await boarded.told()
    assert "could not be read" in said


async def test_a_closed_plans_board_is_set_back(boarded: Boarded) -> None:
    await boarded.world.rows(
        "UPDATE plans SET state = 'cancelled' WHERE id = :id RETURNING id",
        id=(await boarded.world.plan()).id,
    )

    await boarded.hand(done="true")
    await boarded.settle()

    assert (await boarded.task()).state == "open"
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
