"""Hostile input: 8,000 frames and answers with a fixed seed, and shapes from hypothesis (T-041).

Whatever arrives, a protocol returns effects that may travel, or raises RemoteProtocolError.
"""

import json
import random
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from actors.venues.wooxpro.private import PrivateProtocol
from actors.venues.wooxpro.public import PublicProtocol
from engine.errors import RemoteProtocolError
from engine.messages.codec import encode
from engine.messages.market import Bar, Book, FundingRate, Quote, Ticker, Trade
from engine.messages.venue import ReconcileRequest
from engine.session.contract import CallFailure, HttpCall, HttpResponse, SendFrame, Topic
from tests.kit.fuzzing import INPUTS
from tests.kit.wooxpro import (
    BTC,
    SECRETS,
    answer,
    at,
    calls,
    cancel,
    details,
    order_row,
    replace,
    settings,
    submit,
    trade_row,
)

COUNT = INPUTS or 8_000
KINDS = (Quote, Trade, Book, Bar, Ticker, FundingRate)
LEVEL = {"price": "2", "vol": "1"}

PUBLIC_FRAMES: list[dict[str, Any]] = [
    {
        "group": "futures/bookticker:BTCUSDT",
        "data": {
            "symbol": "BTCUSDT",
            "best_bid_price": "1",
            "best_bid_vol": "1",
            "best_ask_price": "2",
            "best_ask_vol": "1",
            "ms_t": 1701566021194,
        },
    },
    {
        "group": "futures/trade:BTCUSDT",
        "data": [
            {
                "trade_id": 1,
                "symbol": "BTCUSDT",
                "deal_price": "2",
                "deal_vol": "1",
                "way": 1,
                "m": True,
                "created_at": "2025-02-23T13:59:59.646490751Z",
            }
        ],
    },
    {
        "group": "futures/depthIncrease50:BTCUSDT@200ms",
        "data": {
            "symbol": "BTCUSDT",
            "asks": [LEVEL],
            "bids": [{"price": "1", "vol": "0"}],
            "ms_t": 1,
            "version": 1,
            "type": "snapshot",
        },
    },
    {
        "group": "futures/depthAll50:BTCUSDT@100ms",
        "data": {"symbol": "BTCUSDT", "asks": [LEVEL], "bids": [], "ms_t": 1},
    },
    {
        "group": "futures/depth50:BTCUSDT",
        "data": {"symbol": "BTCUSDT", "way": 1, "depths": [LEVEL], "ms_t": 1},
    },
    {
        "group": "futures/ticker:BTCUSDT",
        "data": {"symbol": "BTCUSDT", "last_price": "1", "volume_24": "2", "mark_price": "1"},
    },
    {
        "group": "futures/klineBin1m:BTCUSDT",
        "data": {
            "symbol": "BTCUSDT",
            "items": [{"o": "1", "h": "2", "l": "1", "c": "2", "v": "5", "ts": 1701617761}],
        },
    },
    {
        "group": "futures/fundingRate:BTCUSDT",
        "data": {
            "symbol": "BTCUSDT",
            "fundingRate": "0.1",
            "fundingTime": 1,
            "nextFundingRate": "0",
            "nextFundingTime": 2,
            "ts": 3,
        },
    },
    {
        "action": "subscribe",
        "group": "futures/trade:BTCUSDT",
        "success": True,
        "request": {"action": "subscribe", "args": ["futures/trade:BTCUSDT"]},
    },
    {"action": "subscribe", "group": "x", "success": False, "error": "group [x] not exist"},
    {"group": "System", "data": "pong"},
]

PRIVATE_FRAMES: list[dict[str, Any]] = [
    {
        "group": "futures/order",
        "data": [
            {
                "action": 1,
                "order": {
                    **order_row(deal_size="1"),
                    "last_trade": {
                        "lastTradeID": 5,
                        "fillQty": "1",
                        "fillPrice": "9",
                        "fee": "-0.1",
                        "feeCcy": "USDT",
                    },
                    "position_mode": "one_way_mode",
                },
            }
        ],
    },
    {
        "group": "futures/position",
        "data": [
            {
                "symbol": "BTCUSDT",
                "hold_volume": "1",
                "position_type": 1,
                "position_mode": "hedge_mode",
            }
        ],
    },
    {
        "group": "futures/asset:USDT",
        "data": {
            "currency": "USDT",
            "available_balance": "1",
            "position_deposit": "1",
            "frozen_balance": "1",
        },
    },
    {"action": "access", "success": True},
    {"action": "access", "success": False, "error": "access failed: x"},
    {
        "action": "subscribe",
        "group": "futures/order",
        "success": False,
        "error": "need authenication",
    },
    {"action": "unsubscribe", "group": "futures/order", "success": True},
]

JUNK: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**18, "", "-", "NaN", "1e9", "1_0", "\uff11", "0", "99", "x" * 600,
    [], [[]], [{}], {}, {"a": 1}, "futures/order", 4, "2025-02-30T00:00:00Z",
]  # fmt: skip


def mutated(rng: random.Random, value: Any) -> Any:
    """The value with some places replaced, removed or repeated."""
    if rng.random() < 0.04:
        return rng.choice(JUNK)
    if isinstance(value, dict):
        return {key: mutated(rng, item) for key, item in value.items() if rng.random() > 0.02}
    if isinstance(value, list):
        return [mutated(rng, item) for item in value for _ in range(rng.choice((1, 1, 1, 1, 2)))]
    return value


def broken(rng: random.Random, text: str) -> str | bytes:
    """The text with something wrong below JSON, now and then."""
    chance = rng.random()
    if chance < 0.03:
        return text[: rng.randrange(len(text) + 1)]
    if chance < 0.06:
        place = rng.randrange(len(text))
        return text[:place] + rng.choice('"{}[],:\\\x00é\ud83dNaN') + text[place + 1 :]
    if chance < 0.065:
        return "[" * 50_000
    if chance < 0.07:
        return text.encode()
    return text


def check(effects: Any) -> None:
    """Only what may travel leaves."""
    for effect in effects:
        if attrs.has(type(effect)) and type(effect).__module__.startswith("engine.messages"):
            encode(effect)


def public(book_feed: str) -> PublicProtocol:
    protocol = PublicProtocol(settings(book_feed=book_feed, book_speed=""))
    (call,) = calls(protocol.start(at(0)))
    protocol.answered(call.call_id, answer(details("BTCUSDT")), at(0))
    protocol.opened(at(0))
    protocol.demand(frozenset(Topic(kind, BTC) for kind in KINDS), at(0))
    return protocol


def private() -> PrivateProtocol:
    protocol = PrivateProtocol(settings(), SECRETS)
    protocol.opened(at(0))
    effects = [*protocol.received('{"action":"access","success":true}', at(0))]
    (frame,) = [effect for effect in effects if isinstance(effect, SendFrame)]
    for topic in json.loads(frame.data)["args"]:
        effects += protocol.received(
            json.dumps({"action": "subscribe", "group": topic, "success": True}), at(0)
        )
    return protocol


def feed(protocol: Any, data: str | bytes, second: float) -> bool:
    try:
        check(protocol.received(data, at(second)))
    except RemoteProtocolError:
        return False
    return True


@pytest.mark.parametrize("book_feed", ["all", "increase", "sides"])
def test_public_frames(book_feed: str):
    """A third of 8,000 frames for each way to read the book."""
    rng = random.Random(20_240_808)
    protocol = public(book_feed)
    good = 0
    for number in range(COUNT // 3):
        frame = mutated(rng, rng.choice(PUBLIC_FRAMES))
        good += feed(protocol, broken(rng, json.dumps(frame, ensure_ascii=False)), number / 100)
        if number % 50 == 0:
            check(protocol.due(at(number / 100)))
    assert COUNT // 30 < good < COUNT // 3  # both outcomes were exercised


def test_private_frames():
    """8,000 frames; a session that is given up or dropped is opened again, as the driver does."""
    rng = random.Random(7)
    protocol, good = private(), 0
    for number in range(COUNT):
        frame = mutated(rng, rng.choice(PRIVATE_FRAMES))
        good += feed(protocol, broken(rng, json.dumps(frame, ensure_ascii=False)), number / 100)
        if number % 50 == 0:
            check(protocol.due(at(number / 100)))
        if number % 200 == 0:
            check(protocol.lost("test", at(number / 100)))
            check(protocol.opened(at(number / 100)))
    assert COUNT // 10 < good < COUNT


BODIES: list[Any] = [
    {"code": 1000, "message": "Ok", "data": {"order_id": 1, "price": "1"}},
    {"code": 1000, "message": "Ok", "data": [order_row(), order_row(state=4, deal_size="3")]},
    {"code": 1000, "message": "Ok", "data": order_row()},
    {"code": 1000, "message": "Ok", "data": [trade_row(1), trade_row(2)]},
    {"code": 1000, "message": "Ok", "data": details("BTCUSDT")},
    {"code": 1000, "message": "Ok", "data": {"position_mode": "hedge_mode"}},
    {
        "code": 1000,
        "data": [{"currency": "USDT", "available_balance": "1", "equity": "2", "unrealized": "0"}],
    },
    {"code": 40050, "message": "dup"},
    {"error_msg": "404 Route Not Found"},
]


def test_answers():
    """Answers of any shape to calls of any kind; here nothing raises, for order calls live on it."""
    rng = random.Random(11)
    protocol = private()
    waiting: list[HttpCall] = []
    for number in range(COUNT // 4):
        now = at(number / 10)
        effects: list[Any] = []
        if not waiting or rng.random() < 0.2:
            effects += _command(rng, protocol, number, now)
        if waiting:
            call = waiting.pop(rng.randrange(len(waiting)))
            if rng.random() < 0.1:
                failure = CallFailure(not_sent=rng.random() < 0.5, reason="test")
                effects += protocol.failed(call.call_id, failure, now)
            else:
                body = broken(rng, json.dumps(mutated(rng, rng.choice(BODIES))))
                raw = body if isinstance(body, bytes) else body.encode(errors="replace")
                status = rng.choice((200, 200, 200, 400, 403, 404, 429, 500, 503))
                effects += protocol.answered(call.call_id, HttpResponse(status, {}, raw), now)
        if number % 7 == 0:
            effects += protocol.due(now)
        check(effects)
        waiting += calls(effects)
        del waiting[:-200]


def _command(rng: random.Random, protocol: PrivateProtocol, number: int, now: Any) -> Any:
    name = f"o{number % 50}"
    chosen = rng.randrange(5)
    if chosen == 0:
        return protocol.submit(submit(client_order_id=name), now)
    if chosen == 1:
        return protocol.cancel(cancel(client_order_id=name), now)
    if chosen == 2:
        return protocol.replace(replace(client_order_id=name), now)
    if chosen == 3:
        protocol._stage = type(protocol._stage).IN_SERVICE
        return protocol.reconcile(
            ReconcileRequest(
                session_boot=1, router_boot=1, request_id=number, since_ns=0, instruments=(BTC,)
            ),
            now,
        )
    return protocol.start(now)


NESTED = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
GROUPS = st.sampled_from(
    [frame["group"] for frame in PUBLIC_FRAMES + PRIVATE_FRAMES if "group" in frame]
)


@given(GROUPS, NESTED)
@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_json_under_any_group(group: str, data: Any):
    """Shapes nobody thought of."""
    text = json.dumps({"group": group, "data": data})
    feed(public("increase"), text, 0)
    feed(private(), text, 0)
