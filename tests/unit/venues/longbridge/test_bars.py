"""Bars: candlesticks before, trades after, no bar twice."""

import pytest

from actors.venues.longbridge.bars import CANDLES_MAX, BarStream
from actors.venues.longbridge.proto.quote_pb2 import Candlestick
from engine.errors import RemoteProtocolError
from engine.messages.market import Trade
from tests.kit.longbridge_quote import WALL_S, at

MINUTE = WALL_S - WALL_S % 60


def candle(minutes, price="10", volume=5, **changes):
    fields = {"open": price, "high": price, "low": price, "close": price, **changes}
    return Candlestick(volume=volume, timestamp=MINUTE + 60 * minutes, **fields)


def trade(second, price, size=1.0):
    return Trade("X", 0, 0, (MINUTE + second) * 10**9, 0, 0, price, size, 0, "")


def stream():
    return BarStream("700.HK.LONGBRIDGE", 60)


def test_finished_candlesticks_come_first():
    """The running one is not told; nothing is made of trades before the answer."""
    bars = stream()
    assert bars.waits
    assert bars.traded([trade(1, 10.0), trade(61, 11.0)]) == []
    told = bars.candles_told([candle(0), candle(-1, "9"), candle(-2, "8")], at(0))
    assert [bar.close for bar in told] == [8.0, 9.0]
    assert all(bar.closed for bar in told)


def test_the_running_bar_goes_on_with_trades():
    """What the candlestick held and what was traded since, in one bar."""
    bars = stream()
    bars.candles_told([candle(0, open="10", high="12", low="9", close="11", volume=5)], at(0))
    assert bars.traded([trade(50, 13.0, 2.0)]) == []
    (bar,) = bars.traded([trade(60, 10.0)])
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (10, 13, 9, 13, 7)
    assert bar.ts_ns == MINUTE * 10**9


def test_a_gap_is_repaired_without_repeating():
    """After a loss only bars that were not told."""
    bars = stream()
    bars.candles_told([candle(-2), candle(-1)], at(0))
    bars.restart()
    assert bars.waits
    assert bars.traded([trade(200, 10.0)]) == []
    told = bars.candles_told([candle(-2), candle(-1), candle(0), candle(1)], at(130))
    assert [bar.ts_ns for bar in told] == [MINUTE * 10**9, (MINUTE + 60) * 10**9]


def test_without_candlesticks_bars_begin_with_the_next_trade():
    """The venue may have none."""
    bars = stream()
    bars.refused()
    bars.traded([trade(1, 10.0)])
    assert [bar.close for bar in bars.traded([trade(61, 11.0)])] == [10.0]


@pytest.mark.parametrize(
    "wrong",
    [
        candle(0, high="9"),
        candle(0, low="11"),
        candle(0, low=""),
        candle(0, volume=-1),
        candle(0, "x"),
    ],
)
def test_impossible_candlesticks_are_refused(wrong):
    """Prices outside of low and high, no numbers, too many."""
    with pytest.raises(RemoteProtocolError):
        stream().candles_told([wrong], at(0))
    with pytest.raises(RemoteProtocolError):
        stream().candles_told([candle(0)] * (CANDLES_MAX + 1), at(0))
