"""Heavy work of a strategy: threads of its own process, bounded, whose end comes back as a callback.

What fails there ends nothing: the strategy hears of it in a sentence with the line of its file, and
the log has the traceback, which nobody else would ever see.
"""

from collections.abc import Callable
from pathlib import Path

import trio

from engine.log import FilteringBoundLogger
from engine.strategy.outbox import Offload
from engine.tracebacks import blame

OFFLOAD_THREADS_MAX = 4
"""Threads a strategy may keep busy; more work waits, and the host bounds how much."""

ERROR_CHARS_MAX = 1000
"""Of what the work raised, as the strategy is told."""

Done = Callable[[str, object, str], None]
"""Told the name of the work, its result and (not empty) its error."""


class Offloading:
    """Runs work and tells how it ended.

    Args:
        log: for the traceback of what fails.
        folder: of the plugins, whose lines are named.
        done: called in the main loop.
    """

    def __init__(self, log: FilteringBoundLogger, folder: Path, done: Done) -> None:
        self._log = log
        self._folder = folder
        self._done = done
        self._threads = trio.CapacityLimiter(OFFLOAD_THREADS_MAX)

    async def run(self, wish: Offload) -> None:
        """One piece of work from its thread's start to its callback."""
        result: object = None
        error = ""
        try:
            result = await trio.to_thread.run_sync(
                wish.work, *wish.arguments, limiter=self._threads
            )
        except Exception as raised:  # noqa: BLE001 - plugin call: the strategy hears of it
            error = blame(raised, self._folder, chars_max=ERROR_CHARS_MAX)
            self._log.warning("offloaded_work_failed", work=wish.name, exc_info=raised)
        self._done(wish.name, result, error)
