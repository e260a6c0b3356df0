"""Bars of a venue that pushes none: finished ones from its charts, then made of its trades.

They are made of trades the way all bars of the engine are (`engine.data.bars`); a chart brings those
before, and after a gap those that were missed, and begins the running bar with what it already holds.
"""

from collections.abc import Iterable, Sequence

from engine.data.bars import NS_PER_S, BarBuilder
from engine.messages.market import Bar, Trade
from engine.session.contract import Now


class WarmBars:
    """Bars of one instrument and length."""

    __slots__ = ("_builder", "_instrument", "_interval_s", "_told_ns", "_waits")

    def __init__(self, instrument: str, interval_s: int) -> None:
        self._instrument = instrument
        self._interval_s = interval_s
        self._builder = BarBuilder(instrument, interval_s)
        self._told_ns = -1
        self._waits = True

    @property
    def waits(self) -> bool:
        """Whether a chart is to be asked for before bars can be made."""
        return self._waits

    def restart(self) -> None:
        """Trades may be missing: nothing is made of them until a chart has come again."""
        self._builder = BarBuilder(self._instrument, self._interval_s)
        self._waits = True

    def traded(self, trades: Iterable[Trade]) -> list[Bar]:
        """The bars that these trades close; none while a chart is awaited."""
        if self._waits:
            return []
        made = (self._builder.add(t.price, t.size, t.ts_ns, t.recv_ns, t.mono_ns) for t in trades)
        return [bar for bar in made if bar is not None and self._is_new(bar)]

    def told(self, bars: Sequence[Bar], now: Now) -> list[Bar]:
        """The finished bars of a chart that were not told yet; the running one is begun."""
        bars = sorted(bars, key=lambda bar: bar.ts_ns)
        self._builder = BarBuilder(self._instrument, self._interval_s)
        self._waits = False
        finished = [bar for bar in bars if self._end_ns(bar) <= now.wall_ns]
        if bars and self._end_ns(bars[-1]) > now.wall_ns:
            self._begin(bars[-1])
        return [bar for bar in finished if self._is_new(bar)]

    def refused(self) -> None:
        """There is no chart to be had: bars begin with the next trade."""
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
