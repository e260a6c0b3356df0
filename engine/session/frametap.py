"""A stream between the socket and trio-websocket that takes the data messages out (the frame tap).

trio-websocket spends some 12 µs on each message and stops answering pings while its reader waits for
us; here whole messages go straight from the received bytes into a plain function, and trio-websocket
sees only what it is good at: the opening handshake, control frames and what we send. Used through
its public `wrap_client_stream`.
"""

import re
from collections.abc import Callable

import trio

from engine.errors import ConnectionLost, LimitExceeded, RemoteProtocolError
from engine.session.framecutter import MESSAGE_BYTES_MAX, FrameCutter

RECEIVE_BYTES = 65536
"""Asked of the socket at once: a burst is cut in one wake-up; 4 KiB cost 15 % more per message."""

HANDSHAKE_BYTES_MAX = 65536
"""A handshake answer has under 1 kB; a refusal may carry a page of HTML, but not for ever."""

_BLANK_LINE = re.compile(rb"\n\r?\n")
_SWITCHING = re.compile(rb"HTTP/1\.1 101[ \r\n]")


class FrameTap(trio.abc.Stream):
    """Delivers data messages to `deliver`, passes everything else on.

    Whatever ends the connection from the other side is told to `on_failure` as a classed error: a
    broken connection, broken framing, or `deliver` raising RemoteProtocolError or LimitExceeded.
    After a fault in what was received the rest of the input is discarded until it ends, so that the
    caller can still say goodbye with a close code.
    """

    def __init__(
        self,
        stream: trio.abc.Stream,
        deliver: Callable[[list[str | bytes]], None],
        on_failure: Callable[[Exception], None],
        *,
        message_bytes_max: int = MESSAGE_BYTES_MAX,
    ) -> None:
        self._stream = stream
        self._deliver = deliver
        self._on_failure = on_failure
        self._cutter = FrameCutter(message_bytes_max)
        self._released = trio.Event()
        self._head = bytearray()
        self._upgraded = False
        self._early = b""
        self._muted = False
        self._failed = False
        self.writes = 0
        """How many writes to the transport have begun: no change means that no byte left."""

    def release(self) -> None:
        """Begin to deliver: called when the protocol has been told that the stream is open."""
        self._released.set()

    def mute(self) -> None:
        """Deliver nothing more: we are closing."""
        self._muted = True

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Handshake bytes or control frames; b"" when the connection has ended or broken."""
        del max_bytes  # trio-websocket's wish; ours is larger and what we return is smaller
        if not self._upgraded:
            return await self._handshake()
        await self._released.wait()
        while True:
            data = self._early or await self._read()
            self._early = b""
            if not data:
                if not self._cutter.closed:
                    self._fail(
                        ConnectionLost("the venue ended the connection without a close frame")
                    )
                return b""
            if controls := self._take(data):
                return controls

    async def _handshake(self) -> bytes:
        data = await self._read()
        if not data:
            self._fail(ConnectionLost("the venue ended the connection during the handshake"))
        seen = len(self._head)
        self._head += data
        if len(self._head) > HANDSHAKE_BYTES_MAX:
            self._fail(
                RemoteProtocolError(
                    f"the answer to the handshake exceeds {HANDSHAKE_BYTES_MAX} bytes"
                )
            )
            return b""
        blank = _BLANK_LINE.search(self._head, max(seen - 2, 0))
        if blank and _SWITCHING.match(self._head):
            self._upgraded = True
            self._early = bytes(self._head[blank.end() :])
            data = bytes(self._head[seen : blank.end()])
        return data

    async def _read(self) -> bytes:
        try:
            return bytes(await self._stream.receive_some(RECEIVE_BYTES))
        except trio.BrokenResourceError as error:
            self._fail(ConnectionLost(f"the connection broke: {error.__cause__ or error}"))
            return b""

    def _take(self, data: bytes) -> bytes:
        if self._failed:
            return b""
        messages: list[str | bytes] = []
        controls, failure = b"", None
        try:
            controls = self._cutter.feed(data, messages)
        except RemoteProtocolError as error:
            failure = error
        if not self._muted and (messages or controls):
            try:
                self._deliver(messages)
            except (RemoteProtocolError, LimitExceeded) as error:
                self._fail(error)
                return b""
        if failure:
            self._fail(failure)
        return controls

    def _fail(self, error: Exception) -> None:
        self._failed = self._muted = True
        self._on_failure(error)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write; counted before the first byte can leave."""
        self.writes += 1
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        """As the transport says."""
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """Close the transport, which trio-websocket does when it ends the connection by itself."""
        self._on_failure(ConnectionLost("trio-websocket closed the connection"))
        await self._stream.aclose()
