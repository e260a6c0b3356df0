"""A TCP server on loopback that speaks WebSocket by hand, so that it can also speak it wrongly."""

import base64
import hashlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


def frame(payload: bytes | str, opcode: int = TEXT, *, fin: bool = True) -> bytes:
    """One unmasked frame in its shortest form."""
    body = payload.encode() if isinstance(payload, str) else payload
    first = (0x80 if fin else 0) | opcode
    if len(body) < 126:
        return bytes([first, len(body)]) + body
    if len(body) < 65536:
        return bytes([first, 126]) + struct.pack("!H", len(body)) + body
    return bytes([first, 127]) + struct.pack("!Q", len(body)) + body


def close_frame(code: int | None = 1000, reason: bytes = b"") -> bytes:
    """A close frame, without a code if None."""
    return frame(b"" if code is None else struct.pack("!H", code) + reason, CLOSE)


class RawPeer:
    """The server's end of one connection."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.request = b""
        self._input = b""

    async def read_request(self) -> bytes:
        """The client's handshake."""
        while b"\r\n\r\n" not in self._input:
            self._input += await self._more()
        self.request, self._input = self._input.split(b"\r\n\r\n", 1)
        return self.request

    def answer(self) -> bytes:
        """The bytes of the right answer to the handshake."""
        key = next(
            line.split(b":", 1)[1].strip()
            for line in self.request.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key:")
        )
        digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
        )

    async def open(self) -> None:
        """Read the handshake and accept it."""
        await self.read_request()
        await self.stream.send_all(self.answer())

    async def send(self, *pieces: bytes) -> None:
        """Write raw bytes, each piece in a write of its own."""
        for piece in pieces:
            await self.stream.send_all(piece)

    async def read_frame(self) -> tuple[int, bytes]:
        """Opcode and unmasked payload of the client's next frame."""
        first, second = await self._take(2)
        assert second & 0x80, "clients mask"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", await self._take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self._take(8))
        mask = await self._take(4)
        payload = await self._take(length)
        return first & 0x0F, bytes(b ^ mask[i % 4] for i, b in enumerate(payload))

    async def read_to_end(self) -> None:
        """Until the client is gone."""
        try:
            while await self.stream.receive_some(65536):
                pass
        except trio.BrokenResourceError:
            pass

    async def _take(self, count: int) -> bytes:
        while len(self._input) < count:
            self._input += await self._more()
        taken, self._input = self._input[:count], self._input[count:]
        return taken

    async def _more(self) -> bytes:
        data = await self.stream.receive_some(65536)
        if not data:
            raise EOFError("the client is gone")
        return bytes(data)


@asynccontextmanager
async def raw_server(handler: Callable[[RawPeer], Awaitable[None]]) -> AsyncIterator[int]:
    """Serve on loopback while the block runs; yields the port. Clients that leave end a handler."""

    async def serve(stream: trio.SocketStream) -> None:
        try:
            async with stream:
                await handler(RawPeer(stream))
        except (EOFError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, listeners)
        yield listeners[0].socket.getsockname()[1]
        nursery.cancel_scope.cancel()
