"""Group commit without a database: who shares a write, who is answered when, who fails."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from app.web.refusals import Unavailable
from app.webhooks.group_commit import Bounds, GroupCommit, QueueFull, Stopping

ONE_WRITER = Bounds(writers=1)


@dataclass(frozen=True)
class Letter:
    text: str
    size: int = 1


@dataclass
class Shelf:
    """Keeps batches; it writes only while its door is open."""

    batches: list[list[str]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    door: asyncio.Event = field(default_factory=asyncio.Event)
    poison: str | None = None
    fault: Exception = field(default_factory=lambda: ValueError("poison"))

    async def write(self, letters: Sequence[Letter]) -> list[str]:
        texts = [letter.text for letter in letters]
        self.batches.append(texts)
        await self.door.wait()
        if self.poison in texts:
            raise self.fault
        self.written += texts
        return [text.upper() for text in texts]


async def settle() -> None:
    """Let everything happen that waits for nothing outside."""
    for _ in range(10):
        await asyncio.sleep(0)


def begun(group: GroupCommit[Letter, str], *texts: str) -> list["asyncio.Task[str]"]:
    return [asyncio.create_task(group.submit(Letter(text))) for text in texts]


async def test_one_alone_is_written_at_once_and_what_comes_meanwhile_shares_a_write() -> None:
    # given
    shelf = Shelf()
    group = GroupCommit(shelf.write, ONE_WRITER)
    first = begun(group, "a")
    await settle()

    # when
    others = begun(group, "b", "c", "d")
    await settle()
    shelf.door.set()

    # then
    assert await asyncio.gather(*first, *others) == ["A", "B", "C", "D"]
    assert shelf.batches == [["a"], ["b", "c", "d"]]


async def test_nobody_is_answered_before_the_write_has_ended() -> None:
    # given
    shelf = Shelf()
    group = GroupCommit(shelf.write, ONE_WRITER)

    # when
    waiting = begun(group, "a", "b")
    await settle()

    # then
    assert shelf.batches == [["a", "b"]]
    assert not any(each.done() for each in waiting)
    shelf.door.set()
    assert await asyncio.gather(*waiting) == ["A", "B"]


async def test_a_batch_that_fails_is_tried_one_by_one_so_that_only_the_one_at_fault_fails() -> None:
    # given
    shelf = Shelf(poison="b")
    shelf.door.set()
    group = GroupCommit(shelf.write, ONE_WRITER)

    # when
    results = await asyncio.gather(*begun(group, "a", "b", "c"), return_exceptions=True)

    # then
    assert [results[0], results[2]] == ["A", "C"]
    assert isinstance(results[1], ValueError)
    assert shelf.batches[0] == ["a", "b", "c"]
    assert sorted(shelf.batches[1:]) == [["a"], ["b"], ["c"]]
    assert sorted(shelf.written) == ["a", "c"]


async def test_what_would_fail_for_all_is_not_tried_one_by_one() -> None:
    # given
    shelf = Shelf(poison="b", fault=Unavailable())
    shelf.door.set()
    group = GroupCommit(shelf.write, ONE_WRITER)

    # when
    results = await asyncio.gather(*begun(group, "a", "b", "c"), return_exceptions=True)

    # then
    assert all(isinstance(each, Unavailable) for each in results)
    assert shelf.batches == [["a", "b", "c"]]
    shelf.poison = None
    assert await group.submit(Letter("d")) == "D"


async def test_whoever_gives_up_while_waiting_is_taken_off_and_harms_nobody() -> None:
    # given
    shelf = Shelf()
    group = GroupCommit(shelf.write, ONE_WRITER)
    (first,) = begun(group, "a")
    await settle()
    gone, stays = begun(group, "b", "c")
    await settle()

    # when
    gone.cancel()
    first.cancel()
    await settle()
    shelf.door.set()

    # then
    assert await stays == "C"
    assert gone.cancelled()
    assert first.cancelled()
    assert shelf.written == ["a", "c"]


@pytest.mark.parametrize(
    "bounds", [Bounds(writers=1, waiting=2), Bounds(writers=1, waiting_size=2)]
)
async def test_more_than_may_wait_is_turned_away_with_the_time_to_come_again(
    bounds: Bounds,
) -> None:
    # given
    shelf = Shelf()
    group = GroupCommit(shelf.write, bounds)
    waiting = begun(group, "a")
    await settle()
    waiting += begun(group, "b", "c")
    await settle()

    # when
    with pytest.raises(QueueFull) as full:
        await group.submit(Letter("d"))

    # then
    assert full.value.headers == {"Retry-After": "1"}
    shelf.door.set()
    assert await asyncio.gather(*waiting) == ["A", "B", "C"]
    assert await group.submit(Letter("e")) == "E"


async def test_a_batch_is_bounded_by_number_and_by_weight() -> None:
    # given
    shelf = Shelf()
    shelf.door.set()
    group = GroupCommit(shelf.write, Bounds(writers=1, batch=3, batch_size=10))
    letters = [Letter("a"), Letter("b"), Letter("c"), Letter("d"), Letter("e", 9), Letter("f", 99)]

    # when
    await asyncio.gather(*(group.submit(letter) for letter in letters))

    # then
    assert shelf.batches == [["a", "b", "c"], ["d", "e"], ["f"]]


async def test_at_the_end_what_waits_is_written_and_nothing_more_is_taken() -> None:
    # given
    shelf = Shelf()
    group = GroupCommit(shelf.write, ONE_WRITER)
    waiting = begun(group, "a")
    await settle()
    waiting += begun(group, "b")
    await settle()

    # when
    closing = asyncio.create_task(group.close())
    await settle()
    with pytest.raises(Stopping):
        await group.submit(Letter("c"))
    shelf.door.set()
    await closing

    # then
    assert [each.result() for each in waiting] == ["A", "B"]
    assert shelf.written == ["a", "b"]


async def test_as_many_writes_run_side_by_side_as_may() -> None:
    # given
    shelf = Shelf()
    group = GroupCommit(shelf.write, Bounds(writers=2))
    waiting = begun(group, "a")
    await settle()

    # when
    waiting += begun(group, "b")
    await settle()
    waiting += begun(group, "c")
    await settle()

    # then
    assert shelf.batches == [["a"], ["b"]]
    shelf.door.set()
    assert await asyncio.gather(*waiting) == ["A", "B", "C"]


async def test_what_waits_is_shared_out_among_the_writers_that_are_free() -> None:
    # given
    shelf = Shelf()
    group = GroupCommit(shelf.write, Bounds(writers=2))

    # when
    waiting = begun(group, "a", "b", "c", "d", "e")
    await settle()

    # then
    assert shelf.batches == [["a", "b", "c"], ["d", "e"]]
    shelf.door.set()
    assert await asyncio.gather(*waiting) == ["A", "B", "C", "D", "E"]


async def test_whoever_comes_just_as_the_last_writer_ends_waits_for_no_other() -> None:
    # given
    shelf = Shelf()
    shelf.door.set()
    group = GroupCommit(shelf.write, ONE_WRITER)

    # when one that was just answered comes again at once
    async with asyncio.timeout(1):
        answers = [await group.submit(Letter("a")), await group.submit(Letter("b"))]

    # then
    assert answers == ["A", "B"]
