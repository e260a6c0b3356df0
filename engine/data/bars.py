"""Bars made from a stream of prices, the same way live, on paper and in a backtest.

A bar covers the half-open interval [ts, ts + interval) of the venue's time, aligned to the epoch. It
closes when the first price of a later interval arrives, never by a clock: so a replay makes the same
bars as the live market, and a quiet market closes its bar late. Intervals without a price have no bar.
"""

import attrs

from engine.messages.market import Bar

NS_PER_S = 1_000_000_000


@attrs.define
class BarBuilder:
    """Builds the bars of one instrument and interval; pure, time comes with the prices."""

    instrument: str
    interval_s: int
    _start_ns: int = -1
    _open: float = 0.0
    _high: float = 0.0
    _low: float = 0.0
    _close: float = 0.0
    _volume: float = 0.0
    _recv_ns: int = 0
    _mono_ns: int = 0

    def add(self, price: float, size: float, ts_ns: int, recv_ns: int, mono_ns: int) -> Bar | None:
        """Take one price; returns the bar that it closed, if any. Late prices join the running bar."""
        width = self.interval_s * NS_PER_S
        start = ts_ns - ts_ns % width
        closed = self._finish() if 0 <= self._start_ns < start else None
        if self._start_ns < 0:
            self._start_ns = start
            self._open = self._high = self._low = price
            self._volume = 0.0
        self._high = max(self._high, price)
        self._low = min(self._low, price)
        self._close = price
        self._volume += size
        self._recv_ns, self._mono_ns = recv_ns, mono_ns
        return closed

    def _finish(self) -> Bar:
        bar = Bar(
            self.instrument,
            0,
            0,
            self._start_ns,
            self._recv_ns,
            self._mono_ns,
            self.interval_s,
            self._open,
            self._high,
            self._low,
            self._close,
            self._volume,
            closed=True,
        )
        self._start_ns = -1
        return bar
