"""The two ways a connection's packets travel: WebSocket messages and a TCP stream.

Both stand on a `Wire`, which misbehaves when told to. The WebSocket protocol beneath (handshake,
control frames, reassembly) is trio-websocket's.
"""

from abc import ABC, abstractmethod
from typing import Final

import attrs
import trio
from trio_websocket import WebSocketConnection

from actors.venues.longbridge.simulator import bodies, packets
from actors.venues.longbridge.simulator.packets import Packet, Reader
from engine.simulator.frames import (
    binary_frame,
    ping_frame,
    pong_frame,
    text_frame,
)
from engine.simulator.wire import Wire

RECEIVE_BYTES: Final = 65_536


class Ended(Exception):
    """The client closed the connection in order."""


class Transport(ABC):
    """Packets over one connection."""

    wire: Wire

    @abstractmethod
    def framed(self, packet: bytes, *, text: bool = False) -> bytes:
        """The bytes that carry a packet."""

    @abstractmethod
    def heartbeat(self, now_ms: int, request_id: int) -> bytes:
        """The bytes of the server's own sign of life."""

    @abstractmethod
    def stray_pong(self) -> bytes:
        """The bytes of a pong that nobody asked for; empty where there are no pongs."""

    @abstractmethod
    async def receive(self) -> list[Packet]:
        """The next packets; Ended, ConnectionClosed or a broken stream at the end, MalformedPacket."""

    @abstractmethod
    async def close(self, code: int) -> None:
        """Close in order."""


@attrs.define
class WebSocketTransport(Transport):
    """One packet is one message."""

    wire: Wire
    websocket: WebSocketConnection

    def framed(self, packet: bytes, *, text: bool = False) -> bytes:
        """See Transport."""
        return text_frame(packet) if text else binary_frame(packet)

    def heartbeat(self, now_ms: int, request_id: int) -> bytes:
        """A ping; its payload is made like the venue's own heartbeat body."""
        return ping_frame(heartbeat_body(now_ms, request_id))

    def stray_pong(self) -> bytes:
        """See Transport."""
        return pong_frame(b"stray")

    async def receive(self) -> list[Packet]:
        """A text message is taken for the bytes it stands for, which hardly ever are a packet."""
        message = await self.websocket.get_message()
        data = message.encode() if isinstance(message, str) else bytes(message)
        return [packets.decode_whole(data)]

    async def close(self, code: int) -> None:
        """A closing handshake."""
        await self.websocket.aclose(code)


@attrs.define
class TcpTransport(Transport):
    """Packets follow each other in a stream."""

    wire: Wire
    _reader: Reader = attrs.field(factory=Reader)

    def framed(self, packet: bytes, *, text: bool = False) -> bytes:  # noqa: ARG002 - TCP has no text
        """See Transport."""
        return packet

    def heartbeat(self, now_ms: int, request_id: int) -> bytes:
        """A heartbeat request."""
        body = heartbeat_body(now_ms, request_id)
        return packets.request(packets.Command.HEARTBEAT, request_id, 0, body)

    def stray_pong(self) -> bytes:
        """See Transport."""
        return b""

    async def receive(self) -> list[Packet]:
        """See Transport."""
        data = await self.wire.receive_some(RECEIVE_BYTES)
        if not data:
            raise Ended
        return self._reader.feed(data)

    async def close(self, code: int) -> None:  # noqa: ARG002 - TCP has no close codes
        """An end of the stream that lets the client read what was sent; lasts until cancelled."""
        await self.wire.send_eof()
        await trio.sleep_forever()


def heartbeat_body(now_ms: int, request_id: int) -> bytes:
    """The body of a heartbeat."""
    body: bytes = bodies.Heartbeat(timestamp=now_ms, heartbeat_id=request_id).SerializeToString()
    return body
