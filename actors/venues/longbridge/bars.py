"""Bars of one symbol: finished ones from candlesticks for the warm-up, then made of trades.

The venue pushes no bars. They are made of the main session's trades the way all bars of the engine are
(`engine.data.bars`); candlesticks bring those before, and after a gap those that were missed, and begin
the running bar with what it already holds.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from actors.venues.longbridge.wire import measure, seconds_ns, volume
from engine.data.bars import NS_PER_S, BarBuilder
from engine.messages.market import Bar, Trade
from engine.session.contract import Now
from engine.session.values import malformed

CANDLES_MAX: Final = 1_000
"""The venue's limit of one query."""


class BarStream:
    """Bars of one symbol and length."""

    __slots__ = ("_builder", "_instrument", "_interval_s", "_told_ns", "_waits")

    def __init__(self, instrument: str, interval_s: int) -> None:
        self._instrument = instrument
        self._interval_s = interval_s
        self._builder = BarBuilder(instrument, interval_s)
        self._told_ns = -1
        self._waits = True

    @property
    def waits(self) -> bool:
        """Whether candlesticks are to be asked for before bars can be made."""
        return self._waits

    def restart(self) -> None:
        """Trades may be missing: nothing is made of them until candlesticks have come again."""
        self._builder = BarBuilder(self._instrument, self._interval_s)
        self._waits = True

    def traded(self, trades: Iterable[Trade]) -> list[Bar]:
        """The bars that these trades close; none while candlesticks are awaited."""
        if self._waits:
            return []
        made = (self._builder.add(t.price, t.size, t.ts_ns, t.recv_ns, t.mono_ns) for t in trades)
        return [bar for bar in made if bar is not None and self._is_new(bar)]

    def told(self, rows: Sequence[Any], now: Now) -> list[Bar]:
        """The finished bars among candlesticks that were not told yet. Raises RemoteProtocolError."""
        if len(rows) > CANDLES_MAX:
            malformed("candlesticks", f"at most {CANDLES_MAX}")
        bars = sorted((self._bar(row, now) for row in rows), key=lambda bar: bar.ts_ns)
        self._builder = BarBuilder(self._instrument, self._interval_s)
        self._waits = False
        finished = [bar for bar in bars if self._end_ns(bar) <= now.wall_ns]
        if bars and self._end_ns(bars[-1]) > now.wall_ns:
            self._begin(bars[-1])
        return [bar for bar in finished if self._is_new(bar)]

    def refused(self) -> None:
        """There are no candlesticks to be had: bars begin with the next trade."""
        self._waits = False

    def _begin(self, running: Bar) -> None:
        """The running bar as if its trades had been heard."""
        stamps = (running.ts_ns, running.recv_ns, running.mono_ns)
        for price in (running.open, running.high, running.low):
            self._builder.add(price, 0.0, *stamps)
        self._builder.add(running.close, running.volume, *stamps)

    def _is_new(self, bar: Bar) -> bool:
        if bar.ts_ns <= self._told_ns:
            return False
        self._told_ns = bar.ts_ns
        return True

    def _end_ns(self, bar: Bar) -> int:
        return bar.ts_ns + self._interval_s * NS_PER_S

    def _bar(self, row: Any, now: Now) -> Bar:
        opened, high = measure(row.open, "open"), measure(row.high, "high")
        low, close = measure(row.low, "low"), measure(row.close, "close")
        if not 0 < low <= min(opened, close) <= max(opened, close) <= high:
            malformed("a candlestick", "with prices between its low and its high")
        return Bar(
            self._instrument,
            0,
            0,
            seconds_ns(row.timestamp, "timestamp"),
            now.wall_ns,
            now.mono_ns,
            self._interval_s,
            opened,
            high,
            low,
            close,
            float(volume(row.volume, "volume")),
            closed=True,
        )
