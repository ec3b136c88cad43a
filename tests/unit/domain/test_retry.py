"""When a failed attempt is tried again."""

from datetime import timedelta

import pytest

from app.domain.retry import LONGEST_DELAY_S, MOST_ATTEMPTS, delay_before_retry

ATTEMPTS = range(1, MOST_ATTEMPTS)


def waited(attempt: int, *, retry_after_s: float | None = None, jitter: float = 0.5) -> float:
    delay = delay_before_retry(attempt, retry_after_s=retry_after_s, jitter=jitter)
    assert delay is not None
    return delay.total_seconds()


def test_each_attempt_waits_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    waits = [waited(attempt) for attempt in ATTEMPTS]

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_jitter_spreads_an_attempt_over_half_of_its_delay(attempt: int) -> None:
    middle = waited(attempt)

    assert waited(attempt, jitter=0.0) == pytest.approx(0.75 * middle)
    assert waited(attempt, jitter=0.999_999) == pytest.approx(1.25 * middle, rel=1e-5)


def test_whatever_the_jitter_a_later_attempt_waits_longer_until_the_longest() -> None:
    growing = [attempt for attempt in ATTEMPTS if 2**attempt <= LONGEST_DELAY_S]

    for attempt in growing:
        assert waited(attempt, jitter=0.999) < waited(attempt + 1, jitter=0.0)


@pytest.mark.parametrize("asked_s", [30.0, 5000.0])
def test_a_vendor_that_asks_for_more_time_gets_it(asked_s: float) -> None:
    assert waited(1, retry_after_s=asked_s) == asked_s


@pytest.mark.parametrize("asked_s", [0.0, 1.0])
def test_a_vendor_that_asks_for_less_time_shortens_nothing(asked_s: float) -> None:
    assert waited(6, retry_after_s=asked_s) == waited(6)


@pytest.mark.parametrize("attempt", [MOST_ATTEMPTS, MOST_ATTEMPTS + 1])
def test_the_last_attempt_is_not_tried_again(attempt: int) -> None:
    assert delay_before_retry(attempt, retry_after_s=60.0, jitter=0.5) is None


def test_all_attempts_together_take_less_than_an_hour() -> None:
    longest = sum(waited(attempt, jitter=0.999_999) for attempt in ATTEMPTS)

    assert timedelta(seconds=longest) < timedelta(hours=1)
