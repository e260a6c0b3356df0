"""Bars of one symbol: finished ones from candlesticks for the warm-up, then made of trades.

The venue pushes no bars. They are made of the main session's trades (`engine.session.warmbars`);
candlesticks bring those before, and after a gap those that were missed.
"""

from collections.abc import Sequence
from typing import Any, Final

from actors.venues.longbridge.wire import measure, seconds_ns, volume
from engine.messages.market import Bar
from engine.session.contract import Now
from engine.session.values import malformed
from engine.session.warmbars import WarmBars

CANDLES_MAX: Final = 1_000
"""The venue's limit of one query."""


class BarStream(WarmBars):
    """Bars of one symbol and length."""

    __slots__ = ()

    def candles_told(self, rows: Sequence[Any], now: Now) -> list[Bar]:
        """The finished bars among candlesticks that were not told yet. Raises RemoteProtocolError."""
        if len(rows) > CANDLES_MAX:
            malformed("candlesticks", f"at most {CANDLES_MAX}")
        return self.told([self._bar(row, now) for row in rows], now)

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
