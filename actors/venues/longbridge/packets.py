"""The venue's packets: bytes of one WebSocket message or of a TCP stream, and back. Pure.

Protocol version 1: a header whose first byte tells kind, signature and compression, then the body, then
nonce and signature where the header says so. Nothing that arrives may make us keep or build more than
the bounds below, and whatever is not a packet is `RemoteProtocolError`.
"""

import gzip
import zlib
from enum import IntEnum
from typing import Final

import attrs

from engine.errors import LocalProtocolError, RemoteProtocolError

BODY_BYTES_MAX: Final = (1 << 24) - 1
"""The length of a body has 24 bits."""
INFLATED_BYTES_MAX: Final = 1 << 24
"""A body that is longer when it is unpacked is refused; gzip could make 16 GiB of a legal one."""
COMPRESS_FROM_BYTES: Final = 1024
"""Bodies of requests from this length on are sent compressed, as the venue's own client does."""
TIMEOUT_MS_MAX: Final = 60_000
REQUEST_ID_MAX: Final = (1 << 32) - 1

HANDSHAKE: Final = bytes((0x11, 0x09))
"""First bytes on TCP: version 1, protobuf, platform OpenAPI. The venue answers nothing to them."""
HANDSHAKE_QUERY: Final = "version=1&codec=1&platform=9"
"""The same as query of the WebSocket's URL."""

_VERIFY: Final = 0x10
_GZIP: Final = 0x20
_RESERVED: Final = 0xC0
_NONCE_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 16
_PROOF_BYTES: Final = _NONCE_BYTES + _SIGNATURE_BYTES
_PIECE_BYTES: Final = 1 << 16
_GZIP_WBITS: Final = 31


class Kind(IntEnum):
    """What a packet is."""

    REQUEST = 1
    RESPONSE = 2
    PUSH = 3


class Status(IntEnum):
    """What a response says of its request; other numbers are kept as they come."""

    SUCCESS = 0
    SERVER_TIMEOUT = 1
    CLIENT_TIMEOUT = 2
    BAD_REQUEST = 3
    BAD_RESPONSE = 4
    UNAUTHENTICATED = 5
    PERMISSION_DENIED = 6
    SERVER_ERROR = 7
    CLIENT_ERROR = 8


_HEADER_BYTES: Final = {Kind.REQUEST: 11, Kind.RESPONSE: 10, Kind.PUSH: 5}
_KINDS: Final = {int(kind): kind for kind in Kind}


@attrs.frozen(kw_only=True)
class Packet:
    """One packet, its body unpacked.

    Attributes:
        command: what it is about; the numbers of both gateways stand in `commands`.
        request_id: joins request and response, 0 for pushes.
        timeout_ms: of a request: how long the requester waits, 0 for ever.
        status: of a response.
        nonce: with `signature` at the end of the packet, None without. Nobody documents what they prove.
    """

    kind: Kind
    command: int
    request_id: int = 0
    timeout_ms: int = 0
    status: int = 0
    body: bytes = b""
    nonce: int | None = None
    signature: bytes = b""


def encode(packet: Packet, *, compress: bool = False) -> bytes:
    """The bytes of a packet.

    Raises:
        LocalProtocolError: a field does not fit into its bits.
    """
    body = gzip.compress(packet.body, mtime=0) if compress else packet.body
    if len(body) > BODY_BYTES_MAX:
        raise LocalProtocolError(f"a body of {len(body)} bytes; the format ends at 16 MiB")
    first = packet.kind | (_VERIFY if packet.nonce is not None else 0) | (_GZIP if compress else 0)
    try:
        head = bytes((first, packet.command))
        if packet.kind is not Kind.PUSH:
            head += packet.request_id.to_bytes(4, "big")
        if packet.kind is Kind.REQUEST:
            head += packet.timeout_ms.to_bytes(2, "big")
        elif packet.kind is Kind.RESPONSE:
            head += packet.status.to_bytes(1, "big")
        proof = b""
        if packet.nonce is not None:
            proof = packet.nonce.to_bytes(_NONCE_BYTES, "big") + packet.signature
    except (OverflowError, ValueError) as error:
        raise LocalProtocolError(f"a field of a packet does not fit: {error}") from None
    if proof and len(proof) != _PROOF_BYTES:
        raise LocalProtocolError(f"a signature of {len(packet.signature)} bytes instead of 16")
    return head + len(body).to_bytes(3, "big") + body + proof


def decode(data: str | bytes) -> Packet:
    """The packet that is exactly these bytes, as each WebSocket message is.

    Raises:
        RemoteProtocolError: text, too short, too long, or not a packet.
    """
    if isinstance(data, str):
        raise RemoteProtocolError("the venue sent a text message; packets are binary")
    size = _size(data, 0, len(data))
    if size is None or size > len(data):
        raise RemoteProtocolError(f"the venue sent {len(data)} bytes that are no whole packet")
    if size < len(data):
        raise RemoteProtocolError(f"{len(data) - size} bytes follow a packet in its message")
    return _packet(data)


class PacketReader:
    """Cuts packets out of a byte stream; any cut of the stream gives the same packets.

    Args:
        body_bytes_max: longest body on the wire; what is kept never exceeds it by more than one read.
    """

    __slots__ = ("_body_bytes_max", "_need", "_rest")

    def __init__(self, body_bytes_max: int = BODY_BYTES_MAX) -> None:
        self._body_bytes_max = body_bytes_max
        self._rest = bytearray()
        self._need = 1

    @property
    def kept(self) -> int:
        """Bytes of a packet that has not come whole."""
        return len(self._rest)

    def feed(self, data: str | bytes) -> list[Packet]:
        """The packets that these bytes complete.

        Raises:
            RemoteProtocolError: what came is not a packet; the reader is of no use after that.
        """
        if isinstance(data, str):
            raise RemoteProtocolError("text in a stream of packets")
        self._rest += data
        if len(self._rest) < self._need:
            return []
        packets: list[Packet] = []
        place, end = 0, len(self._rest)
        self._need = 1
        while place < end:
            size = _size(self._rest, place, end, self._body_bytes_max)
            if size is None or place + size > end:
                self._need = size or 0
                break
            packets.append(_packet(bytes(self._rest[place : place + size])))
            place += size
        del self._rest[:place]
        return packets


def _size(
    data: bytes | bytearray, place: int, end: int, body_bytes_max: int = BODY_BYTES_MAX
) -> int | None:
    """Bytes of the packet that begins here, None while its header is not there."""
    if place == end:
        return None
    first = data[place]
    kind = _KINDS.get(first & 0x0F)
    if kind is None or first & _RESERVED:
        raise RemoteProtocolError(f"the venue sent a packet with the first byte {first:#04x}")
    header = _HEADER_BYTES[kind]
    if end - place < header:
        return None
    length = int.from_bytes(data[place + header - 3 : place + header], "big")
    if length > body_bytes_max:
        raise RemoteProtocolError(f"a body of {length} bytes; the limit is {body_bytes_max}")
    return header + length + (_PROOF_BYTES if first & _VERIFY else 0)


def _packet(data: bytes) -> Packet:
    """The packet in bytes of exactly its size."""
    first = data[0]
    kind = _KINDS[first & 0x0F]
    end, nonce, signature = len(data), None, b""
    if first & _VERIFY:
        end -= _PROOF_BYTES
        nonce = int.from_bytes(data[end : end + _NONCE_BYTES], "big")
        signature = data[end + _NONCE_BYTES :]
    body = data[_HEADER_BYTES[kind] : end]
    return Packet(
        kind=kind,
        command=data[1],
        request_id=0 if kind is Kind.PUSH else int.from_bytes(data[2:6], "big"),
        timeout_ms=int.from_bytes(data[6:8], "big") if kind is Kind.REQUEST else 0,
        status=data[6] if kind is Kind.RESPONSE else 0,
        body=inflate(body) if first & _GZIP else body,
        nonce=nonce,
        signature=signature,
    )


def inflate(body: bytes, *, bytes_max: int = INFLATED_BYTES_MAX) -> bytes:
    """What exactly one gzip member holds.

    It is unpacked twice: first in pieces that are thrown away, which tells the size, then at once into
    its place; so a body never needs its length twice, and a bomb needs nothing.

    Raises:
        RemoteProtocolError: no gzip, a wrong checksum, cut off, more than one member, or too long.
    """
    size = _inflated_size(body, bytes_max)
    return zlib.decompress(body, _GZIP_WBITS, max(size, 1))


def _inflated_size(body: bytes, bytes_max: int) -> int:
    machine, size, rest = zlib.decompressobj(_GZIP_WBITS), 0, body
    try:
        while not machine.eof:
            piece = machine.decompress(rest, _PIECE_BYTES)
            size += len(piece)
            if size > bytes_max:
                raise RemoteProtocolError(f"a body longer than {bytes_max} bytes when unpacked")
            rest = machine.unconsumed_tail
            if not piece and not rest and not machine.eof:
                raise RemoteProtocolError("a compressed body that is cut off")
    except zlib.error as error:
        raise RemoteProtocolError(f"a compressed body that cannot be unpacked: {error}") from None
    if machine.unused_data:
        raise RemoteProtocolError("more than one member in a compressed body")
    return size


def next_request_id(last: int) -> int:
    """The number after this one: from 1 to 2³²-1, then 1 again."""
    return 1 if last >= REQUEST_ID_MAX else last + 1
