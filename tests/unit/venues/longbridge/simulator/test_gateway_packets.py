"""The simulator's packet codec: the fact sheet's golden bytes, streams cut anywhere, hostile bytes."""

import contextlib
import gzip
import itertools
import zlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.simulator import bodies, packets
from actors.venues.longbridge.simulator.packets import Kind, MalformedPacket, Packet, Reader
from engine.simulator.protobuf import NotMessage, parse
from tests.kit.fuzzing import hostile
from tests.kit.longbridge_gateways import message, received, request

AUTH = "010200000001138800001e0a056f74702d3112150a0f6163636570742d6c616e67756167651202656e"
AUTH_OK = "020200000001000000130a06736573732d3110b2d6b1e09f34180a2001"
AUTH_REFUSED = "02020000000105000012089103120d696e76616c696420746f6b656e"
HEARTBEAT = "010100000005000000000908a8aad6de9f341005"
HEARTBEAT_OK = "0201000000050000000908a8aad6de9f341005"
CLOSE = "030000000708021203627965"
SUBSCRIBE = "01060000000375300000100a063730302e484b1204010203041801"
SUBSCRIBED = "020600000003000000100a0e0a063730302e484b120401020304"
PUSH_QUOTE = (
    "036500003a0a063730302e484b10011a053332302e3622033331392a03333232320333313738ceee83d806"
    "40e8074a0633323036303060646a053332303630"
)
PROFILE = "01040000000275300000040a02656e"
TRADE_SUB = "01100000000275300000090a0770726976617465"
TRADE_SUB_OK = "021000000002000000120a07707269766174651a0770726976617465"
TRADE_UNSUB_OK = "02110000000300000000"
SIGNED_PUSH = "130300000b68656c6c6f20776f726c64000000000000000130313233343536373839616263646566"
GOLDEN = (AUTH, AUTH_REFUSED, HEARTBEAT, HEARTBEAT_OK, CLOSE, SUBSCRIBE, PUSH_QUOTE, SIGNED_PUSH)


def whole(text: str) -> Packet:
    return packets.decode_whole(bytes.fromhex(text))


def test_it_reads_the_requests_of_the_sheet():
    """Numbers, timeouts and bodies as they stand there."""
    auth = whole(AUTH)
    assert (auth.kind, auth.command, auth.request_id, auth.timeout_ms) == (Kind.REQUEST, 2, 1, 5000)
    body = parse(bodies.AuthRequest, auth.body)
    assert (body.token, dict(body.metadata)) == ("otp-1", {"accept-language": "en"})
    subscribe = parse(bodies.SubscribeRequest, whole(SUBSCRIBE).body)
    assert list(subscribe.symbol) == ["700.HK"]
    assert list(subscribe.sub_type) == [1, 2, 3, 4]
    assert subscribe.is_first_push is True
    assert parse(bodies.UserQuoteProfileRequest, whole(PROFILE).body).language == "en"
    assert list(parse(bodies.Sub, whole(TRADE_SUB).body).topics) == ["private"]
    assert whole(HEARTBEAT).request_id == 5


def test_it_writes_the_answers_and_pushes_of_the_sheet():
    """Byte for byte."""
    greeting = bodies.AuthResponse(session_id="sess-1", expires=1795230034738, limit=10, online=1)
    assert packets.response(2, 1, 0, greeting.SerializeToString()).hex() == AUTH_OK
    refusal = bodies.Error(code=401, msg="invalid token").SerializeToString()
    assert packets.response(2, 1, 5, refusal).hex() == AUTH_REFUSED
    heartbeat = whole(HEARTBEAT)
    assert packets.response(1, 5, 0, heartbeat.body).hex() == HEARTBEAT_OK
    farewell = bodies.Close(code=2, reason="bye").SerializeToString()
    assert packets.push(0, farewell).hex() == CLOSE
    subscribed = bodies.SubscriptionResponse(
        sub_list=[bodies.SubTypeList(symbol="700.HK", sub_type=[1, 2, 3, 4])]
    )
    assert packets.response(6, 3, 0, subscribed.SerializeToString()).hex() == SUBSCRIBED
    topics = bodies.SubResponse(success=["private"], current=["private"]).SerializeToString()
    assert packets.response(16, 2, 0, topics).hex() == TRADE_SUB_OK
    nothing = bodies.UnsubResponse().SerializeToString()
    assert packets.response(17, 3, 0, nothing).hex() == TRADE_UNSUB_OK


def test_it_writes_the_quote_of_the_sheet():
    """Every field in its place."""
    quote = bodies.PushQuote(
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
    assert packets.push(101, quote.SerializeToString()).hex() == PUSH_QUOTE


def test_nonce_and_signature_are_skipped():
    """They follow the body and do not count to its length."""
    assert whole(SIGNED_PUSH) == Packet(Kind.PUSH, 3, b"hello world")


def test_unpacked_numbers_are_read_like_packed_ones():
    """Both forms are legal."""
    body = message((1, "700.HK"), (2, 1), (2, 4))
    assert list(parse(bodies.SubscribeRequest, body).sub_type) == [1, 4]


def test_unknown_fields_are_passed_over():
    """A newer client may send more."""
    body = message((1, "700.HK"), (99, "more"), (98, 7))
    assert parse(bodies.SecurityRequest, body).symbol == "700.HK"


@given(st.lists(st.binary(max_size=300), max_size=6), st.data())
def test_a_stream_may_be_cut_anywhere(contents: list[bytes], data: st.DataObject):
    """The same packets come out whatever the pieces."""
    stream = b"".join(
        request(7, number, body, zipped=number % 2 == 0, signed=number % 3 == 0)
        for number, body in enumerate(contents, 1)
    )
    places = st.lists(st.integers(0, len(stream)), max_size=8)
    cuts = sorted({0, len(stream), *data.draw(places)})
    reader = Reader()
    found = [
        packet
        for begin, end in itertools.pairwise(cuts)
        for packet in reader.feed(stream[begin:end])
    ]
    assert [packet.body for packet in found] == contents
    assert [packet.request_id for packet in found] == list(range(1, len(contents) + 1))


@given(st.binary(max_size=2_000), st.integers(0, 2_000))
def test_what_is_written_compressed_is_read_by_anybody(body: bytes, gzip_from: int):
    """The bit tells; the threshold decides."""
    for data in (
        packets.response(11, 9, 0, body, gzip_from=gzip_from),
        packets.push(101, body, gzip_from=gzip_from),
    ):
        found = received(data)
        assert found is not None
        assert (found[0].body, found[1]) == (body, len(data))
        assert found[0].zipped == bool(gzip_from and len(body) >= gzip_from)


def test_a_compressed_bomb_is_refused_before_it_is_inflated():
    """Little on the wire, a gigabyte in memory: neither is allowed."""
    bomb = gzip.compress(bytes(packets.REQUEST_BODY_MAX + 1))
    head = b"\x21\x06" + bytes(6) + len(bomb).to_bytes(3, "big")
    with pytest.raises(MalformedPacket):
        packets.decode(head + bomb)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        b"\x04\x01",
        b"\x0f" * 20,
        b"\x01\x06" + bytes(6) + b"\xff\xff\xff",
        b"\x21\x06" + bytes(6) + b"\x00\x00\x03abc",
        b"\x21\x06" + bytes(6) + b"\x00\x00\x0a" + gzip.compress(b"x" * 50, mtime=0)[:10],
    ],
)
def test_what_is_no_packet_is_refused_at_once(data: bytes):
    """Unknown types, lengths beyond reason, gzip that is none."""
    with pytest.raises(MalformedPacket):
        packets.decode(data)


@pytest.mark.parametrize("rest", [b"", b"\x01", b"extra"])
def test_a_message_is_exactly_one_packet(rest: bytes):
    """WebSocket neither splits nor joins packets."""
    data = bytes.fromhex(SUBSCRIBE)
    with pytest.raises(MalformedPacket):
        packets.decode_whole(data[:-1] if not rest else data + rest)


def test_hostile_bytes_end_in_a_packet_or_a_refusal():
    """Nothing else may come out of the decoder, and never more bytes than went in."""
    seeds = [bytes.fromhex(text) for text in GOLDEN]
    seeds.append(request(6, 1, seeds[5][11:], zipped=True))
    for name, data in hostile(seeds, 3_000):
        try:
            found = packets.decode(data)
        except MalformedPacket:
            continue
        assert found is None or found[1] <= len(data), name
        reader = Reader()
        with contextlib.suppress(MalformedPacket):
            reader.feed(data)


def test_hostile_bodies_end_in_a_message_or_a_refusal():
    """Every message class of the tables."""
    kinds = [bodies.SubscribeRequest, bodies.AuthRequest, bodies.SecurityHistoryCandlestickRequest]
    rng = Random(1)
    for name, data in hostile([bytes.fromhex(SUBSCRIBE)[11:], bytes.fromhex(AUTH)[11:]], 3_000):
        try:
            parse(rng.choice(kinds), data)
        except NotMessage:
            continue
        except Exception as error:
            raise AssertionError(name) from error


def test_the_inflater_reads_what_zlib_alone_would_not():
    """The container is gzip, not zlib."""
    raw = zlib.compress(b"body")
    with pytest.raises(MalformedPacket):
        packets.decode(b"\x21\x06" + bytes(6) + len(raw).to_bytes(3, "big") + raw)
