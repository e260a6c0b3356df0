"""Packets of protocol version 1, as the server reads and writes them; bytes in, values out, no I/O.

A packet is a header of 11 (request), 10 (response) or 5 (push) bytes, a body, and 24 bytes of nonce
and signature when the verify bit is set. The server reads requests and responses (heartbeats are
asked by either side) and writes responses, pushes and heartbeat requests.
"""

import zlib
from enum import IntEnum
from typing import Final

import attrs

REQUEST_BODY_MAX: Final = 1 << 20
"""No request comes near it (500 symbols are some kilobytes); holds for the inflated body too."""
BODY_MAX: Final = (1 << 24) - 1
TRAILER_BYTES: Final = 24
VERIFY_BIT: Final = 0x10
GZIP_BIT: Final = 0x20
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


class Kind(IntEnum):
    """The low four bits of a packet."""

    REQUEST = 1
    RESPONSE = 2
    PUSH = 3


class Command(IntEnum):
    """Commands that are not mere queries."""

    CLOSE = 0
    HEARTBEAT = 1
    AUTH = 2
    RECONNECT = 3
    TRADE_SUB = 16
    TRADE_UNSUB = 17
    TRADE_NOTIFY = 18


class CloseCode(IntEnum):
    """Why the server is about to disconnect."""

    HEARTBEAT_TIMEOUT = 0
    SERVER_ERROR = 1
    SERVER_SHUTDOWN = 2
    UNPACK_ERROR = 3
    AUTH_ERROR = 4
    SESSION_EXPIRED = 5
    CONNECT_DUPLICATE = 6


class Status(IntEnum):
    """How a request went."""

    SUCCESS = 0
    SERVER_TIMEOUT = 1
    CLIENT_TIMEOUT = 2
    BAD_REQUEST = 3
    BAD_RESPONSE = 4
    UNAUTHENTICATED = 5
    PERMISSION_DENIED = 6
    SERVER_INTERNAL_ERROR = 7
    CLIENT_INTERNAL_ERROR = 8


class MalformedPacket(ValueError):
    """Bytes that are no packet, or one that is too large; the connection cannot go on."""


@attrs.frozen
class Packet:
    """One packet as it was received, its body inflated; nonce and signature are not looked at."""

    kind: Kind
    command: int
    body: bytes
    request_id: int = 0
    timeout_ms: int = 0
    status: int = 0


_HEADER_BYTES: Final = {Kind.REQUEST: 11, Kind.RESPONSE: 10, Kind.PUSH: 5}


def decode(data: bytes | bytearray | memoryview) -> tuple[Packet, int] | None:
    """The packet at the beginning of `data` and its length; None when it is not complete yet.

    Raises:
        MalformedPacket: for an unknown type, a body beyond `REQUEST_BODY_MAX`, or a body that says
            it is gzip and is not.
    """
    if not data:
        return None
    first = data[0]
    try:
        kind = Kind(first & 0x0F)
    except ValueError:
        raise MalformedPacket(f"packet type {first & 0x0F}") from None
    header = _HEADER_BYTES[kind]
    if len(data) < header:
        return None
    length = int.from_bytes(data[header - 3 : header], "big")
    if length > REQUEST_BODY_MAX:
        raise MalformedPacket(f"body of {length} bytes")
    end = header + length + (TRAILER_BYTES if first & VERIFY_BIT else 0)
    if len(data) < end:
        return None
    body = bytes(data[header : header + length])
    if first & GZIP_BIT:
        body = _inflated(body)
    return _packet(kind, data, body), end


def decode_whole(data: bytes) -> Packet:
    """The packet that fills one WebSocket message; MalformedPacket for anything else."""
    found = decode(data)
    if found is None or found[1] != len(data):
        raise MalformedPacket("not exactly one packet")
    return found[0]


def _packet(kind: Kind, data: bytes | bytearray | memoryview, body: bytes) -> Packet:
    if kind is Kind.PUSH:
        return Packet(kind, data[1], body)
    request_id = int.from_bytes(data[2:6], "big")
    if kind is Kind.REQUEST:
        return Packet(kind, data[1], body, request_id, int.from_bytes(data[6:8], "big"))
    return Packet(kind, data[1], body, request_id, 0, data[6])


def _inflated(body: bytes) -> bytes:
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        inflated = inflater.decompress(body, REQUEST_BODY_MAX)
    except zlib.error as error:
        raise MalformedPacket(f"gzip: {error}") from error
    if inflater.unconsumed_tail or not inflater.eof:
        raise MalformedPacket("gzip: cut off, or more than a request may hold")
    return inflated


class Reader:
    """Packets out of a byte stream that is cut anywhere."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes | bytearray) -> list[Packet]:
        """All packets that are complete now; MalformedPacket ends the stream."""
        self._buffer += data
        packets: list[Packet] = []
        at = 0
        with memoryview(self._buffer) as view:
            while True:
                rest = view[at:]
                try:
                    found = decode(rest)
                finally:
                    rest.release()
                if found is None:
                    break
                packets.append(found[0])
                at += found[1]
        del self._buffer[:at]
        return packets


def _body(kind: Kind, body: bytes, gzip_from: int) -> tuple[int, bytes]:
    """First byte and body as sent."""
    if gzip_from and len(body) >= gzip_from:
        deflater = zlib.compressobj(wbits=_GZIP_WINDOW)
        return kind | GZIP_BIT, deflater.compress(body) + deflater.flush()
    return int(kind), body


def request(command: int, request_id: int, timeout_ms: int, body: bytes) -> bytes:
    """A request of the server: only heartbeats are."""
    head = bytes((Kind.REQUEST, command)) + request_id.to_bytes(4, "big")
    return head + timeout_ms.to_bytes(2, "big") + len(body).to_bytes(3, "big") + body


def response(
    command: int, request_id: int, status: int, body: bytes, *, gzip_from: int = 0
) -> bytes:
    """An answer; compressed when its body has `gzip_from` bytes or more (0: never)."""
    first, sent = _body(Kind.RESPONSE, body, gzip_from)
    head = bytes((first, command)) + request_id.to_bytes(4, "big")
    return head + bytes((status,)) + len(sent).to_bytes(3, "big") + sent


def push(command: int, body: bytes, *, gzip_from: int = 0) -> bytes:
    """A push; compressed like an answer."""
    first, sent = _body(Kind.PUSH, body, gzip_from)
    return bytes((first, command)) + len(sent).to_bytes(3, "big") + sent
