"""Bars of one contract from its prints: minutes are kept, longer bars are put together on demand."""

from collections import deque
from itertools import takewhile
from typing import Final

import attrs

MINUTE_S: Final = 60
WEEK_S: Final = 604_800
WEEK_STARTS_S: Final = 4 * 86_400
"""Weeks begin on Monday; the epoch was a Thursday."""
MINUTES_MAX: Final = 10_080
"""One week of minutes: the longest bar of the venue."""


@attrs.define
class Bar:
    """Open, high, low, close in ticks and volume in lots from `start_s` on."""

    start_s: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0

    def take(self, ticks: int, lots: int) -> None:
        """Add one price."""
        self.high = max(self.high, ticks)
        self.low = min(self.low, ticks)
        self.close = ticks
        self.volume += lots


class Candles:
    """Minute bars of one price series, in ticks; a late price goes into the running bar."""

    def __init__(self) -> None:
        self._bars: deque[Bar] = deque(maxlen=MINUTES_MAX)

    def take(self, ticks: int, lots: int, at_ns: int) -> None:
        """Add one price with the volume that traded at it."""
        start_s = at_ns // 1_000_000_000 // MINUTE_S * MINUTE_S
        if self._bars and self._bars[-1].start_s >= start_s:
            self._bars[-1].take(ticks, lots)
        else:
            self._bars.append(Bar(start_s, ticks, ticks, ticks, ticks, lots))

    def running(self, length_s: int) -> Bar | None:
        """The newest bar of this length, None before the first price."""
        if not self._bars:
            return None
        start_s = _floor(self._bars[-1].start_s, length_s)
        bars = list(takewhile(lambda bar: bar.start_s >= start_s, reversed(self._bars)))
        return _merged(start_s, bars[::-1])

    def between(self, start_s: int, end_s: int, length_s: int) -> list[Bar]:
        """Bars of this length that start in [start_s, end_s], oldest first."""
        grouped: dict[int, list[Bar]] = {}
        for bar in self._bars:
            key = _floor(bar.start_s, length_s)
            if start_s <= key <= end_s:
                grouped.setdefault(key, []).append(bar)
        return [_merged(key, bars) for key, bars in grouped.items()]


def _floor(at_s: int, length_s: int) -> int:
    offset = WEEK_STARTS_S if length_s >= WEEK_S else 0
    return (at_s - offset) // length_s * length_s + offset


def _merged(start_s: int, bars: list[Bar]) -> Bar:
    return Bar(
        start_s,
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        bars[-1].close,
        sum(bar.volume for bar in bars),
    )
