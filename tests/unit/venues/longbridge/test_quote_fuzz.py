"""Hostile input to the packet decoder and the quote session: packets, bodies and values (T-041).

Whatever arrives, effects that may travel come out, or RemoteProtocolError. 100,000 inputs in all with
`PITBOSS_FUZZ_INPUTS=100000`; 4,000 otherwise.
"""

import random
import tracemalloc

import attrs
import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.longbridge.packets import Kind, Packet, PacketReader, decode, encode
from actors.venues.longbridge.proto import control_pb2, quote_pb2
from engine.errors import RemoteProtocolError
from engine.messages.codec import encode as travel
from engine.messages.market import Bar, Book, Quote, Ticker, Trade
from engine.session.contract import Drop, GiveUp
from tests.kit.fuzzing import INPUTS, hostile, mutated
from tests.kit.longbridge_quote import TENCENT, WALL_S, Desk, at

COUNT = INPUTS or 4_000
ALL = tuple((kind, TENCENT) for kind in (Quote, Book, Trade, Bar, Ticker))
JUNK_NUMBERS = (0, -1, 1, 2, 7, 2**31 - 1, -(2**31), 2**62, -(2**63), WALL_S)
JUNK_TEXTS = (
    "",
    "0",
    "-1",
    "NaN",
    "inf",
    "1e9",
    "1_0",
    "\uff11",
    "1." * 9,
    "9" * 40,
    "x" * 600,
    TENCENT,
)

LEVEL = quote_pb2.Depth(position=1, price="320.6", volume=100, order_num=1)
ASK = quote_pb2.Depth(position=1, price="320.8", volume=100, order_num=1)
TRADE = quote_pb2.Trade(price="320.6", volume=100, timestamp=WALL_S, direction=1)
CANDLE = quote_pb2.Candlestick(
    open="1", close="1", low="1", high="1", volume=1, timestamp=WALL_S - WALL_S % 60
)
PUSHES = {
    0: control_pb2.Close(code=1, reason="bye"),
    101: quote_pb2.PushQuote(
        symbol=TENCENT, sequence=1, last_done="320.6", timestamp=WALL_S, volume=1, trade_status=1
    ),
    102: quote_pb2.PushDepth(symbol=TENCENT, sequence=1, ask=[ASK], bid=[LEVEL]),
    103: quote_pb2.PushBrokers(symbol=TENCENT, sequence=1),
    104: quote_pb2.PushTrade(symbol=TENCENT, sequence=1, trade=[TRADE, TRADE]),
}
ANSWERS = {
    4: quote_pb2.UserQuoteProfileResponse(
        member_id=1,
        subscribe_limit=500,
        quote_level="Lv2",
        rate_limit=[quote_pb2.RateLimit(command=14, limit=5, burst=5)],
    ),
    6: quote_pb2.SubscriptionResponse(
        sub_list=[quote_pb2.SubTypeList(symbol=TENCENT, sub_type=[1, 2, 4])]
    ),
    8: quote_pb2.MarketTradePeriodResponse(
        market_trade_session=[
            quote_pb2.MarketTradePeriod(
                market="HK", trade_session=[quote_pb2.TradePeriod(beg_time=930, end_time=1200)]
            )
        ]
    ),
    9: quote_pb2.MarketTradeDayResponse(trade_day=["20261120"], half_trade_day=["20261224"]),
    10: quote_pb2.SecurityStaticInfoResponse(
        secu_static_info=[quote_pb2.StaticInfo(symbol=TENCENT, currency="HKD", lot_size=100)]
    ),
    11: quote_pb2.SecurityQuoteResponse(
        secu_quote=[quote_pb2.SecurityQuote(symbol=TENCENT, last_done="320.6", timestamp=WALL_S)]
    ),
    14: quote_pb2.SecurityDepthResponse(symbol=TENCENT, ask=[ASK], bid=[LEVEL]),
    17: quote_pb2.SecurityTradeResponse(symbol=TENCENT, trades=[TRADE]),
    19: quote_pb2.SecurityCandlestickResponse(symbol=TENCENT, candlesticks=[CANDLE]),
}
GOLDEN = (
    *(
        encode(Packet(kind=Kind.PUSH, command=c, body=m.SerializeToString()))
        for c, m in PUSHES.items()
    ),
    encode(Packet(kind=Kind.REQUEST, command=1, request_id=5, timeout_ms=9, body=b"\x08\x01")),
    encode(Packet(kind=Kind.RESPONSE, command=6, request_id=5, body=b"\n\x00"), compress=True),
    encode(Packet(kind=Kind.PUSH, command=3, body=b"x", nonce=1, signature=bytes(16))),
)


def test_the_decoder():
    """Bytes spoilt anywhere: a packet, or the one error; the stream's reader likewise."""
    good = bad = 0
    for word, data in hostile(GOLDEN, COUNT):
        for read in (decode, PacketReader(1 << 16).feed):
            try:
                read(data)
            except RemoteProtocolError:
                bad += 1
            except Exception as error:
                raise AssertionError(word) from error
            else:
                good += 1
    assert good > COUNT // 20
    assert bad > COUNT // 20


def spoil(message: Message, rng: random.Random) -> None:
    """Some of its values are replaced by what no venue sends, some parts are cleared or repeated."""
    for field, value in message.ListFields():
        repeated = isinstance(value, list) or hasattr(value, "add") or hasattr(value, "append")
        if rng.random() < 0.15:
            _spoil_field(message, field, rng, repeated=repeated)
        elif field.message_type is not None:
            for part in value if repeated else [value]:
                spoil(part, rng)


def _spoil_field(message: Message, field: object, rng: random.Random, *, repeated: bool) -> None:
    name = field.name  # type: ignore[attr-defined]
    value = getattr(message, name)
    if repeated:
        if rng.random() < 0.5 or not value:
            message.ClearField(name)
        else:
            value.MergeFrom([value[0]] * rng.choice((1, 3, 2_000 if rng.random() < 0.01 else 2)))
    elif isinstance(value, str):
        setattr(message, name, rng.choice(JUNK_TEXTS))
    elif isinstance(value, int):
        try:
            setattr(message, name, rng.choice(JUNK_NUMBERS))
        except ValueError:
            message.ClearField(name)


def spoilt(message: Message, rng: random.Random) -> bytes:
    """The body of a message with something wrong."""
    copy = type(message)()
    copy.CopyFrom(message)
    spoil(copy, rng)
    body = copy.SerializeToString()
    return mutated(body, rng) if rng.random() < 0.1 and body else body


def one(desk: Desk, rng: random.Random) -> bytes:
    """An answer to something that is asked, or a push."""
    if desk.asked and rng.random() < 0.6:
        request = desk.asked.pop(rng.randrange(len(desk.asked)))
        status = rng.choice((0, 0, 0, 0, 3, 7))
        message = ANSWERS.get(request.command, ANSWERS[6])
        if status:
            code = rng.choice((301600, 301602, 301603, 301604, 301605, 301606, 301607, 0))
            message = control_pb2.Error(code=code, msg=rng.choice(JUNK_TEXTS))
        return encode(
            Packet(
                kind=Kind.RESPONSE,
                command=request.command,
                request_id=request.request_id,
                status=status,
                body=spoilt(message, rng),
            ),
            compress=rng.random() < 0.1,
        )
    command = rng.choice(tuple(PUSHES)[rng.random() > 0.02 :])
    return encode(Packet(kind=Kind.PUSH, command=command, body=spoilt(PUSHES[command], rng)))


def check(effects: object) -> None:
    """Only what may travel leaves."""
    for effect in effects:  # type: ignore[attr-defined]
        if attrs.has(type(effect)) and type(effect).__module__.startswith("engine.messages"):
            travel(effect)


def begun(seed: int, **settings) -> Desk:
    desk = Desk(warm_up_trades=10, warm_up_bars=3, **settings)
    desk.want(*ALL)
    desk.log_in(seed / 100)
    return desk


@pytest.mark.parametrize("depth_pushes", ["auto", "merge", "replace"])
def test_the_quote_session(depth_pushes: str):
    """Values that cannot be, in every message; memory does not grow with the number of inputs."""
    rng = random.Random(20_261_128)
    desk, good, bad = begun(0, depth_pushes=depth_pushes), 0, 0
    tracemalloc.start()
    for number in range(COUNT // 3):
        desk.second += 0.01
        try:
            data = one(desk, rng)
            desk.receive(data)
            desk.take(desk.protocol.due(at(desk.second)))
        except RemoteProtocolError:
            bad += 1
            desk = begun(number, depth_pushes=depth_pushes)
        else:
            good += 1
            check(desk.effects)
            if any(isinstance(effect, Drop | GiveUp) for effect in desk.effects):
                desk = begun(number, depth_pushes=depth_pushes)
            desk.effects.clear()
        if number % 97 == 0:
            topic = next(iter(desk.protocol._desk._topics))
            desk.take(desk.protocol.refresh(topic, at(desk.second)))
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert good > COUNT // 10
    assert bad > COUNT // 100
    assert size < 32 << 20


@given(st.integers(0, 255), st.binary(max_size=80))
def test_any_body_under_any_command(command: int, body: bytes):
    """Shapes nobody thought of."""
    desk = Desk()
    desk.want(*ALL)
    desk.log_in()
    try:
        desk.receive(encode(Packet(kind=Kind.PUSH, command=command, body=body)))
    except RemoteProtocolError:
        return
    check(desk.effects)


@pytest.mark.parametrize(
    "body",
    [
        b"\x0a\x02" * 10_000,
        b"\x0b" * 10_000,
        b"\xff" * 11,
        b"\x0f\x00",
        b"\x0a\xff\xff\xff\xff\x0f",
    ],
)
def test_hostile_protobuf(body: bytes):
    """SEC-08: nesting by the thousand, a varint of eleven bytes, an unknown wire type, a huge length."""
    desk = Desk()
    desk.log_in()
    for command in PUSHES:
        try:
            desk.receive(encode(Packet(kind=Kind.PUSH, command=command, body=body)))
        except RemoteProtocolError:
            continue
    with pytest.raises(RemoteProtocolError):
        desk.receive(encode(Packet(kind=Kind.PUSH, command=101, body=b"\xff" * 11)))
