"""Hostile input to the data session: bytes, messages and values (T-041, SEC-08).

Whatever arrives, effects that may travel come out, or RemoteProtocolError.
"""

import random
import tracemalloc
from typing import Any

import attrs
import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.t4.proto import service_pb2
from engine.errors import RemoteProtocolError
from engine.messages.codec import encode as travel
from engine.messages.market import Bar, Book, Quote, Ticker, Trade
from engine.session.contract import Drop, GiveUp
from tests.kit.fuzzing import INPUTS, mutated
from tests.kit.t4_data import (
    BID,
    ES,
    OFFER,
    Desk,
    change,
    changes,
    depth,
    details,
    granted,
    order,
    orders,
    price,
    refused,
    said,
    snapshot,
    trade,
    traded,
)

COUNT = INPUTS or 4_000
ALL = (Quote, Book, Trade, Bar, Ticker)
JUNK_NUMBERS = (0, -1, 1, 2, 7, 2**31 - 1, -(2**31), 2**62, -(2**63), 2**64 - 1)
JUNK_TEXTS = ("", "0", "-1", "NaN", "inf", "1e9", "1_0", "\uff11", "9" * 40, "x" * 600, ES, "0.25")
BAR = {
    "time": "2024-01-10T09:29:00",
    "openPrice": "1",
    "highPrice": "1",
    "lowPrice": "1",
    "closePrice": "1",
    "volume": 1,
}


def messages() -> list[bytes]:
    """Something of everything that the venue says about markets."""
    lively = depth(trade_data=traded(5, "4800.25"))
    settled = {"market_id": ES, "settlement_price": price("4790"), "open_interest": 3}
    ranged = {"market_id": ES, "high_price": price("1"), "low_price": price("1")}
    return [
        said(market_depth=lively),
        said(market_depth_trade=trade(6, "4800.25")),
        snapshot({"market_depth": lively}, {"market_settlement": settled}),
        said(market_settlement=settled),
        said(market_high_low=ranged | {"open_price": price("1")}),
        said(market_price_limits=ranged),
        said(market_by_order_snapshot=orders(3, order(1, BID, "4800", 3))),
        said(market_by_order_update=changes(4, change(0, 2, OFFER, "4801", 2), change(1, 1))),
        said(market_by_order_trade={"market_id": ES, "sequence": 4}),
        said(market_depth_subscribe_reject={"market_id": ES, "mode": 14}),
        said(market_by_order_subscribe_reject={"market_id": ES, "mode": 13}),
        said(authentication_token={"token": "t", "expire_time": {"seconds": 1_800_000_000}}),
        details(),
        details("another"),
        granted(),
        refused(8),
        said(heartbeat={"timestamp": 1}),
    ]


def spoil(message: Message, rng: random.Random) -> None:
    """Some of its values are replaced by what no venue sends, some parts are cleared or repeated."""
    for field, value in message.ListFields():
        repeated = hasattr(value, "add") or hasattr(value, "append")
        if rng.random() < 0.1:
            _spoil_field(message, field.name, rng, repeated=repeated)
        elif field.message_type is not None:
            for part in value if repeated else [value]:
                spoil(part, rng)


def _spoil_field(message: Message, name: str, rng: random.Random, *, repeated: bool) -> None:
    value: Any = getattr(message, name)
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


def one(seeds: list[bytes], rng: random.Random) -> bytes:
    """A message with something wrong, mostly."""
    data = rng.choice(seeds)
    if rng.random() < 0.2:
        return mutated(data, rng)
    message = service_pb2.ServerMessage.FromString(data)
    spoil(message, rng)
    return message.SerializeToString()


def check(effects: list[object]) -> None:
    """Only what may travel leaves."""
    for effect in effects:
        if attrs.has(type(effect)) and type(effect).__module__.startswith("engine.messages"):
            travel(effect)


def begun(**settings: Any) -> Desk:
    desk = Desk(contracts=("CME_Eq/ES",), warm_up_bars=3, **settings)
    desk.log_in()
    desk.want(*ALL)
    desk.hear(details())
    desk.hear(snapshot({"market_depth": depth()}))
    return desk


def answered(desk: Desk, rng: random.Random) -> None:
    """One call is answered with something that may be wrong."""
    junk = rng.choice((None, [], {}, [{"marketID": rng.choice(JUNK_TEXTS)}], "x", [[1]], [{}]))
    bars = {"bars": [BAR | {rng.choice(tuple(BAR)): rng.choice(JUNK_TEXTS)}]}
    desk.answer(rng.choice((junk, bars, {"marketID": ES})), rng.choice((200, 200, 200, 500, 404)))


@pytest.mark.parametrize(
    "settings",
    [
        {"book_source": "market_by_order"},
        {"depth_buffer": "smart", "implied": True, "price_format": "decimal"},
    ],
    ids=["orders", "depth"],
)
def test_the_data_session(settings: dict[str, Any]):
    """Values that cannot be, in every message; memory does not grow with the number of inputs."""
    rng, seeds = random.Random(20_261_128), messages()
    desk, good, bad = begun(**settings), 0, 0
    tracemalloc.start()
    for number in range(COUNT // 2):
        desk.second += 0.01
        try:
            if desk.calls and rng.random() < 0.3:
                answered(desk, rng)
            else:
                desk.hear(one(seeds, rng))
            desk.take(desk.session.due(desk.now))
        except RemoteProtocolError:
            bad += 1
        else:
            good += 1
        check(desk.effects)
        gone = any(isinstance(effect, Drop | GiveUp) for effect in desk.effects)
        desk.effects.clear()
        desk.sent.clear()
        if gone:
            desk = begun(**settings)
        elif number % 97 == 0:
            desk.lose()
            desk.log_in()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert good > COUNT // 10
    assert bad > COUNT // 100
    assert size < 32 << 20


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes):
    """Shapes nobody thought of."""
    desk = begun()
    try:
        check(desk.hear(data))
    except RemoteProtocolError:
        return


@pytest.mark.parametrize(
    "data", [b"\x0b" * 10_000, b"\xe2\x06\x02" * 10_000, b"\x0a\xff\xff\xff\xff\x0f"]
)
def test_hostile_protobuf(data: bytes):
    """Nesting by the thousand, lengths beyond the end."""
    with pytest.raises(RemoteProtocolError):
        begun().hear(data)
