"""The time before a connection, for protocols that need something first (a one-time password).

It ends like a connection that did not open, or with leave to open one.
"""

import trio

from engine.errors import ConnectFailed
from engine.session.stream import StreamEnd


class Preparation:
    """One attempt to get ready, from its beginning to `ready` or `close`.

    Args:
        timeout_s: longest wait; the protocol's own limits are shorter.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._ended = trio.Event()
        self._error: Exception | None = None
        self._ready = False

    def ready(self) -> None:
        """The connection may be opened."""
        if not self._ended.is_set():
            self._ready = True
            self._ended.set()

    def close(self, error: Exception | None) -> None:
        """It will not come to a connection; the first word counts."""
        if not self._ended.is_set():
            self._error = error
            self._ended.set()

    async def run(self) -> StreamEnd | None:
        """Wait for either; None for leave to connect."""
        with trio.move_on_after(self._timeout_s):
            await self._ended.wait()
        self.close(ConnectFailed(f"not ready to connect within {self._timeout_s:g} s"))
        return None if self._ready else StreamEnd(error=self._error, opened=False)
