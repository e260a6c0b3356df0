"""How a case ends: it passes, or it fails with what was expected and what came instead."""

from collections.abc import Callable

import trio

POLL_S = 0.005
POLL_MAX_S = 0.05


class NotConformantError(AssertionError):
    """A venue package does not do what the contract wants."""


def demand(condition: object, what: str) -> None:
    """The condition holds. Raises NotConformantError with `what` if not."""
    if not condition:
        raise NotConformantError(what)


async def until(condition: Callable[[], object], what: Callable[[], str], within_s: float) -> None:
    """Return once the condition holds. Raises NotConformantError when it does not in time.

    It is looked at often in the beginning and then each time after another tenth of the wait.
    """
    begun = trio.current_time()
    while not condition():
        waited_s = trio.current_time() - begun
        if waited_s > within_s:
            raise NotConformantError(f"not within {within_s:g} s: {what()}")
        await trio.sleep(min(POLL_MAX_S, max(POLL_S, waited_s / 10)))
