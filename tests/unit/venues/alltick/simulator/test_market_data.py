"""What subscribers see of the market: books, trades, sequence numbers, sets; a venue standing still."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.venues.alltick.simulator.catalog import BY_CODE, CATALOG, LEVELS
from actors.venues.alltick.simulator.symbols import printer
from engine.exchange.model import Side
from tests.kit.alltick_simulator import START, Quiet, Sink

SIDE = {100: 5, 99: 4, 98: 3, 97: 2, 96: 1, 95: 9, 94: 9, 93: 9, 92: 9, 91: 9, 90: 9}
ASKS = {101: 5, 102: 4, 103: 3, 104: 2, 105: 1, 106: 9, 107: 9, 108: 9, 109: 9, 110: 9, 111: 9}


def test_a_book_is_whole_strings_and_integers():
    """Exactly the fields of the sheet."""
    quiet = Quiet()
    sink = quiet.watch("depth", BTCUSDT=2)
    quiet.book({618_002: 1_500}, {618_003: 7, 618_004: 20})
    (frame,) = sink.take()
    seq = START.wall_ns // 10**9 * 1_000_000 + 1
    assert frame == {
        "cmd_id": 22999,
        "data": {
            "code": "BTCUSDT",
            "seq": seq,
            "tick_time": START.wall_ns // 10**6,
            "bids": [{"price": "61800.2", "volume": "1.500"}],
            "asks": [
                {"price": "61800.3", "volume": "0.007"},
                {"price": "61800.4", "volume": "0.020"},
            ],
        },
    }


@pytest.mark.parametrize("listing", CATALOG, ids=lambda each: each.code)
def test_levels_end_where_the_class_does(listing):
    """However many were asked for; fewer when fewer were."""
    quiet = Quiet()
    deep, flat = quiet.watch("depth"), quiet.watch("depth")
    quiet.venue.hub.watch(deep, "depth", {listing.code: 1_000})
    quiet.venue.hub.watch(flat, "depth", {listing.code: 1})
    quiet.book(SIDE, ASKS, listing.code)
    (whole,), (top,) = deep.take(), flat.take()
    assert len(whole["data"]["bids"]) == LEVELS[listing.asset_class]
    assert len(top["data"]["bids"]) == len(top["data"]["asks"]) == 1
    assert top["data"]["seq"] == whole["data"]["seq"]


def test_only_what_is_shown_makes_a_push():
    """A change beneath the levels of the class is none; sequence numbers have no gap."""
    quiet = Quiet()
    sink = quiet.watch("depth", EURUSD=1)
    quiet.book({100: 5, 99: 1}, {101: 5}, "EURUSD")
    quiet.book({100: 5, 99: 2}, {101: 5}, "EURUSD")
    quiet.book({100: 6, 99: 2}, {101: 5}, "EURUSD")
    first, second = sink.take()
    assert second["data"]["seq"] == first["data"]["seq"] + 1


def test_a_trade_has_its_own_numbers():
    """Volume of that trade alone, turnover of it."""
    quiet = Quiet()
    sink = quiet.watch("trade", BTCUSDT=1)
    quiet.trade(618_002, 500, Side.SELL)
    (frame,) = sink.take()
    data = frame["data"]
    assert frame["cmd_id"] == 22998
    assert (data["price"], data["volume"], data["turnover"]) == ("61800.2", "0.500", "30900.1")
    assert data["trade_direction"] == 2


@pytest.mark.parametrize(
    ("ticks", "aggressor", "direction"),
    [
        (102, None, 1),
        (103, None, 1),
        (100, None, 2),
        (99, None, 2),
        (101, None, 0),
        (101, Side.BUY, 1),
        (101, Side.SELL, 2),
        (102, Side.SELL, 2),
    ],
)
def test_direction_follows_the_aggressor_or_else_the_quote(ticks, aggressor, direction):
    """At the ask or above, at the bid or below, in between."""
    quiet = Quiet()
    sink = quiet.watch("trade")
    quiet.venue.hub.watch(sink, "trade", {"700.HK": 1})
    quiet.book({100: 5}, {102: 5}, "700.HK")
    quiet.trade(ticks, 1, aggressor, "700.HK")
    assert sink.take()[0]["data"]["trade_direction"] == direction


@pytest.mark.parametrize("constant", [0, 1])
@pytest.mark.parametrize("code", ["EURUSD", "GOLD", "USOIL"])
def test_direction_of_dealers_is_a_constant(code, constant):
    """Of forex, metals and energy, whoever was the aggressor."""
    quiet = Quiet(constant_direction=constant)
    sink = quiet.watch("trade", **{code: 1})
    quiet.trade(100, 1, Side.SELL, code)
    assert sink.take()[0]["data"]["trade_direction"] == constant


def test_sets_are_replaced_and_kinds_are_apart():
    """A, B then C: only C; trades untouched; a sink that is gone hears nothing."""
    quiet = Quiet()
    sink = quiet.watch("depth", BTCUSDT=1, ETHUSDT=1)
    quiet.watch("trade", sink, BTCUSDT=1)
    quiet.watch("depth", sink, GOLD=1)
    for code in ("BTCUSDT", "ETHUSDT", "GOLD"):
        quiet.book({100: 5}, {101: 5}, code)
        quiet.trade(100, 1, None, code)
    assert [(f["cmd_id"], f["data"]["code"]) for f in sink.take()] == [
        (22998, "BTCUSDT"),
        (22999, "GOLD"),
    ]
    quiet.venue.hub.drop(sink)
    quiet.book({90: 5}, {91: 5}, "GOLD")
    assert sink.take() == []
    assert not quiet.venue.hub.anybody


def test_the_last_known_state_comes_on_subscribing_unless_switched_off():
    """With the number it had; nothing where nothing is known."""
    for snapshot in (True, False):
        quiet = Quiet(snapshot=snapshot)
        quiet.book({100: 5}, {101: 5})
        quiet.trade(100, 1)
        sink = quiet.watch("depth", BTCUSDT=1, ETHUSDT=1)
        quiet.watch("trade", sink, BTCUSDT=1)
        known = [frame["cmd_id"] for frame in sink.take()]
        assert known == ([22999, 22998] if snapshot else [])


def test_numbers_may_be_strings_and_times_seconds():
    """The older documents."""
    quiet = Quiet(ws_numbers="strings", tick_time="s")
    sink = quiet.watch("depth", BTCUSDT=1)
    quiet.book({100: 5}, {101: 5})
    data = sink.take()[0]["data"]
    assert isinstance(data["seq"], str)
    assert isinstance(data["tick_time"], str)
    assert int(data["tick_time"]) < 1e11


@pytest.mark.parametrize(
    ("style", "row"),
    [
        ("zero", {"price": "10.0", "volume": "0"}),
        ("empty", {"price": "10.0", "volume": ""}),
        ("omit", {"price": "10.0"}),
    ],
)
def test_volumes_may_not_be_published(style, row):
    """Of the classes named, in three ways."""
    quiet = Quiet(absent_volume=style, without_volume=("cfd_index",))
    sink = quiet.watch("depth", US500=1, GOLD=1)
    quiet.watch("trade", sink, US500=1)
    quiet.book({100: 5}, {101: 5}, "US500")
    quiet.book({100: 5}, {101: 5}, "GOLD")
    quiet.trade(100, 5, None, "US500")
    index, gold, trade = (frame["data"] for frame in sink.take())
    assert index["bids"] == [row]
    assert gold["bids"] == [{"price": "10.0", "volume": "5"}]
    assert trade.get("volume") == row.get("volume")
    assert trade["turnover"] == "0"


def test_turnover_of_dealers_may_be_missing():
    """Older documents."""
    quiet = Quiet(turnover="exchanges_only")
    sink = quiet.watch("trade", EURUSD=1, BTCUSDT=1)
    quiet.trade(100, 1, None, "EURUSD")
    quiet.trade(100, 1, None, "BTCUSDT")
    assert ["turnover" in frame["data"] for frame in sink.take()] == [False, True]


def test_books_may_be_conflated():
    """The newest one when its time has come, none lost at the end."""
    quiet = Quiet(depth_interval_ms=100)
    sink = quiet.watch("depth", BTCUSDT=1)
    for lots in range(1, 6):
        quiet.book({100: lots}, {101: 5})
    assert len(sink.take()) == 1
    assert quiet.venue.next_deadline_ns() == START.mono_ns + 100_000_000
    quiet.advance(0.1)
    (frame,) = sink.take()
    assert frame["data"]["bids"][0]["volume"] == "0.005"
    quiet.advance(10)
    assert sink.take() == []


@given(
    st.lists(st.tuples(st.integers(90, 100), st.integers(101, 110), st.integers(1, 3)), max_size=30)
)
def test_sequence_numbers_rise_by_one(moves):
    """Whatever the market does, for every subscriber of a code."""
    quiet = Quiet()
    sinks = [quiet.watch("depth", Sink(), BTCUSDT=level) for level in (1, 5)]
    for bid, ask, lots in moves:
        quiet.book({bid: lots}, {ask: lots})
    for sink in sinks:
        numbers = [frame["data"]["seq"] for frame in sink.take()]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True


@given(st.sampled_from(CATALOG), st.integers(0, 10**9))
def test_prices_are_printed_exactly(listing, ticks):
    """Plain notation with the decimals of the tick."""
    text = printer(listing.price_increment)(ticks)
    assert text == format(listing.price_increment * ticks, "f")


def test_no_push_has_a_literal_that_python_lacks():
    """One published client evaluates frames as Python."""
    quiet = Quiet()
    sink = quiet.watch("depth", **dict.fromkeys(BY_CODE, 10))
    quiet.watch("trade", sink, **dict.fromkeys(BY_CODE, 1))
    for code in BY_CODE:
        quiet.book(SIDE, {}, code)
        quiet.trade(100, 1, None, code)
    for text in sink.texts:
        json.loads(text, parse_constant=pytest.fail)
        assert not any(word in text for word in ("true", "false", "null"))
