"""Minute bars of one instrument from its prints; longer bars are put together on demand."""

from collections import deque
from typing import Final

import attrs

MINUTE_S: Final = 60
MINUTES_MAX: Final = 10_080
"""One week of minutes; what is older is forgotten."""


@attrs.define
class Bar:
    """Open, high, low, close in ticks, volume in lots and their product, from `start_s` on."""

    start_s: int
    open: int
    high: int
    low: int
    close: int
    lots: int = 0
    tick_lots: int = 0

    def take(self, ticks: int, lots: int) -> None:
        """Add one price with the volume that traded at it."""
        self.high = max(self.high, ticks)
        self.low = min(self.low, ticks)
        self.close = ticks
        self.lots += lots
        self.tick_lots += ticks * lots


def merged(start_s: int, bars: list[Bar]) -> Bar:
    """One bar of several, oldest first; at least one."""
    return Bar(
        start_s,
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        bars[-1].close,
        sum(bar.lots for bar in bars),
        sum(bar.tick_lots for bar in bars),
    )


class Candles:
    """Minute bars; a late price goes into the running bar."""

    def __init__(self) -> None:
        self.minutes: deque[Bar] = deque(maxlen=MINUTES_MAX)

    def take(self, ticks: int, lots: int, at_s: int) -> None:
        """Add one print."""
        start_s = at_s // MINUTE_S * MINUTE_S
        if not self.minutes or self.minutes[-1].start_s < start_s:
            self.minutes.append(Bar(start_s, ticks, ticks, ticks, ticks))
        self.minutes[-1].take(ticks, lots)
