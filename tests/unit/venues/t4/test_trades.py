"""Trades: each volume once, whichever way it is told."""

import pytest

from actors.venues.t4.prices import PriceFormat, pricing_of
from actors.venues.t4.trades import TradeTape
from engine.errors import RemoteProtocolError
from engine.messages.market import Bar, Ticker, Trade
from tests.kit.t4_data import BID, ES_ID, Desk, at, depth, price, said, snapshot, trade, traded

PRICING = pricing_of(
    PriceFormat.REAL,
    decimals=0,
    real_decimals=2,
    clearing_decimals=0,
    increment="0.25",
    point_value="0.5",
    price_code="",
)


def tape() -> TradeTape:
    return TradeTape(ES_ID)


def test_trades_of_their_own():
    """Side, size, time; the total is the id, and what was told already is not told again."""
    made = tape()
    (first,) = made.told(trade(10, "4800.25", 3, second=1), PRICING, at(2))
    assert (first.price, first.size, first.aggressor, first.trade_id) == (4800.25, 3.0, 1, "10")
    assert first.ts_ns == at(1).wall_ns
    assert made.told(trade(10, "4800.25", 3, second=1), PRICING, at(2)) == []
    assert made.told(trade(9, "4800.25", 3, second=1), PRICING, at(2)) == []
    (second,) = made.told(trade(11, "4800.00", at_bid_or_offer=BID, second=1), PRICING, at(2))
    assert second.aggressor == -1
    (third,) = made.told(trade(12, "4800.00", at_bid_or_offer=0, second=1), PRICING, at(2))
    assert third.aggressor == 0


def test_trades_out_of_depth():
    """The first image tells the past; growth is one trade; repetition is none."""
    made = tape()
    assert made.repeated(traded(100, "4800.00"), PRICING, at(0), tells=True) == []
    assert made.repeated(traded(100, "4800.00"), PRICING, at(1), tells=True) == []
    (one,) = made.repeated(traded(107, "4800.25", 2, second=2), PRICING, at(2), tells=True)
    assert (one.size, one.price) == (7.0, 4800.25)
    assert made.total == 107


def test_a_new_day_begins_anew():
    """A smaller total is news when it is later, and old otherwise."""
    made = tape()
    made.told(trade(500, "4800.00", second=10), PRICING, at(10))
    assert made.told(trade(499, "4800.00", second=9), PRICING, at(10)) == []
    (first,) = made.told(trade(2, "4801.00", 2, second=60), PRICING, at(60))
    assert first.size == 2.0
    (by_depth,) = made.repeated(traded(1, "4802.00", second=120), PRICING, at(120), tells=True)
    assert by_depth.size == 1.0


def test_depth_beside_trades_only_tells_totals():
    """An image that overtakes the trades it counts does not swallow them."""
    made = tape()
    made.repeated(traded(100, "4800.00"), PRICING, at(0), tells=False)
    assert made.repeated(traded(103, "4800.25", second=1), PRICING, at(1), tells=False) == []
    sizes = [made.told(trade(n, "4800.25", second=1), PRICING, at(1)) for n in (101, 102, 103)]
    assert [len(trades) for trades in sizes] == [1, 1, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        trade(-1, "4800.00"),
        trade(1, "4800.00", volume=-1),
        trade(1, "4800.00", volume=0),
        trade(1, ""),
        trade(1, "x"),
    ],
)
def test_trades_that_cannot_be(wrong):
    """One way to fail."""
    with pytest.raises(RemoteProtocolError):
        tape().told(wrong, PRICING, at(0))


def test_trade_data_without_price_is_none():
    """A market that has not traded yet."""
    data = traded(0, "4800.00")
    data.ClearField("last_trade_price")
    assert tape().repeated(data, PRICING, at(0), tells=True) == []


def test_a_session_with_a_trade_buffer():
    """What is in the snapshot was traded before we came; what follows is told, with its ticker."""
    desk = Desk(depth_buffer="smart_trade")
    desk.ready(Trade, Ticker)
    assert desk.hear(snapshot({"market_depth_trade": trade(50, "4799.00")})) != []
    assert [e for e in desk.effects if isinstance(e, Trade)] == []
    told = desk.hear(said(market_depth_trade=trade(51, "4800.25", second=1)))
    assert [type(e) for e in told] == [Trade, Ticker]
    assert told[1].last_price == 4800.25
    assert told[1].volume_24h == 51.0
    again = depth(trade_data=traded(51, "4800.25", second=1))
    assert [e for e in desk.hear(said(market_depth=again)) if isinstance(e, Trade)] == []


def test_a_session_without_one():
    """Trades come out of depth, each growth once."""
    desk = Desk(depth_buffer="smart")
    desk.ready(Trade, Bar)
    desk.hear(said(market_depth=depth(trade_data=traded(10, "4800.00"))))
    for _ in range(3):
        desk.hear(said(market_depth=depth(trade_data=traded(12, "4800.25", 1, second=1))))
    made = [e for e in desk.effects if isinstance(e, Trade)]
    assert [(t.price, t.size) for t in made] == [(4800.25, 2.0)]


def test_the_ticker_follows_settlement():
    """The mark price is what positions are marked to."""
    desk = Desk()
    desk.ready(Ticker)
    desk.hear(said(market_depth_trade=trade(5, "4800.25")))
    settled = {"market_id": "XCME_Eq ES (H24)", "settlement_price": price("4790.50")}
    (ticker,) = desk.hear(said(market_settlement=settled))
    assert (ticker.last_price, ticker.mark_price) == (4800.25, 4790.5)
    limits = {"market_id": "XCME_Eq ES (H24)", "high_price": price("5000"), "low_price": price("")}
    assert desk.hear(said(market_price_limits=limits)) == []
    high_low = {
        "market_id": "XCME_Eq ES (H24)",
        "open_price": price("4795"),
        "high_price": price("4801"),
        "low_price": price("4794"),
    }
    assert desk.hear(said(market_high_low=high_low)) == []
    statistics = desk.session._connection.market.streams["XCME_Eq ES (H24)"].statistics
    assert (statistics.limit_high, statistics.limit_low) == (5000.0, 0.0)
    assert (statistics.open_price, statistics.high_price, statistics.low_price) == (
        4795.0,
        4801.0,
        4794.0,
    )
