"""`market`: quotes, trades, tickers and funding, beyond what the transcripts show."""

import pytest

from actors.venues.wooxpro.market import (
    TRADES_MAX,
    Doubt,
    FundingStream,
    QuoteStream,
    TickerStream,
    TradeStream,
)
from engine.errors import RemoteProtocolError
from tests.kit.wooxpro import BTC, WALL_NS, at


def quote(**changes: object) -> dict[str, object]:
    return {
        "symbol": "BTCUSDT",
        "best_bid_price": "1",
        "best_bid_vol": "1",
        "best_ask_price": "2",
        "best_ask_vol": "1",
        **changes,
    }


def trade(number: int, **changes: object) -> dict[str, object]:
    return {
        "symbol": "BTCUSDT",
        "trade_id": number,
        "deal_price": "2",
        "deal_vol": "1",
        "m": True,
        "created_at": f"2025-02-23T13:59:59.{number:09d}Z",
        **changes,
    }


@pytest.mark.parametrize("ask", ["1", "0.9"])
def test_a_locked_or_crossed_quote_is_doubted(ask: str):
    """A bid at or above the offer is no market."""
    reading = QuoteStream(BTC, "BTCUSDT").read(quote(best_ask_price=ask), at(0))
    assert isinstance(reading, Doubt)
    assert not reading.at_once


def test_an_empty_side_is_zero_and_never_crossed():
    """Both numbers of a missing side are 0.0."""
    (message,) = QuoteStream(BTC, "BTCUSDT").read(quote(best_ask_price="0"), at(0))
    assert (message.ask_price, message.ask_size) == (0.0, 0.0)
    assert message.ts_ns == WALL_NS


def test_trades_come_out_in_time_order_whatever_order_they_came_in():
    """Newest first as the venue sends them, or any other way."""
    for numbers in ([3, 2, 1], [1, 2, 3], [2, 3, 1]):
        read = TradeStream(BTC, "BTCUSDT").read([trade(number) for number in numbers], at(0))
        assert [message.trade_id for message in read] == ["1", "2", "3"]


def test_trades_of_one_instant_keep_the_venues_order():
    """Newest first, so the last in the list happened first."""
    stamp = {"created_at": "2025-02-23T13:59:59Z"}
    read = TradeStream(BTC, "BTCUSDT").read([trade(2, **stamp), trade(1, **stamp)], at(0))
    assert [message.trade_id for message in read] == ["1", "2"]


@pytest.mark.parametrize(
    ("fields", "aggressor"),
    [
        ({"m": True, "way": 5}, -1),
        ({"m": False, "way": 1}, 1),
        *(({"m": None, "way": way}, -1 if way <= 4 else 1) for way in range(1, 9)),
        ({"m": None}, 0),
    ],
)
def test_the_aggressor_follows_m_and_only_without_it_the_way(
    fields: dict[str, object], aggressor: int
):
    """`m` wins over `way`, as the captures demand."""
    (message,) = TradeStream(BTC, "BTCUSDT").read([trade(1, **fields)], at(0))
    assert message.aggressor == aggressor


@pytest.mark.parametrize(
    "changes",
    [{"deal_price": "0"}, {"deal_vol": "0"}, {"m": 1}, {"m": None, "way": 9}, {"trade_id": None}],
)
def test_an_impossible_trade_is_refused(changes: dict[str, object]):
    """Nothing trades at nothing."""
    with pytest.raises(RemoteProtocolError):
        TradeStream(BTC, "BTCUSDT").read([trade(1, **changes)], at(0))


def test_more_trades_than_the_bound_are_refused():
    """One push does not fill the memory."""
    with pytest.raises(RemoteProtocolError):
        TradeStream(BTC, "BTCUSDT").read([trade(1)] * (TRADES_MAX + 1), at(0))


def test_an_old_ticker_says_fair_price():
    """Older documents call the mark price so; what is missing is 0.0."""
    data = {"symbol": "BTCUSDT", "last_price": "5", "fair_price": "4", "volume_24": "9"}
    (message,) = TickerStream(BTC, "BTCUSDT").read(data, at(0))
    assert (message.mark_price, message.index_price) == (4.0, 0.0)


def test_funding_without_a_next_rate_is_funding():
    """What is not announced yet is 0."""
    data = {"symbol": "BTCUSDT", "fundingRate": "-0.0001", "fundingTime": 1701619200000}
    (message,) = FundingStream(BTC, "BTCUSDT").read({**data, "nextFundingRate": ""}, at(0))
    assert (message.rate, message.next_rate, message.next_funding_ts_ns) == (-0.0001, 0.0, 0)
