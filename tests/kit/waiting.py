"""Waiting for conditions instead of for time.

Every wait in the suite has a deadline that is multiplied by one factor, `PITBOSS_TEST_TIME_FACTOR`
(default 1), so a slow machine changes one number and not two hundred tests.
"""

import os
import time
from collections.abc import Callable

import trio

TIME_FACTOR = float(os.environ.get("PITBOSS_TEST_TIME_FACTOR", "1"))
POLL_INTERVAL_S = 0.005
POLL_INTERVAL_MAX_S = 0.05


def deadline_s(seconds: float) -> float:
    """A generous bound in seconds, scaled by the factor of this machine."""
    return seconds * TIME_FACTOR


def _pause_s(waited_s: float) -> float:
    """Until the next look: short at first, then a tenth of the wait, so that long ones cost little."""
    return min(POLL_INTERVAL_MAX_S, max(POLL_INTERVAL_S, waited_s / 10))


async def until(condition: Callable[[], object], *, within_s: float = 10.0, what: str = "") -> None:
    """Return as soon as `condition()` is true; fail the test after the scaled deadline."""
    begun = trio.current_time()
    while not condition():
        if trio.current_time() > begun + deadline_s(within_s):
            raise AssertionError(f"not within {deadline_s(within_s):.1f} s: {what or condition}")
        await trio.sleep(_pause_s(trio.current_time() - begun))


def until_blocking(
    condition: Callable[[], object], *, within_s: float = 10.0, what: str = ""
) -> None:
    """The same for tests without a trio run."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() > begun + deadline_s(within_s):
            raise AssertionError(f"not within {deadline_s(within_s):.1f} s: {what or condition}")
        time.sleep(_pause_s(time.monotonic() - begun))
