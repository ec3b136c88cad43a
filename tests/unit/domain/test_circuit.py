"""When an outside system counts as down, and how it is found to be up again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.circuit import (
    CLOSED,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    OPENS_AFTER,
    PROBE_PATIENCE,
    Circuit,
    Passage,
    after,
    passage,
    pause_after,
    probing,
)

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DOWN = Circuit(OPENS_AFTER, NOW, NOW + FIRST_PAUSE)


def failed(circuit: Circuit, *, probe: bool = False, at: datetime = NOW) -> Circuit:
    tried = circuit.opened_at if probe else None
    return after(circuit, answered=False, tried=tried, real_now=at)


def test_it_opens_after_failures_in_a_row_and_not_before() -> None:
    circuit = CLOSED
    for number in range(1, OPENS_AFTER):
        circuit = failed(circuit)
        assert (circuit.failures, circuit.is_open) == (number, False)
        assert passage(circuit, real_now=NOW) is Passage.GO

    assert failed(circuit) == DOWN


def test_an_answer_between_two_failures_begins_the_count_anew() -> None:
    shaken = failed(failed(CLOSED))

    assert after(shaken, answered=True, tried=None, real_now=NOW) == CLOSED


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(), Passage.WAIT),
        (FIRST_PAUSE - timedelta(microseconds=1), Passage.WAIT),
        (FIRST_PAUSE, Passage.PROBE),
        (timedelta(days=1), Passage.PROBE),
    ],
)
def test_nobody_goes_to_a_system_that_is_down_until_a_probe_may(
    later: timedelta, expected: Passage
) -> None:
    assert passage(DOWN, real_now=NOW + later) is expected


def test_while_a_probe_is_under_way_nobody_else_goes() -> None:
    tried_at = NOW + FIRST_PAUSE
    tried = probing(DOWN, real_now=tried_at)

    assert passage(tried, real_now=tried_at) is Passage.WAIT
    # and where it never comes back, another one goes
    assert passage(tried, real_now=tried_at + PROBE_PATIENCE) is Passage.PROBE


def test_a_probe_that_is_answered_closes_it() -> None:
    assert after(DOWN, answered=True, tried=NOW, real_now=NOW) == CLOSED


def test_each_probe_in_vain_makes_the_next_wait_twice_as_long_up_to_the_longest() -> None:
    circuit, waits = DOWN, []
    for _ in range(12):
        circuit = failed(circuit, probe=True)
        assert circuit.probe_at is not None
        waits.append(circuit.probe_at - NOW)

    assert waits[:4] == [FIRST_PAUSE * 2, FIRST_PAUSE * 4, FIRST_PAUSE * 8, FIRST_PAUSE * 16]
    assert set(waits[5:]) == {LONGEST_PAUSE}
    assert pause_after(0) == FIRST_PAUSE
    assert circuit.opened_at == NOW


@pytest.mark.parametrize("answered", [True, False])
def test_what_left_before_it_opened_neither_closes_it_nor_keeps_it_longer(answered: bool) -> None:
    assert after(DOWN, answered=answered, tried=None, real_now=NOW) == DOWN


@pytest.mark.parametrize("answered", [True, False])
def test_a_late_probe_of_an_earlier_time_that_it_was_down_changes_nothing(answered: bool) -> None:
    # given a system that was up again and went down anew while a probe was under way
    anew = NOW + timedelta(minutes=2)
    down_anew = probing(Circuit(OPENS_AFTER, anew, anew + FIRST_PAUSE), real_now=anew)

    # then what that probe says closes nothing, and sends no other beside the present one
    assert after(down_anew, answered=answered, tried=NOW, real_now=anew) == down_anew


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40))
def test_whatever_happens_an_answered_probe_always_finds_a_way_back(
    story: list[tuple[bool, bool]],
) -> None:
    circuit, now = CLOSED, NOW
    for answered, probe in story:
        now += timedelta(seconds=1)
        tried = circuit.opened_at if probe else None
        circuit = after(circuit, answered=answered, tried=tried, real_now=now)
        assert circuit.is_open == (circuit.probe_at is not None)
        assert circuit.is_open == (circuit.failures >= OPENS_AFTER)

    later = now + LONGEST_PAUSE + PROBE_PATIENCE
    assert passage(circuit, real_now=later) is (Passage.PROBE if circuit.is_open else Passage.GO)
    assert after(circuit, answered=True, tried=circuit.opened_at, real_now=later) == CLOSED
