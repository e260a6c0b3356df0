"""Prints remembered and the rolling statistics of a ticker."""

from engine.exchange.events import TradePrinted
from engine.exchange.tape import MINUTE_NS, STATISTICS_MINUTES, TRADE_HISTORY_MAX, Statistics, Tape
from tests.kit.exchange import BUY, SYMBOL, Pit


def _print(at_ns, ticks, lots=1):
    return TradePrinted(SYMBOL, at_ns, ticks, lots, BUY, at_ns)


def test_recent_trades_are_newest_first_and_bounded():
    """The tape forgets the oldest prints beyond its bound."""
    tape = Tape(SYMBOL)
    for at_ns in range(TRADE_HISTORY_MAX + 5):
        tape.add(_print(at_ns, 200))
    assert [trade.at_ns for trade in tape.recent(2)] == [
        TRADE_HISTORY_MAX + 4,
        TRADE_HISTORY_MAX + 3,
    ]
    assert len(tape.recent(10_000)) == TRADE_HISTORY_MAX
    assert tape.recent(0) == []


def test_statistics_cover_the_last_day_and_forget_the_day_before():
    """Open, high, low and volume are those of the last 24 hours; the last price survives."""
    tape = Tape(SYMBOL)
    tape.add(_print(0, 300, 7))
    tape.add(_print(MINUTE_NS, 200, 2))
    tape.add(_print(MINUTE_NS + 1, 190, 1))
    tape.add(_print(2 * MINUTE_NS, 210, 3))
    everything = tape.statistics(2 * MINUTE_NS)
    assert (everything.open_ticks, everything.high_ticks, everything.lots) == (300, 300, 13)
    later = tape.statistics(STATISTICS_MINUTES * MINUTE_NS)
    assert later == Statistics(SYMBOL, 200, 210, 190, 210, 6, 400 + 190 + 630)
    much_later = tape.statistics(10 * STATISTICS_MINUTES * MINUTE_NS)
    assert much_later == Statistics(SYMBOL, None, None, None, 210, 0, 0)


def test_the_mark_falls_back_from_mid_to_last_print_to_reference():
    """There is always a price to value positions at."""
    pit = Pit()
    assert pit.exchange.mark_ticks(SYMBOL) == 200
    pit.prints(190, 1, BUY)
    assert pit.exchange.mark_ticks(SYMBOL) == 190
    pit.top((180, 1), (183, 1))
    assert pit.exchange.mark_ticks(SYMBOL) == 181


def test_the_exchange_answers_from_its_tape():
    """Last trade, recent trades and statistics see prints of clients and of the feed."""
    pit = Pit()
    pit.prints(200, 2, BUY, trade_id=5)
    pit.levels((BUY, 199, 3))
    pit.submit(BUY.opposite, 3)
    assert [trade.price_ticks for trade in pit.exchange.recent_trades(SYMBOL, 5)] == [199, 200]
    assert pit.exchange.last_trade(SYMBOL).lots == 3
    assert pit.exchange.statistics(SYMBOL, pit.now_ns).lots == 5
