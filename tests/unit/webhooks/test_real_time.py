"""Real time is asked now and then, and carried on in between by a clock that only goes forward."""

from datetime import UTC, datetime, timedelta

from app.webhooks.real_time import ASKED_EVERY_S, RealTime

MONDAY = datetime(2026, 12, 7, tzinfo=UTC)


async def test_it_is_asked_once_and_then_carried_on_until_it_is_asked_again() -> None:
    # given
    steady, asked = 50.0, 0

    async def ask() -> float:
        nonlocal asked
        asked += 1
        return MONDAY.timestamp() + 1000 * asked

    time = RealTime(ask, lambda: steady)

    # then
    assert await time.now() == MONDAY + timedelta(seconds=1000)
    steady += ASKED_EVERY_S
    assert await time.now() == MONDAY + timedelta(seconds=1000 + ASKED_EVERY_S)
    assert asked == 1
    steady += 0.5
    assert await time.now() == MONDAY + timedelta(seconds=2000)
    assert asked == 2
