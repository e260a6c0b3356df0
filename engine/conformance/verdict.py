"""How a case ends: it passes, or it fails with what was expected and what came instead."""

from collections.abc import Callable

import trio

POLL_S = 0.005


class NotConformantError(AssertionError):
    """A venue package does not do what the contract wants."""


def demand(condition: object, what: str) -> None:
    """The condition holds. Raises NotConformantError with `what` if not."""
    if not condition:
        raise NotConformantError(what)


async def until(condition: Callable[[], object], what: Callable[[], str], within_s: float) -> None:
    """Return once the condition holds. Raises NotConformantError when it does not in time."""
    end = trio.current_time() + within_s
    while not condition():
        if trio.current_time() > end:
            raise NotConformantError(f"not within {within_s:g} s: {what()}")
        await trio.sleep(POLL_S)
