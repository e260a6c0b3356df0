"""A connection for sessions that have no stream: always open, carries nothing.

For venues that are asked by HTTP only, and for benchmarks. Chosen by a target without a URL.
"""

import trio

from engine.errors import LocalProtocolError
from engine.session.contract import SendFrame, Target
from engine.session.stream import StreamEnd, StreamHandler


class NoStream:
    """Open from the first moment until it is closed."""

    def __init__(self, _target: Target, handler: StreamHandler) -> None:
        self._handler = handler
        self._closed = trio.Event()
        self._error: Exception | None = None

    async def run(self) -> StreamEnd:
        """Open until `close`."""
        self._handler.stream_opened()
        await self._closed.wait()
        return StreamEnd(error=self._error, opened=True)

    def send(self, frame: SendFrame) -> None:
        """There is nowhere to send to: a bug of the protocol."""
        raise LocalProtocolError(
            f"a frame of {len(frame.data)} bytes for a session without a stream"
        )

    def ping(self, payload: bytes) -> None:
        """There is nobody to ask."""

    def close(self, error: Exception | None) -> None:
        """End it; the first error stands."""
        if not self._closed.is_set():
            self._error = error
            self._closed.set()

    def unsent(self) -> tuple[SendFrame, ...]:
        """Nothing was ever sent."""
        return ()
