"""When a failed attempt is tried again, and when it is given up."""

from datetime import timedelta

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 900.0
MOST_ATTEMPTS = 12


def delay_before_retry(
    attempt: int, *, retry_after_s: float | None, jitter: float
) -> timedelta | None:
    """Wait exponentially longer after each attempt, never less than the vendor asks.

    Args:
        attempt: Number of the attempt that failed, from 1.
        retry_after_s: Seconds the vendor asks to wait, where it said.
        jitter: A random number in [0, 1): spreads the retries of many over half the delay.

    Returns:
        The time to wait, or None where the attempts are used up.
    """
    if attempt >= MOST_ATTEMPTS:
        return None
    delay = min(FIRST_DELAY_S * 2 ** (attempt - 1), LONGEST_DELAY_S)
    spread = delay * (0.75 + jitter / 2)
    return timedelta(seconds=max(spread, retry_after_s or 0.0))
