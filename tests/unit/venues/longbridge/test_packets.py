"""The packet codec: the sheet's golden packets, bounds of what is unpacked, and any cut of a stream."""

import gzip
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.bodies import parse
from actors.venues.longbridge.packets import (
    BODY_BYTES_MAX,
    HANDSHAKE,
    INFLATED_BYTES_MAX,
    REQUEST_ID_MAX,
    Kind,
    Packet,
    PacketReader,
    decode,
    encode,
    inflate,
    next_request_id,
)
from actors.venues.longbridge.proto import control_pb2, quote_pb2, trade_pb2
from engine.errors import LocalProtocolError, RemoteProtocolError

MIB = 1 << 20
AUTH = control_pb2.AuthRequest(token="otp-1", metadata={"accept-language": "en"})
GRANT = control_pb2.AuthResponse(session_id="sess-1", expires=1795230034738, limit=10, online=1)
BEAT = control_pb2.Heartbeat(timestamp=1795226441000, heartbeat_id=5)
QUOTE = quote_pb2.PushQuote(
    symbol="700.HK",
    sequence=1,
    last_done="320.6",
    open="319",
    high="322",
    low="317",
    timestamp=1795225422,
    volume=1000,
    turnover="320600",
    current_volume=100,
    current_turnover="32060",
)
SUBSCRIBED = quote_pb2.SubscriptionResponse(
    sub_list=[quote_pb2.SubTypeList(symbol="700.HK", sub_type=[1, 2, 3, 4])]
)

GOLDEN = {
    "auth": (
        Packet(kind=Kind.REQUEST, command=2, request_id=1, timeout_ms=5000),
        AUTH,
        "010200000001138800001e0a056f74702d3112150a0f6163636570742d6c616e67756167651202656e",
    ),
    "auth_ok": (
        Packet(kind=Kind.RESPONSE, command=2, request_id=1),
        GRANT,
        "020200000001000000130a06736573732d3110b2d6b1e09f34180a2001",
    ),
    "auth_refused": (
        Packet(kind=Kind.RESPONSE, command=2, request_id=1, status=5),
        control_pb2.Error(code=401, msg="invalid token"),
        "02020000000105000012089103120d696e76616c696420746f6b656e",
    ),
    "heartbeat": (
        Packet(kind=Kind.REQUEST, command=1, request_id=5),
        BEAT,
        "010100000005000000000908a8aad6de9f341005",
    ),
    "heartbeat_answer": (
        Packet(kind=Kind.RESPONSE, command=1, request_id=5),
        BEAT,
        "0201000000050000000908a8aad6de9f341005",
    ),
    "close": (
        Packet(kind=Kind.PUSH, command=0),
        control_pb2.Close(code=2, reason="bye"),
        "030000000708021203627965",
    ),
    "subscribe": (
        Packet(kind=Kind.REQUEST, command=6, request_id=3, timeout_ms=30000),
        quote_pb2.SubscribeRequest(symbol=["700.HK"], sub_type=[1, 2, 3, 4], is_first_push=True),
        "01060000000375300000100a063730302e484b1204010203041801",
    ),
    "subscribed": (
        Packet(kind=Kind.RESPONSE, command=6, request_id=3),
        SUBSCRIBED,
        "020600000003000000100a0e0a063730302e484b120401020304",
    ),
    "push_quote": (
        Packet(kind=Kind.PUSH, command=101),
        QUOTE,
        "036500003a0a063730302e484b10011a053332302e3622033331392a03333232320333313738ceee83d80640e8074a0633323036303060646a053332303630",
    ),
    "profile": (
        Packet(kind=Kind.REQUEST, command=4, request_id=2, timeout_ms=30000),
        quote_pb2.UserQuoteProfileRequest(language="en"),
        "01040000000275300000040a02656e",
    ),
    "trade_sub": (
        Packet(kind=Kind.REQUEST, command=16, request_id=2, timeout_ms=30000),
        trade_pb2.Sub(topics=["private"]),
        "01100000000275300000090a0770726976617465",
    ),
    "trade_subscribed": (
        Packet(kind=Kind.RESPONSE, command=16, request_id=2),
        trade_pb2.SubResponse(success=["private"], current=["private"]),
        "021000000002000000120a07707269766174651a0770726976617465",
    ),
    "trade_unsubscribed": (
        Packet(kind=Kind.RESPONSE, command=17, request_id=3),
        trade_pb2.UnsubResponse(),
        "02110000000300000000",
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_packets_both_ways(name: str):
    """The sheet's bytes are made, and read back into the same packet and message."""
    head, message, text = GOLDEN[name]
    data = bytes.fromhex(text)
    packet = decode(data)

    assert packet.body == message.SerializeToString(deterministic=True)
    assert parse(type(message), packet.body) == message
    assert encode(packet) == data
    assert (packet.kind, packet.command, packet.request_id, packet.timeout_ms, packet.status) == (
        head.kind,
        head.command,
        head.request_id,
        head.timeout_ms,
        head.status,
    )


def test_golden_handshake():
    """Version 1, protobuf, platform OpenAPI."""
    assert HANDSHAKE.hex() == "1109"


def test_golden_packet_with_nonce_and_signature():
    """Both are read, kept and written; nobody documents what they prove."""
    text = "130300000b68656c6c6f20776f726c64000000000000000130313233343536373839616263646566"
    packet = decode(bytes.fromhex(text))

    assert packet == Packet(
        kind=Kind.PUSH, command=3, body=b"hello world", nonce=1, signature=b"0123456789abcdef"
    )
    assert encode(packet).hex() == text


PACKETS = st.builds(
    Packet,
    kind=st.just(Kind.PUSH),
    command=st.integers(0, 255),
    body=st.binary(max_size=40),
    nonce=st.one_of(st.none(), st.integers(0, 2**64 - 1)),
    signature=st.binary(min_size=16, max_size=16),
).map(lambda packet: packet if packet.nonce is not None else Packet(
    kind=packet.kind, command=packet.command, body=packet.body
)) | st.builds(
    Packet,
    kind=st.just(Kind.REQUEST),
    command=st.integers(0, 255),
    request_id=st.integers(0, REQUEST_ID_MAX),
    timeout_ms=st.integers(0, 60_000),
    body=st.binary(max_size=40),
) | st.builds(
    Packet,
    kind=st.just(Kind.RESPONSE),
    command=st.integers(0, 255),
    request_id=st.integers(0, REQUEST_ID_MAX),
    status=st.integers(0, 255),
    body=st.binary(max_size=40),
)  # fmt: skip


@given(PACKETS, st.booleans())
def test_what_is_written_is_read(packet: Packet, compress: bool):
    """Every field survives, compressed or not."""
    assert decode(encode(packet, compress=compress)) == packet


@given(st.lists(st.tuples(PACKETS, st.booleans()), max_size=6), st.data())
def test_any_cut_of_a_stream_gives_the_same_packets(given_packets, data):
    """Split and joined freely; nothing is kept at the end."""
    stream = b"".join(encode(packet, compress=flag) for packet, flag in given_packets)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader, found = PacketReader(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:end])

    assert found == [packet for packet, _ in given_packets]
    assert reader.kept == 0


def test_a_reader_keeps_no_more_than_one_packet_of_its_limit():
    """A longer body is refused as soon as its length is read."""
    reader = PacketReader(100)
    assert reader.feed(encode(Packet(kind=Kind.PUSH, command=1, body=bytes(100)))) != []
    with pytest.raises(RemoteProtocolError, match="limit is 100"):
        reader.feed(b"\x03\x01\x00\x00\x65")


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\x04\x00\x00\x00\x00", b"\x43\x00\x00\x00\x00", b"\x83\x00\x00\x00\x00",
     b"\x03\x00\x00\x00", b"\x03\x00\x00\x00\x01", b"\x03\x00\x00\x00\x00\x00",
     b"\x13\x00\x00\x00\x00" + bytes(23), "text"],
)  # fmt: skip
def test_what_is_no_packet_is_refused(data):
    """Unknown kinds, reserved bits, too short, too long, and text."""
    with pytest.raises(RemoteProtocolError):
        decode(data)


def test_what_does_not_fit_is_ours():
    """A bug of ours is told as one, and nothing is cut off."""
    for packet in (
        Packet(kind=Kind.PUSH, command=256),
        Packet(kind=Kind.REQUEST, command=1, request_id=1, timeout_ms=1 << 16),
        Packet(kind=Kind.RESPONSE, command=1, request_id=REQUEST_ID_MAX + 1),
        Packet(kind=Kind.PUSH, command=1, nonce=1, signature=b"short"),
        Packet(kind=Kind.PUSH, command=1, body=bytes(BODY_BYTES_MAX + 1)),
    ):
        with pytest.raises(LocalProtocolError):
            encode(packet)


# --- T-052 --------------------------------------------------------------------------------------

GOOD = gzip.compress(b"hello " * 100, mtime=0)


def peak_of(body: bytes) -> int:
    """Most memory used while a body is refused."""
    tracemalloc.start()
    try:
        with pytest.raises(RemoteProtocolError):
            inflate(body)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def bomb(mib: int) -> bytes:
    """So many MiB of zeros as one good member; the first is packed, the others are its repetitions."""
    zeros, machine = bytes(MIB), zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = machine.compress(zeros) + machine.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(mib):
        check = zlib.crc32(zeros, check)
    head = gzip.compress(b"")[:10]
    return head + packed * mib + machine.flush() + struct.pack("<II", check, mib * MIB)


def test_a_bomb_is_a_good_member():
    """It is refused for its size alone."""
    assert gzip.decompress(bomb(3)) == bytes(3 * MIB)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb": lambda: bomb(200),
    "one_byte_too_long": lambda: gzip.compress(bytes(16 * MIB + 1)),
    "bad_checksum": lambda: GOOD[:-8] + bytes(4) + GOOD[-4:],
    "cut_off": lambda: GOOD[:-1],
    "cut_in_the_middle": lambda: GOOD[:20],
    "second_member": lambda: GOOD + GOOD,
    "rest": lambda: GOOD + b"x",
    "zlib": lambda: zlib.compress(b"hello"),
    "empty": lambda: b"",
    "two_bytes": lambda: b"\x1f\x8b",
}
"""What is packed for a test is packed when it runs: every worker reads this file."""


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_gzip_is_refused_within_memory(body: str):
    """T-052: one class of error, and less than 32 MiB for it."""
    assert peak_of(HOSTILE[body]()) < 32 * MIB


def test_the_longest_body_is_unpacked_within_memory():
    """16 MiB are legal and cost little more than themselves."""
    body = gzip.compress(bytes(INFLATED_BYTES_MAX))
    tracemalloc.start()
    assert len(inflate(body)) == INFLATED_BYTES_MAX
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 20 * MIB


@given(st.binary(max_size=300_000))
def test_gzip_gives_back_what_was_packed(data: bytes):
    """Whatever was packed, an empty body included."""
    assert inflate(gzip.compress(data)) == data


# --- T-053 --------------------------------------------------------------------------------------


def test_request_ids_begin_again_at_one():
    """T-053: after 2³²-1 comes 1, never 0."""
    assert next_request_id(0) == 1
    assert next_request_id(REQUEST_ID_MAX - 1) == REQUEST_ID_MAX == 2**32 - 1
    assert next_request_id(REQUEST_ID_MAX) == 1
