"""A line to a running engine for tests without a trio run: it lives in a thread that has one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import trio

from engine.supervise.client import Line, open_line


class BlockingLine:
    """Questions to whatever engine runs in a directory, each answered before `ask` returns."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._up = threading.Event()
        self._scope = trio.CancelScope()
        self._line: Line
        self._token: trio.lowlevel.TrioToken
        self._thread = threading.Thread(target=trio.run, args=(self._main,), name="line")

    def ask(self, endpoint: str, verb: str) -> Any:
        """The answer; raises what `engine.supervise.client.ask` raises."""
        return trio.from_thread.run(partial(self._line.ask, endpoint, verb), trio_token=self._token)

    async def _main(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        async with open_line(self._run_dir) as self._line:
            with self._scope:
                self._up.set()
                await trio.sleep_forever()

    @contextmanager
    def open(self) -> Iterator["BlockingLine"]:
        """It can be used within the block."""
        self._thread.start()
        self._up.wait()
        try:
            yield self
        finally:
            trio.from_thread.run_sync(self._scope.cancel, trio_token=self._token)
            self._thread.join()
