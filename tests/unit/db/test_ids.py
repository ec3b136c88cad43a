"""Ids are made by the database's clock, whatever a host's own says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.db.ids import follow, new_id


@pytest.fixture(autouse=True)
def _clocks_agree() -> Iterator[None]:
    yield
    hear(datetime.now(UTC))


def hear(told: datetime, after: timedelta = timedelta()) -> None:
    """The database tells its time, so long after it was asked."""
    follow(told, asked_at=(datetime.now(UTC) - after).timestamp())


def made_at(one: UUID) -> datetime:
    return datetime.fromtimestamp((one.int >> 80) / 1000, UTC)


@pytest.mark.parametrize("wrong_by", [timedelta(minutes=10), timedelta(days=-91)])
def test_an_id_of_a_host_whose_clock_is_wrong_says_the_databases_time(wrong_by: timedelta) -> None:
    told = datetime.now(UTC) - wrong_by

    hear(told)

    one = new_id()
    assert abs(made_at(one) - told) < timedelta(seconds=1)
    assert (one.version, one.variant) == (7, "specified in RFC 4122")


def test_ids_are_sorted_as_they_were_made_while_clocks_differ_by_little() -> None:
    made = []
    for ms in (0, 40, -40, 20):
        hear(datetime.now(UTC) + timedelta(milliseconds=ms))
        made += [new_id() for _ in range(200)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_slow_answer_does_not_set_ids_back() -> None:
    before = new_id()

    hear(datetime.now(UTC) - timedelta(seconds=3), after=timedelta(seconds=4))

    assert before < new_id()
