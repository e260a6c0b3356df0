"""`pushes`: books and trades as the sheet's sections 3.4 and 3.5 describe them."""

import json
from typing import Any

import pytest

from actors.venues.alltick.codes import Listing, listing_of
from actors.venues.alltick.pushes import (
    book_of,
    quote_of,
    read_depth,
    read_last,
    ticker_of,
    trade_of,
)
from actors.venues.alltick.wire import Push, load
from engine.errors import RemoteProtocolError
from engine.messages.codec import decode, encode
from tests.kit.alltick import at, depth, last

NOW = at(3)


def listing(code: str) -> Listing:
    found = listing_of(code, {})
    assert found is not None
    return found


def data(text: str) -> Any:
    push = load(text)
    assert isinstance(push, Push)
    return push.data


DOCUMENTED_BOOK = (
    '{"cmd_id":22999,"data":{"code":"BTCUSDT","seq":1605509068000001,"tick_time":1782180164000,'
    '"bids":[{"price":"9.12","volume":"9.12"}],"asks":[{"price":"9.13","volume":"4"}]}}'
)
DOCUMENTED_TRADE = (
    '{"cmd_id":22998,"data":{"code":"1288.HK","seq":1782180168224,"tick_time":1782180164000,'
    '"price":"651.12","volume":"300","turnover":"12345.6","trade_direction":1}}'
)


def test_the_documented_book():
    """Both sides, best first, and the top of it as a quote."""
    found = read_depth(data(DOCUMENTED_BOOK))
    book = book_of(listing("BTCUSDT"), found, 5, NOW)
    assert (book.ts_ns, book.depth) == (1_782_180_164_000_000_000, 5)
    assert (book.bids, book.asks) == (((9.12, 9.12),), ((9.13, 4.0),))
    quote = quote_of(listing("BTCUSDT"), found, NOW)
    assert (quote.bid_price, quote.bid_size, quote.ask_price, quote.ask_size) == (
        9.12,
        9.12,
        9.13,
        4.0,
    )
    assert quote.mono_ns == NOW.mono_ns
    assert decode(encode(book)) == book


def test_the_documented_trade():
    """Its number is its id; a ticker carries the last price only."""
    found = read_last(data(DOCUMENTED_TRADE))
    trade = trade_of(listing("1288.HK"), found, NOW)
    assert (trade.price, trade.size, trade.aggressor, trade.trade_id) == (
        651.12,
        300.0,
        1,
        "1782180168224",
    )
    ticker = ticker_of(listing("1288.HK"), found, NOW)
    assert (ticker.last_price, ticker.mark_price, ticker.volume_24h) == (651.12, 0.0, 0.0)


def test_numbers_and_times_as_text_and_in_seconds():
    """Section 3.6: both everywhere."""
    found = read_depth(data(depth("BTCUSDT", seq=7, tick_time="1605509068")))
    assert found.ts_ns == 1_605_509_068_000_000_000
    assert read_last(data(last("BTCUSDT", seq="7"))).seq == 7  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bids", "asks", "quote"),
    [
        ([{"price": "10", "volume": "5"}], [{"price": "0", "volume": "0"}], (10, 5, 0, 0)),
        ([{"price": "0", "volume": "0"}], [{"price": "11", "volume": "4"}], (0, 0, 11, 4)),
        ([{"price": "0", "volume": "0"}], [{"price": "0.000", "volume": "0"}], (0, 0, 0, 0)),
        ([], [{"price": "11"}], (0, 0, 11, 0)),
        (None, [{"price": "11", "volume": ""}], (0, 0, 11, 0)),
    ],
)
def test_limit_up_limit_down_delisted_and_missing_sides(bids: Any, asks: Any, quote: Any):
    """A price of "0" is no side and never a level (3.4); a missing volume is 0."""
    found = read_depth(data(depth("600519.SH", bids=bids, asks=asks)))
    told = quote_of(listing("600519.SH"), found, NOW)
    assert (told.bid_price, told.bid_size, told.ask_price, told.ask_size) == quote
    assert all(price for side in (found.bids, found.asks) for price, _ in side)
    assert not found.is_crossed


def test_levels_are_best_first_and_cut_to_what_was_asked():
    """Whatever order they came in."""
    bids = [{"price": str(price), "volume": "1"} for price in (3, 5, 4)]
    asks = [{"price": str(price), "volume": "1"} for price in (8, 6, 7)]
    found = read_depth(data(depth("700.HK", bids=bids, asks=asks)))
    book = book_of(listing("700.HK"), found, 2, NOW)
    assert [price for price, _ in book.bids] == [5, 4]
    assert [price for price, _ in book.asks] == [6, 7]


@pytest.mark.parametrize(
    ("bid", "ask", "crossed"), [("9", "9", True), ("9", "8", True), ("8", "9", False)]
)
def test_crossed_and_locked_books_are_seen(bid: str, ask: str, crossed: bool):
    """Neither is a market."""
    assert read_depth(data(depth("BTCUSDT", bid, ask))).is_crossed is crossed


@pytest.mark.parametrize("direction", [0, 1, 2, "1", "2", "", None, 7])
def test_directions(direction: Any):
    """As number or text; without meaning for forex, metals and energy (3.5)."""
    found = read_last(data(last("BTCUSDT", trade_direction=direction)))
    wanted = {"1": 1, "2": -1}.get(str(direction), 0)
    assert trade_of(listing("BTCUSDT"), found, NOW).aggressor == wanted
    assert trade_of(listing("EURUSD"), found, NOW).aggressor == 0
    assert trade_of(listing("GOLD"), found, NOW).aggressor == 0


@pytest.mark.parametrize(
    "more",
    [
        {"seq": None}, {"seq": -1}, {"seq": 1.5}, {"tick_time": None}, {"tick_time": 10**18},
        {"bids": {}}, {"bids": [1]}, {"bids": [{}]}, {"bids": [{"price": "x"}]},
        {"bids": [{"price": "1", "volume": []}]}, {"asks": [{"price": "1", "volume": "1"}] * 51},
    ],
)  # fmt: skip
def test_a_book_that_is_none(more: dict[str, Any]):
    """One class of error."""
    with pytest.raises(RemoteProtocolError):
        read_depth(data(depth("BTCUSDT", **more)))


@pytest.mark.parametrize(
    "more", [{"price": None}, {"price": "-1"}, {"volume": "x"}, {"trade_direction": "buy"}]
)
def test_a_trade_that_is_none(more: dict[str, Any]):
    """One class of error."""
    with pytest.raises(RemoteProtocolError):
        read_last(json.loads(last("BTCUSDT", **more))["data"])
