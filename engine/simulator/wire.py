"""The socket under one connection of a simulator: notes traffic, and misbehaves when told to.

It stands below trio-websocket, or below packets on TCP; whole frames go through one lock, so that
ready-made bytes may be written beside the library's own.
"""

import socket
import struct
from collections.abc import Callable

import attrs
import trio

PIECE_BYTES = 64 * 1024
"""Noted piece by piece: a peer that reads slowly is not one to which nothing is sent."""


def reset(stream: trio.SocketStream) -> None:
    """Make the close that follows a TCP reset instead of an orderly end."""
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _unnoted() -> None:
    """Nobody wants to know."""


@attrs.define(eq=False)
class Wire(trio.abc.HalfCloseableStream):
    """A stream that can fall silent.

    Attributes:
        head: bytes that were read from the socket already.
        on_received: called when bytes were received.
        on_sent: called when bytes were sent.
        muted: what is sent vanishes.
        resumed: not set while nothing is to be read.
    """

    stream: trio.SocketStream
    head: bytes = b""
    on_received: Callable[[], None] = _unnoted
    on_sent: Callable[[], None] = _unnoted
    muted: bool = False
    resumed: trio.Event = attrs.field(init=False)
    _lock: trio.StrictFIFOLock = attrs.field(factory=trio.StrictFIFOLock)

    def __attrs_post_init__(self) -> None:
        self.resumed = trio.Event()
        self.resumed.set()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send whole frames or packets; callers never interleave."""
        async with self._lock:
            if self.muted:
                await trio.lowlevel.checkpoint()
                return
            view = memoryview(data)
            for start in range(0, max(len(view), 1), PIECE_BYTES):
                await self.stream.send_all(view[start : start + PIECE_BYTES])
                self.on_sent()

    async def wait_send_all_might_not_block(self) -> None:
        """See trio."""
        await self.stream.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        """Close the sending half."""
        async with self._lock:
            await self.stream.send_eof()
            self.muted = True

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        """Receive, the head first; while silenced and deaf, what arrives stays unread."""
        if self.head:
            head, self.head = self.head, b""
            await trio.lowlevel.checkpoint()
            return head
        data = await self.stream.receive_some(max_bytes)
        await self.resumed.wait()
        self.on_received()
        return data

    async def aclose(self) -> None:
        """Close the socket."""
        await self.stream.aclose()

    def silence(self, *, deaf: bool) -> None:
        """Send nothing any more, and read nothing either when `deaf`."""
        self.muted = True
        if deaf and self.resumed.is_set():
            self.resumed = trio.Event()

    def resume(self) -> None:
        """End the silence; what was to be sent in the meantime is lost."""
        self.muted = False
        self.resumed.set()
