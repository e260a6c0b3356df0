"""Bytes of the WebSocket: text frames built once per push, and the stream under one connection.

A server's frames are not masked, so the bytes are the same for all clients; the handshake, control
frames and everything received stay with trio-websocket. The stream hands that library the request
that was already read, and falls silent when told to.
"""

import socket
import struct
from typing import Final

import attrs
import trio

_TEXT_FINAL: Final = 0x81
_SHORT_MAX: Final = 125
_MEDIUM_MAX: Final = 65_535


def text_frame(text: str) -> bytes:
    """One whole, final text frame."""
    payload = text.encode()
    size = len(payload)
    if size <= _SHORT_MAX:
        return bytes((_TEXT_FINAL, size)) + payload
    if size <= _MEDIUM_MAX:
        return bytes((_TEXT_FINAL, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_TEXT_FINAL, 127)) + size.to_bytes(8, "big") + payload


def frame_text(frame: bytes) -> str:
    """The text inside one frame of `text_frame`; for tests."""
    header = {126: 4, 127: 10}.get(frame[1], 2)
    return frame[header:].decode()


def reset(stream: trio.SocketStream) -> None:
    """Make the close that follows a TCP reset instead of an orderly end."""
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@attrs.define(eq=False)
class Wire(trio.abc.HalfCloseableStream):
    """The socket under one WebSocket; misbehaves when told to.

    Attributes:
        head: bytes that were read from the socket already.
        muted: what is sent vanishes.
        resumed: not set while nothing is to be read.
    """

    stream: trio.SocketStream
    head: bytes = b""
    muted: bool = False
    resumed: trio.Event = attrs.field(init=False)
    _lock: trio.StrictFIFOLock = attrs.field(factory=trio.StrictFIFOLock)

    def __attrs_post_init__(self) -> None:
        self.resumed = trio.Event()
        self.resumed.set()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send whole frames; callers never interleave."""
        async with self._lock:
            if self.muted:
                await trio.lowlevel.checkpoint()
                return
            await self.stream.send_all(data)

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
