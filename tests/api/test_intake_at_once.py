"""Many calls at once: they share a transaction, and none is answered before it has committed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
from asyncpg import PostgresError
from sqlalchemy import URL, select, text

from app.db.clock import DatabaseClock
from app.db.driver import Lines
from app.db.engine import make_engine, make_sessions
from app.db.models import InboundEvent
from app.web.wired import Wired
from app.webhooks.group_commit import Bounds
from app.webhooks.intake import Intake, Stored
from app.webhooks.storing import Arrived, Brought
from tests.api.conftest import Service
from tests.builders import (
    BOOTSTRAP,
    FixedClock,
    Sessions,
    calling,
    make_service,
    office,
    signed_document,
)

ADDRESS = "/webhooks/agreement"
ONE_WRITER = Bounds(writers=1)


def wired(sessions: Sessions) -> Wired:
    return Wired(sessions, FixedClock(), "sandbox", "1.2.3", office(), bootstrap_key=BOOTSTRAP)


def brought(event_id: str, *, content_type: str = "application/json", **changes: Any) -> Brought:
    document = signed_document(event_id=event_id, **changes)
    body = json.dumps(document).encode()
    return Brought("agreement", content_type, body, [Arrived(event_id, document)])


async def kept(sessions: Sessions) -> dict[str | None, InboundEvent]:
    async with sessions() as session:
        return {row.event_id: row for row in await session.scalars(select(InboundEvent))}


async def jobs(sessions: Sessions) -> int:
    async with sessions() as session:
        return int(await session.scalar(text("SELECT count(*) FROM jobs.pgqueuer")) or 0)


@asynccontextmanager
async def nothing_can_be_kept(sessions: Sessions) -> AsyncIterator[None]:
    """The inbox is locked against writing while the block runs."""
    async with sessions.begin() as session:
        await session.execute(text("LOCK TABLE inbound_events IN SHARE MODE"))
        yield


async def until_waiting(sessions: Sessions, number: int = 1) -> None:
    """Wait until so many transactions wait for a lock."""
    question = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10), sessions() as session:
        while int(await session.scalar(question) or 0) < number:
            await session.rollback()


async def first_waits(
    intake: Intake, sessions: Sessions, *others: Brought
) -> "list[asyncio.Task[list[Stored]]]":
    """One call that is being written, so that the others wait for the next transaction."""
    waiting = [asyncio.create_task(intake.store(brought("first")))]
    await until_waiting(sessions)
    waiting += [asyncio.create_task(intake.store(one)) for one in others]
    await asyncio.sleep(0)
    return waiting


async def test_one_row_that_cannot_be_kept_harms_no_other_of_its_batch(sessions: Sessions) -> None:
    # given
    intake = Intake(wired(sessions), ONE_WRITER)
    async with nothing_can_be_kept(sessions):
        calls = brought("a"), brought("b", content_type="a\x00b"), brought("c")
        waiting = await first_waits(intake, sessions, *calls)

    # when
    first, a, b, c = await asyncio.gather(*waiting, return_exceptions=True)

    # then
    rows = await kept(sessions)
    assert isinstance(b, PostgresError)
    for name, answer in (("first", first), ("a", a), ("c", c)):
        assert answer == [Stored(rows[name].id, is_new=True)]
    assert set(rows) == {"first", "a", "c"}
    assert await jobs(sessions) == 3


async def test_repeats_that_wait_for_their_event_leave_the_clock_its_connections(
    database_url: URL, sessions: Sessions
) -> None:
    # given an event that somebody is working on, and one connection for the clock and for intake
    quick = make_engine(database_url, pool_size=1, more_at_peaks=0, asks_first=False)
    lines = Lines(quick, keeps=1)
    intake = Intake(replace(wired(sessions), lines=lines))
    await intake.store(brought("a"))
    async with sessions.begin() as session:
        await session.execute(text("SELECT FROM inbound_events FOR UPDATE"))

        # when it comes again meanwhile
        repeat = asyncio.create_task(intake.store(brought("a")))
        await until_waiting(sessions)

        # then neither the time nor another event has to wait with it
        async with asyncio.timeout(2):
            await DatabaseClock(lines, movable=True).now()
            (other,) = await intake.store(brought("b"))
    (known,) = await repeat
    assert (other.is_new, known.is_new) == (True, False)
    await lines.close()


async def test_two_of_one_id_in_a_batch_are_one_event_and_a_difference_is_flagged(
    sessions: Sessions,
) -> None:
    # given
    intake = Intake(wired(sessions), ONE_WRITER)
    async with nothing_can_be_kept(sessions):
        calls = brought("a"), brought("a", agreement__live_on="2026-12-14"), brought("b")
        waiting = await first_waits(intake, sessions, *calls)

    # when
    _, (first,), (second,), (other,) = await asyncio.gather(*waiting)

    # then
    rows = await kept(sessions)
    assert first == Stored(rows["a"].id, is_new=True)
    assert second == Stored(rows["a"].id, is_new=False)
    assert other == Stored(rows["b"].id, is_new=True)
    assert (rows["a"].repeats, rows["a"].differs) == (1, True)
    assert rows["a"].document is not None
    assert rows["a"].document["agreement"]["live_on"] == "2026-12-07"
    assert (rows["b"].repeats, rows["b"].differs) == (0, False)
    assert await jobs(sessions) == 3


async def test_an_array_that_begins_with_a_repeat_keeps_its_body_with_what_is_new(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    await client.post(ADDRESS, json=signed_document(event_id="a"))

    # when
    events = [signed_document(event_id=name) for name in ("a", "b", "c")]
    answer = await client.post(ADDRESS, json=events)

    # then
    statuses = [each["status"] for each in answer.json()["events"]]
    assert statuses == ["duplicate", "accepted", "accepted"]
    rows = await kept(service.sessions)
    assert json.loads(rows["a"].body or b"") == events[0]
    assert json.loads(rows["b"].body or b"") == events
    assert rows["c"].body is None


async def test_nothing_is_answered_before_it_is_committed(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given
    async with nothing_can_be_kept(service.sessions):
        calls = [
            asyncio.create_task(client.post(ADDRESS, json=signed_document(event_id=name)))
            for name in ("a", "b", "c")
        ]
        await until_waiting(service.sessions)

        # then
        done, _ = await asyncio.wait(calls, timeout=0.2)
        assert not done
        assert await kept(service.sessions) == {}

    answers = await asyncio.gather(*calls)
    assert [answer.json()["status"] for answer in answers] == ["accepted"] * 3
    assert set(await kept(service.sessions)) == {"a", "b", "c"}


async def test_a_caller_that_is_gone_is_no_error_and_harms_nobody(sessions: Sessions) -> None:
    # given
    intake = Intake(wired(sessions), ONE_WRITER)
    async with nothing_can_be_kept(sessions):
        waiting = await first_waits(intake, sessions, brought("gone"), brought("stays"))

        # when
        waiting[1].cancel()

    # then
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert set(await kept(sessions)) == {"first", "stays"}


async def test_a_caller_that_hangs_up_in_its_body_leaves_nothing(service: Service) -> None:
    # given
    sent: list[Any] = []
    messages = iter(
        [
            {"type": "http.request", "body": b'{"event', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": ADDRESS,
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {BOOTSTRAP}".encode()),
            (b"content-type", b"application/json"),
        ],
    }

    # when
    await service.app(scope, receive, send)

    # then
    assert sent == []
    assert await kept(service.sessions) == {}


async def test_a_repeat_that_waits_for_its_event_holds_no_other_up(
    service: Service, client: httpx.AsyncClient
) -> None:
    # given an event that a worker has in hand
    first = await client.post(ADDRESS, json=signed_document(event_id="a"))
    async with service.sessions.begin() as worker:
        await worker.execute(select(InboundEvent).with_for_update())

        # when
        again = asyncio.create_task(client.post(ADDRESS, json=signed_document(event_id="a")))
        await until_waiting(service.sessions)
        other = await client.post(ADDRESS, json=signed_document(event_id="b"))

        # then
        assert other.json()["status"] == "accepted"
        assert not again.done()

    assert (await again).json() == {"event_id": first.json()["event_id"], "status": "duplicate"}
    assert (await kept(service.sessions))["a"].repeats == 1


async def test_with_the_database_away_nothing_is_acknowledged() -> None:
    # given
    away = make_engine("postgresql://postgres@127.0.0.1:1/nowhere", asks_first=False)
    app = make_service(make_sessions(away), FixedClock())

    # when
    async with calling(app) as client:
        answers = await asyncio.gather(
            *(client.post(ADDRESS, json=signed_document(event_id=name)) for name in "abc")
        )

    # then
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"
    await away.dispose()


async def test_a_lost_connection_is_not_the_callers_loss(
    database_url: URL, sessions: Sessions
) -> None:
    # given connections that are not asked first whether they live
    quick = make_engine(database_url, asks_first=False, application_name="quick")
    lines = Lines(quick, keeps=2)
    intake = Intake(replace(wired(sessions), lines=lines))
    await intake.store(brought("a"))

    # when
    async with sessions.begin() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'quick' AND datname = current_database()"
            )
        )
    answers = await asyncio.gather(*(intake.store(brought(name)) for name in ("b", "a")))

    # then
    rows = await kept(sessions)
    assert answers == [[Stored(rows["b"].id, is_new=True)], [Stored(rows["a"].id, is_new=False)]]
    await lines.close()


async def test_what_was_committed_although_its_connection_broke_counts_as_accepted(
    sessions: Sessions,
) -> None:
    # given a call whose first try was committed
    intake, call = Intake(wired(sessions)), brought("a")
    await intake.store(call)

    # when
    (again,) = await intake.store(call)

    # then
    assert again == Stored(call.arrived[0].row_id, is_new=True)
    assert await jobs(sessions) == 1


async def test_a_full_queue_is_answered_503_with_the_time_to_come_again(
    sessions: Sessions,
) -> None:
    # given
    app = make_service(sessions, FixedClock(), bounds=Bounds(writers=1, waiting=1))
    async with calling(app) as client:

        async def bring(name: str) -> httpx.Response:
            return await client.post(ADDRESS, json=signed_document(event_id=name))

        async with nothing_can_be_kept(sessions):
            waiting = [asyncio.create_task(bring("a"))]
            await until_waiting(sessions)
            waiting.append(asyncio.create_task(bring("b")))
            await asyncio.sleep(0.05)

            # when
            refused = await bring("c")

        # then
        assert (refused.status_code, refused.json()["code"]) == (503, "queue_full")
        assert refused.headers["retry-after"] == "1"
        assert [each.json()["status"] for each in await asyncio.gather(*waiting)] == [
            "accepted",
            "accepted",
        ]
    assert set(await kept(sessions)) == {"a", "b"}
